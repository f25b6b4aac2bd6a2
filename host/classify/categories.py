"""The categories that files are sorted into: seven by default, or the user's own from a file."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from host.classify.classifier import Category, check_categories
from host.classify.document import describe_document
from host.core.errors import InvalidInput, NotFound

__all__ = ["DEFAULT_CATEGORIES", "Category", "load_categories", "load_default_categories"]

DEFAULT_FILE = Path(__file__).with_name("file_categories.json")

_SHAPE = (
    'Write [[category]] tables with name, description and examples (TOML), or {"categories": '
    '[{"name": ..., "description": ..., "examples": [...]}]} (JSON).'
)
_KEYS = {"name", "description", "examples"}


def load_default_categories() -> tuple[Category, ...]:
    """Code, documentation, configuration, data, test, build and other."""
    return DEFAULT_CATEGORIES


def load_categories(path: Path) -> tuple[Category, ...]:
    """The categories of a file.

    Args:
        path: TOML or JSON. An example is a text, or a table with `path` and `text` that stands for a file.

    Raises:
        NotFound: there is no such file.
        InvalidInput: it cannot be understood; the message says what and where.
    """
    document = _read(path)
    items = document.get("categories", document.get("category")) if isinstance(document, dict) else document
    if not isinstance(items, list):
        raise InvalidInput(f"{path}: there is no list of categories.", fix=_SHAPE)
    categories = tuple(_make_category(path, number, item) for number, item in enumerate(items, start=1))
    try:
        check_categories(categories)
    except InvalidInput as error:
        raise InvalidInput(f"{path}: {error.message}", fix=_SHAPE) from error
    return categories


def _read(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, IsADirectoryError) as error:
        raise NotFound(f"There is no file {path}.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} cannot be read: {error}") from error
    try:
        return tomllib.loads(text) if path.suffix.lower() == ".toml" else json.loads(text)
    except (tomllib.TOMLDecodeError, json.JSONDecodeError) as error:
        kind = "TOML" if path.suffix.lower() == ".toml" else "JSON"
        raise InvalidInput(f"{path} is not {kind}: {error}", fix=_SHAPE) from error


def _make_category(path: Path, number: int, item: Any) -> Category:
    where = f"{path}, category {number}"
    if isinstance(item, str):
        return Category(item.strip())
    if not isinstance(item, dict):
        raise InvalidInput(f"{where}: it is neither a name nor a table.", fix=_SHAPE)
    if unknown := sorted(set(item) - _KEYS):
        raise InvalidInput(f"{where}: {unknown[0]!r} is not known here.", fix=_SHAPE)
    name, description = item.get("name"), item.get("description", "")
    if not isinstance(name, str) or not name.strip():
        raise InvalidInput(f"{where}: its name is missing.", fix=_SHAPE)
    if not isinstance(description, str):
        raise InvalidInput(f"{where}: its description is not a text.", fix=_SHAPE)
    examples = item.get("examples", [])
    if not isinstance(examples, list):
        raise InvalidInput(f"{where}: its examples are not a list.", fix=_SHAPE)
    return Category(
        name.strip(), description.strip(), tuple(_make_example(where, example) for example in examples)
    )


def _make_example(where: str, example: Any) -> str:
    if isinstance(example, str):
        return example
    if (
        isinstance(example, dict)
        and set(example) == {"path", "text"}
        and all(isinstance(value, str) for value in example.values())
    ):
        return describe_document(example["path"], example["text"])
    raise InvalidInput(f"{where}: an example is neither a text nor a table with path and text.", fix=_SHAPE)


DEFAULT_CATEGORIES = load_categories(DEFAULT_FILE)
