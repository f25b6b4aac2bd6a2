"""What of a person's own a training leaves in its folder, and how it goes."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from host.models.json_files import read_object, write_object

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROWS = ("train.jsonl", "val.jsonl")
TRAINING, STATISTICS = "training.json", "dataset_stats.json"
# Where rows come from that hold what a person said, or read.
_OF_THE_PERSON = frozenset({"correction", "page"})


def forget_rows(folder: Path, keeps: Callable[[Mapping[str, Any]], bool] | None = None) -> int:
    """Delete a person's rows from the files that a model was taught and validated with.

    Where nothing can be written, the whole file goes. Statistics, reports and models stay; when all rows go,
    the examples of the categories go from them, too.

    Args:
        folder: of the training; it need not be there.
        keeps: says of a row of the person whether it may stay; None for no row.

    Returns:
        how many rows are gone.
    """
    gone = sum(_forget_in(folder / name, keeps or _keep_nothing) for name in ROWS)
    if gone:
        _forget_samples(folder / TRAINING)
    if keeps is None:
        for name, key in ((TRAINING, "category_list"), (STATISTICS, "categories")):
            _forget_examples(folder / name, key)
    return gone


def _keep_nothing(_: Mapping[str, Any]) -> bool:
    return False


def _forget_in(file: Path, keeps: Callable[[Mapping[str, Any]], bool]) -> int:
    try:
        lines = file.read_bytes().splitlines(keepends=True)
    except OSError:
        return 0
    kept = [line for line in lines if not line.strip() or _may_stay(line, keeps)]
    if len(kept) == len(lines):
        return 0
    try:
        _replace(file, b"".join(kept))
    except OSError:
        with contextlib.suppress(OSError):
            file.unlink()
    return len(lines) - len(kept)


def _may_stay(line: bytes, keeps: Callable[[Mapping[str, Any]], bool]) -> bool:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(row, dict) and (row.get("source") not in _OF_THE_PERSON or keeps(row))


def _forget_samples(file: Path) -> None:
    """Among the tabs that a record shows as examples there may be the person's."""
    record = read_object(file)
    if record is not None and record.get("samples"):
        with contextlib.suppress(OSError):
            write_object(file, {**record, "samples": []})


def _forget_examples(file: Path, key: str) -> None:
    """The titles and sites that a person named for categories."""
    record = read_object(file)
    listed = record.get(key) if record is not None else None
    if record is None or not isinstance(listed, list):
        return
    kept = [{**one, "examples": []} if isinstance(one, dict) else one for one in listed]
    if any(isinstance(one, dict) and one.get("examples") for one in listed):
        with contextlib.suppress(OSError):
            write_object(file, {**record, key: kept})


def _replace(file: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        part.replace(file)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
