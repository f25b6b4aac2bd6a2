"""What a pipeline has done so far, in a file of its folder: a later call goes on from there."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from host.models.json_files import read_object, write_object

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

STATE_FILE = "pipeline.json"
_VERSION = 1
# What is larger is known by its size alone: reading gigabytes again would take longer than many a step.
_LARGEST_READ = 64 << 20

# "passing" came to its end, by chance in such a way that it is done again.
StepState = Literal["begun", "done", "passing", "failed"]


@dataclass(frozen=True)
class FileRecord:
    """A file that a step made.

    Attributes:
        name: within the folder, with slashes.
        size: in bytes.
        digest: SHA-256 of what is in it.
    """

    name: str
    size: int
    digest: str


@dataclass(frozen=True)
class StepRecord:
    """What is known of a step.

    Attributes:
        state: "begun" and not ended, "done", "passing" or "failed".
        digest: of its inputs.
        text: what came of it, in a sentence; the error when it failed.
        values: what later steps need.
        files: that it made.
        took_s: seconds, of all attempts together.
    """

    state: StepState
    digest: str
    text: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    files: tuple[FileRecord, ...] = ()
    took_s: float = 0.0

    @property
    def fingerprint(self) -> str:
        """Changes when what the step made changes."""
        return digest_of({"values": self.values, "files": [asdict(file) for file in self.files]})


class PipelineState:
    """The records of a folder; each change is on the disk before it counts."""

    def __init__(self, folder: Path) -> None:
        """Read what is there; a damaged file counts as none.

        Args:
            folder: of the training.
        """
        self._folder = folder
        self._file = folder / STATE_FILE
        self._options: dict[str, Any] = {}
        self._finished = False
        self._records: dict[str, StepRecord] = {}
        found = read_object(self._file)
        if found is not None and found.get("version") == _VERSION:
            self._options = found.get("options") or {}
            self._records = _read_records(found.get("steps"))

    @property
    def options(self) -> dict[str, Any]:
        """What was asked for last."""
        return dict(self._options)

    def find(self, name: str) -> StepRecord | None:
        """What is known of a step."""
        return self._records.get(name)

    def is_whole(self, name: str) -> bool:
        """Whether everything that a step made is still there as it was."""
        record = self._records.get(name)
        return record is not None and all(_is_same(self._folder, file) for file in record.files)

    def open_run(self, options: dict[str, Any]) -> None:
        """A run begins: keep what was asked for."""
        self._options = dict(options)
        self._finished = False
        self._write()

    def close_run(self, names: Iterable[str]) -> None:
        """The run has come to its end, with these steps."""
        records = map(self._records.get, names)
        self._finished = all(record is not None and record.state == "done" for record in records)
        self._write()

    def begin(self, name: str, digest: str) -> None:
        """A step begins."""
        before = self._records.get(name)
        again = before is not None and before.digest == digest and before.state != "done"
        took_s = before.took_s if before is not None and again else 0.0
        self._put(name, StepRecord("begun", digest, took_s=took_s))

    def finish(
        self,
        name: str,
        text: str,
        values: dict[str, Any],
        files: Sequence[Path],
        s: float,
        *,
        final: bool = True,
    ) -> None:
        """A step has ended well.

        Args:
            name: of the step.
            text: what came of it.
            values: what later steps need.
            files: that it made, all within the folder.
            s: seconds that this attempt took.
            final: whether it is not to be done again.
        """
        before = self._records[name]
        made = tuple(self._describe(file) for file in files)
        state: StepState = "done" if final else "passing"
        self._put(name, StepRecord(state, before.digest, text, values, made, before.took_s + s))

    def interrupt(self, name: str, s: float, error: str | None = None) -> None:
        """A step has ended early.

        Args:
            name: of the step.
            s: seconds that this attempt took.
            error: why it failed; None when it was stopped.
        """
        before = self._records[name]
        state: StepState = "begun" if error is None else "failed"
        self._put(name, StepRecord(state, before.digest, error or "", took_s=before.took_s + s))

    def forget(self, names: Iterable[str]) -> None:
        """Know nothing of some steps any more."""
        for name in names:
            self._records.pop(name, None)
        self._write()

    def _put(self, name: str, record: StepRecord) -> None:
        self._records[name] = record
        self._write()

    def _write(self) -> None:
        steps = {name: asdict(record) for name, record in self._records.items()}
        write_object(
            self._file,
            {
                "version": _VERSION,
                "options": self._options,
                "finished": self._finished,
                "steps": steps,
            },
        )

    def _describe(self, file: Path) -> FileRecord:
        name = file.relative_to(self._folder).as_posix()
        return FileRecord(name, file.stat().st_size, _digest_file(file))


def digest_of(value: Any) -> str:
    """SHA-256 of plain values; the order of keys does not count."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=True).encode("ascii")).hexdigest()


def _digest_file(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _is_same(folder: Path, record: FileRecord) -> bool:
    file = folder / record.name
    try:
        if file.stat().st_size != record.size:
            return False
        return record.size > _LARGEST_READ or _digest_file(file) == record.digest
    except OSError:
        return False


def _read_records(found: Any) -> dict[str, StepRecord]:
    records = {}
    for name, value in found.items() if isinstance(found, dict) else ():
        try:
            files = tuple(FileRecord(**file) for file in value["files"])
            records[name] = StepRecord(**{**value, "files": files})
        except (TypeError, KeyError):
            # Of another version, or edited: the step is done again.
            continue
    return records
