"""The files that a model was taught from: named in the record of its training, and found again later.

Who measures a model leaves out what it was taught. That can be trusted only while the files are the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from host.core.errors import InvalidInput
from host.finetune.row_files import read_rows
from host.finetune.training_folder import TRAIN_FILE, VALIDATION_FILE
from host.models.integrity import hash_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from host.finetune.rows import Row

_TAUGHT, _HELD_OUT = "train", "validation"
# Of trainings that do not say where their rows are.
_USUAL = {_TAUGHT: TRAIN_FILE, _HELD_OUT: VALIDATION_FILE}


@dataclass(frozen=True)
class KnownData:
    """What is still known of the rows of a training.

    Attributes:
        taught: to the model.
        held_out: from it.
        objections: why these may not be the rows, the end of a sentence each; () when they are.
    """

    taught: tuple[Row, ...] = field(default=(), repr=False)
    held_out: tuple[Row, ...] = field(default=(), repr=False)
    objections: tuple[str, ...] = ()


def describe_files(taught: Path, held_out: Path) -> dict[str, dict[str, str]]:
    """What the record of a training keeps of its files: where each is, and its SHA-256.

    Raises:
        InvalidInput: one cannot be read.
    """
    found = {}
    for part, file in ((_TAUGHT, taught), (_HELD_OUT, held_out)):
        try:
            found[part] = {"file": str(file.resolve()), "sha256": hash_file(file)}
        except OSError as error:
            message = f"{file} cannot be read: {error.strerror or error}."
            raise InvalidInput(message) from error
    return found


def read_known_data(training: Mapping[str, Any], folder: Path) -> KnownData:
    """Read the rows of a training where its record says that they are, or in its own folder.

    Args:
        training: its record.
        folder: where it lies; it may have been moved since, with the files in it.

    Raises:
        InvalidInput: a file is as it was, and damaged.
    """
    kept = training.get("data")
    rows: dict[str, tuple[Row, ...]] = {}
    objections = []
    for part, usual in _USUAL.items():
        said = kept.get(part) if isinstance(kept, dict) else None
        rows[part], objection = _read_part(said if isinstance(said, dict) else {}, folder, usual)
        objections += [objection] if objection else []
    return KnownData(rows[_TAUGHT], rows[_HELD_OUT], tuple(objections))


def _read_part(said: Mapping[str, Any], folder: Path, usual: str) -> tuple[tuple[Row, ...], str]:
    """Rows, and what is wrong with their file or ""."""
    named = Path(str(said.get("file") or folder / usual))
    there = [file for file in (named, folder / named.name) if file.is_file()]
    if not there:
        return (), f"{named.name} is gone, and with it what the model was taught and what not"
    wanted = said.get("sha256")
    same = next((file for file in there if wanted is None or hash_file(file) == wanted), None)
    if same is not None:
        return tuple(read_rows(same)), ""
    try:
        rows = tuple(read_rows(there[0]))
    except InvalidInput:
        # What is left of it says what it can.
        rows = ()
    return rows, f"{named.name} was changed after the training, so what the model was taught is not known"
