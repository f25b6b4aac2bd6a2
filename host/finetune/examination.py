"""From names that a person says to a judgement: finds models, categories, test data and corrections."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from host.core.errors import InvalidInput
from host.core.paths import find_paths
from host.finetune.candidates import Candidate, find_candidates, tell_apart
from host.finetune.data_files import KnownData, read_known_data
from host.finetune.known_categories import read_default_categories
from host.finetune.own_data import gives_away
from host.finetune.test_data import TestData, leave_out_taught, make_default_data, read_test_data
from host.models.store import ModelStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from host.finetune.candidates import Found
    from host.finetune.known_categories import KnownCategory
    from host.finetune.rows import Row

_UNKNOWN = "nothing says what the model in {name} was taught"


@dataclass(frozen=True)
class Examination:
    """What is to be measured.

    Attributes:
        candidates: each under a name of its own.
        test: the tabs, without those that a candidate was trained with; its categories have the examples that
            the person named, without those that would give one of these tabs away.
        corrections: what the person said of tabs that were trained with.
        training: the record of the first training among the candidates, {} without one.
        folder: of that training, None without one.
    """

    candidates: tuple[Candidate, ...]
    test: TestData
    corrections: tuple[Row, ...]
    training: dict[str, Any]
    folder: Path | None


def prepare(
    models: Sequence[str],
    test_data: str | None,
    *,
    folder: Path | None = None,
    base: str | None = None,
) -> Examination:
    """Find everything that a measurement needs.

    Args:
        models: folders of trainings, GGUF files, or ids of installed models.
        test_data: see `read_test_data`; None for the project's own set, as far as it is of these categories,
            and what the person said of held-out tabs.
        folder: holds sets that are not part of the project.
        base: the installed model that a file was trained from, where nothing else says so.

    Raises:
        InvalidInput, NotFound: something is missing; `fix` says what to do.
    """
    store = ModelStore(find_paths().models)
    found = [find_candidates(named, store, base) for named in models]
    training = next((one for one in found if one.folder is not None), None)
    categories = _agree(found)
    known = [_read_known(one) for one in found]
    taught = list(dict.fromkeys(row for one in known for row in one.taught))
    held_out = _take_once(row for one in known for row in one.held_out if row.of_person)
    if test_data is None:
        test = make_default_data(categories, held_out)
    else:
        test = read_test_data(test_data, categories, folder)
    test = leave_out_taught(test, {(row.title, row.url) for row in taught})
    categories = tuple(_leave_out_examples(one, held_out) for one in categories)
    objections = dict.fromkeys(objection for one in known for objection in one.objections)
    test = replace(test, categories=categories, objections=(*objections, *_object_to_unseen(test)))
    return Examination(
        tuple(tell_apart(found)),
        test,
        _find_corrections(taught, categories),
        training.training if training else {},
        training.folder if training else None,
    )


def _read_known(found: Found) -> KnownData:
    if found.folder is not None:
        return read_known_data(found.training, found.folder)
    lone = next((one.file for one in found.candidates if one.file is not None), None)
    return KnownData(objections=(_UNKNOWN.format(name=lone.name),) if lone is not None else ())


def _agree(found: Sequence[Found]) -> tuple[KnownCategory, ...]:
    """The categories of all models; models that were trained for other ones cannot be compared."""
    known = [one.categories for one in found if one.categories is not None]
    if not known:
        return read_default_categories()
    first = {one.name for one in known[0]}
    if any({one.name for one in other} != first for other in known[1:]):
        message = "These models were trained for different categories."
        raise InvalidInput(message, fix="Evaluate them one after the other.")
    return known[0]


def _take_once(rows: Iterable[Row]) -> list[Row]:
    """The first row of each tab: another training may have held it out, too."""
    found: dict[tuple[str, str], Row] = {}
    for row in rows:
        found.setdefault((row.title.casefold(), row.url), row)
    return list(found.values())


def _leave_out_examples(category: KnownCategory, held_out: Sequence[Row]) -> KnownCategory:
    """Without the examples that give a held-out tab away: no engine is to have been told the answer."""
    kept = [one for one in category.examples if not any(gives_away(one, row) for row in held_out)]
    return replace(category, examples=tuple(kept))


def _find_corrections(taught: Sequence[Row], categories: Sequence[KnownCategory]) -> tuple[Row, ...]:
    """What the person said of tabs, but for what the examples of the categories say anyway."""
    examples = {one.name: one.examples for one in categories}

    def is_said(row: Row) -> bool:
        return any(gives_away(example, row) for example in examples.get(row.category or "", ()))

    corrected = (row for row in taught if row.of_person)
    return tuple(row for row in corrected if (row.source == "correction" and row.url) or not is_said(row))


def _object_to_unseen(test: TestData) -> tuple[str, ...]:
    """A model for a person's own categories is not shown to be better by tabs of the seven alone."""
    own = [one.name for one in test.categories if not one.key]
    if not own or set(own) - set(test.unseen):
        return ()
    return (f"no held-out tab belongs to a category of your own ({', '.join(own)}); correct more tabs",)
