"""The categories that a model was trained for, or that everybody has."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from host.core.errors import InvalidInput
from host.evaluation.labelled_tabs import NONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

STATISTICS_FILE = "dataset_stats.json"


@dataclass(frozen=True)
class KnownCategory:
    """A category as the measured home is to have it.

    Attributes:
        name: as a person reads it; no other has it.
        description: of what belongs into it; "" leaves a default one as it comes.
        key: of one of the seven that everybody has; "" for a person's own.
        examples: titles of tabs that belong there, and sites, as a person named them.
    """

    name: str
    description: str = ""
    key: str = ""
    examples: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values; `make_categories` reads them back."""
        return {**asdict(self), "examples": list(self.examples)}


def read_default_categories() -> tuple[KnownCategory, ...]:
    """The seven that everybody has."""
    text = (resources.files("host.tabs") / "default_categories.json").read_text(encoding="utf-8")
    return tuple(KnownCategory(one["name"], one["description"], one["key"]) for one in json.loads(text))


def name_categories(names: Iterable[str]) -> tuple[KnownCategory, ...]:
    """Categories of which only the names are known; a default one brings its description.

    Raises:
        InvalidInput: there is none, or one is there twice.
    """
    return make_categories([{"name": name} for name in names])


def make_categories(items: Sequence[dict[str, Any]]) -> tuple[KnownCategory, ...]:
    """Categories out of plain values.

    Args:
        items: each with name, and description, key and examples where they are known.

    Raises:
        InvalidInput: there is none, one has no name, or one is there twice.
    """
    defaults = {one.name.casefold(): one for one in read_default_categories()}
    keys = {one.key for one in defaults.values()}
    found: dict[str, KnownCategory] = {}
    for item in items:
        name = str(item.get("name") or "").strip()
        known = defaults.get(name.casefold())
        if not name or name.casefold() in found:
            message = f"The category {name!r} is there twice." if name else "A category has no name."
            raise InvalidInput(message, fix="Give every category a name of its own.")
        key = str(item.get("key") or "")
        found[name.casefold()] = KnownCategory(
            name,
            str(item.get("description") or (known.description if known else "")),
            key if key in keys else known.key if known else "",
            tuple(map(str, item.get("examples") or ())),
        )
    if not found:
        message = "There are no categories to sort by."
        raise InvalidInput(message, fix="Make the dataset anew: ai-history finetune dataset")
    return tuple(found.values())


def read_dataset_categories(folder: Path) -> tuple[KnownCategory, ...] | None:
    """The categories of a dataset; None when the folder does not say.

    Raises:
        InvalidInput: its record is damaged.
    """
    file = folder / STATISTICS_FILE
    if not file.is_file():
        return None
    try:
        return make_categories(json.loads(file.read_text(encoding="utf-8"))["categories"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"{file} is damaged."
        raise InvalidInput(message, fix="Make the dataset anew: ai-history finetune dataset") from error


def list_labels(categories: Sequence[KnownCategory]) -> tuple[str, ...]:
    """What a tab can be answered with: the names, and "none" as the last."""
    return (*(one.name for one in categories), NONE)
