"""Results as JSON, JSON lines or CSV, and the one rename that puts a finished file in its place."""

from __future__ import annotations

import csv
import json
import os
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal, get_args

from host.core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.classify.files import SkippedFile

Format = Literal["json", "jsonl", "csv"]
FORMATS: tuple[Format, ...] = get_args(Format)
# More digits of a probability say nothing.
_DIGITS = 6
# Programs for tables take a cell that begins so for a formula, and some formulas start programs.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class ClassifiedFile:
    """What a file was found to be.

    Attributes:
        path: below the root of the run.
        confidence: the probability of the category.
        scores: the probability of each category; they sum to 1.
        bytes: size of the file.
        reasoning: why, in the model's words, where it was asked.
        tokens: that the model read.
    """

    path: str
    category: str
    confidence: float
    scores: dict[str, float]
    bytes: int
    reasoning: str | None = None
    tokens: int = 0

    def to_json(self) -> dict[str, Any]:
        """As it stands in a file of results."""
        found: dict[str, Any] = {
            "path": self.path,
            "category": self.category,
            "confidence": round(self.confidence, _DIGITS),
            "scores": {name: round(score, _DIGITS) for name, score in self.scores.items()},
            "bytes": self.bytes,
        }
        if self.reasoning is not None:
            found["reasoning"] = self.reasoning
        return found


@dataclass(frozen=True)
class Results:
    """All of one run.

    Attributes:
        categories: their names in the order they were given.
        created_at: when the run ended, as ISO 8601 in UTC.
        root: the folder that paths are relative to.
        skipped: what was not given to the model.
        failed: what the model could not do.
        took_s: seconds that this run took; results of an interrupted one before it cost nothing.
    """

    model: str
    categories: Sequence[str]
    created_at: str
    root: str
    files: Sequence[ClassifiedFile]
    skipped: Sequence[SkippedFile] = ()
    failed: Sequence[SkippedFile] = ()
    took_s: float = 0.0
    summary: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        counts = Counter(file.category for file in self.files)
        # Every category is named, in order, so that two summaries can be compared line by line.
        object.__setattr__(self, "summary", {name: counts[name] for name in self.categories})

    def to_json(self) -> dict[str, Any]:
        """The whole as one JSON document."""
        return {
            "model": self.model,
            "categories": list(self.categories),
            "created_at": self.created_at,
            "root": self.root,
            "files": [file.to_json() for file in self.files],
            "skipped": [{"path": item.path, "reason": item.reason} for item in self.skipped],
            "failed": [{"path": item.path, "reason": item.reason} for item in self.failed],
            "summary": self.summary,
            "took_s": self.took_s,
        }


def choose_format(output: Path | None, named: str | None) -> Format:
    """The format of the results.

    Args:
        output: the file they go to.
        named: what was asked for; otherwise the file's suffix says it.

    Raises:
        InvalidInput: the suffix says nothing that is known.
    """
    word = named or (output.suffix.lower().removeprefix(".") if output else "jsonl")
    word = {"ndjson": "jsonl"}.get(word, word)
    for known in FORMATS:
        if word == known:
            return known
    raise InvalidInput(
        f"The format cannot be told from the name {output}.", fix=f"Name it: --format {'|'.join(FORMATS)}"
    )


def write_results(results: Results, chosen: Format, stream: IO[str]) -> None:
    """Write results to a stream that was opened with `newline=""`.

    JSON lines and CSV hold the classified files only; JSON says also what was skipped and what failed.
    """
    if chosen == "json":
        json.dump(results.to_json(), stream, ensure_ascii=False, indent=2)
        stream.write("\n")
    elif chosen == "jsonl":
        for file in results.files:
            stream.write(to_line(file.to_json()))
    else:
        _write_csv(results, stream)


def save_results(results: Results, chosen: Format, output: Path) -> None:
    """Write results to a file: beside it first, then in its place by one rename.

    Something that is no regular file (a terminal, a pipe) is written to as it is.

    Raises:
        OSError: the file cannot be written; what was there before is still there.
    """
    target = output.resolve()
    if target.exists() and not target.is_file():
        with target.open("w", encoding="utf-8", newline="") as stream:
            write_results(results, chosen, stream)
        return
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            write_results(results, chosen, stream)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(_usual_mode(target))
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def to_line(value: dict[str, Any]) -> str:
    """One line of JSON lines."""
    return json.dumps(value, ensure_ascii=False) + "\n"


def _write_csv(results: Results, stream: IO[str]) -> None:
    reasons = any(file.reasoning is not None for file in results.files)
    writer = csv.writer(stream, lineterminator="\r\n")
    scores = [f"score.{name}" for name in results.categories]
    writer.writerow(["path", "category", "confidence", "bytes", *scores, *(["reasoning"] if reasons else [])])
    for file in results.files:
        writer.writerow(
            [
                _guard(file.path),
                _guard(file.category),
                round(file.confidence, _DIGITS),
                file.bytes,
                *(round(file.scores.get(name, 0.0), _DIGITS) for name in results.categories),
                *([_guard(file.reasoning or "")] if reasons else []),
            ]
        )


def _guard(cell: str) -> str:
    """Text that no program for tables takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


def _usual_mode(target: Path) -> int:
    """The permissions of the file that is replaced, else those of any new file."""
    try:
        return target.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
