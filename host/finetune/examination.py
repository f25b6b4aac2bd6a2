"""From names that a person says to a judgement: finds models, categories, test data and corrections."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from host.core.errors import InvalidInput
from host.core.paths import find_paths
from host.finetune.candidates import TRAIN_FILE, Candidate, find_candidates, tell_apart
from host.finetune.known_categories import read_default_categories
from host.finetune.row_files import read_rows
from host.finetune.test_data import TestData, leave_out_taught, name_tabs, read_test_data, take_rows
from host.models.store import ModelStore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from host.finetune.candidates import Found
    from host.finetune.known_categories import KnownCategory
    from host.finetune.rows import Row

OWN_SET = "own"
VALIDATION_FILE = "val.jsonl"
_OF_THE_PERSON = ("correction", "page")


@dataclass(frozen=True)
class Examination:
    """What is to be measured.

    Attributes:
        candidates: each under a name of its own.
        test: the tabs, without those that a candidate was trained with.
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
        test_data: see `read_test_data`; None for the project's own set and what the person said of held-out
            tabs when the categories are the seven, else for the validation data beside the training.
        folder: holds sets that are not part of the project.
        base: the installed model that a file was trained from, where nothing else says so.

    Raises:
        InvalidInput, NotFound: something is missing; `fix` says what to do.
    """
    store = ModelStore(find_paths().models)
    found = [find_candidates(named, store, base) for named in models]
    training = next((one for one in found if one.folder is not None), None)
    categories = _agree(found)
    place = training.folder if training else None
    test = read_test_data(test_data or _find_test_data(categories, place), categories, folder)
    if test_data is None and test.name == OWN_SET and place is not None:
        test = _add_held_out(test, place)
    taught = _read_taught(found)
    test = leave_out_taught(test, {(row.title, row.url) for row in taught})
    corrections = tuple(row for row in taught if row.source == "correction")
    candidates = tuple(tell_apart(found))
    return Examination(candidates, test, corrections, training.training if training else {}, place)


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


def _find_test_data(categories: Sequence[KnownCategory], place: Path | None) -> str:
    if {one.key for one in categories} <= {one.key for one in read_default_categories()}:
        return OWN_SET
    if place is not None and (place / VALIDATION_FILE).is_file():
        return str(place / VALIDATION_FILE)
    message = "There is no test data for these categories."
    raise InvalidInput(message, fix="Name it: --test-data FILE")


def _add_held_out(test: TestData, place: Path) -> TestData:
    """With what the person said of tabs that were not trained with."""
    file = place / VALIDATION_FILE
    rows = [row for row in read_rows(file) if row.source in _OF_THE_PERSON] if file.is_file() else []
    if not rows:
        return test
    name = f"{test.name}, and {len(rows)} held-out tabs of yours"
    return replace(test, name=name, tabs=(*test.tabs, *name_tabs(name, take_rows(rows), test.categories)))


def _read_taught(found: Sequence[Found]) -> list[Row]:
    files = [one.folder / TRAIN_FILE for one in found if one.folder is not None]
    return [row for file in dict.fromkeys(files) if file.is_file() for row in read_rows(file)]
