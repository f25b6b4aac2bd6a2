"""Results as they come, kept beside the output until it is whole, so that a run can be gone on with."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from host.classify.outputs import ClassifiedFile, to_line
from host.core.errors import InvalidInput
from host.core.lock import ProcessLock

if TYPE_CHECKING:
    from pathlib import Path
    from typing import IO

SUFFIX = ".partial.jsonl"
# Part of every key: results of another way of asking are not taken over.
_FORM = 1


def name_partial(output: Path) -> Path:
    """Where the results of a run stand until `output` is whole."""
    return output.with_name(output.name + SUFFIX)


def make_key(settings: dict[str, Any], name: str, size: int, text: str) -> str:
    """What a result depends on, as one digest: the settings of the run, and the file as the model reads it.

    The text stands for the file's time of change, which says both too much (a fresh checkout) and too
    little (two changes within one tick).
    """
    parts = json.dumps([_FORM, settings, name, size, text], sort_keys=True)
    return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()


class Journal:
    """The partial results of one output. One run at a time has it."""

    def __init__(self, output: Path, *, restart: bool = False) -> None:
        """Open the journal of `output`.

        Args:
            output: the file that the run is to make.
            restart: forget what an earlier run has left.

        Raises:
            InvalidInput: another run is making the same file, or it cannot be written there.
        """
        self.path = name_partial(output)
        self._lock = ProcessLock(self.path.with_name(self.path.name + ".lock"))
        self._stream: IO[bytes] | None = None
        if not output.parent.is_dir():
            raise InvalidInput(f"There is no folder {output.parent}.", fix="Make it first, or name another.")
        try:
            if not self._lock.acquire():
                raise InvalidInput(
                    f"Another run is writing {output}.", fix="Wait for it, or name another file."
                )
            self._stream = self.path.open("w+b" if restart else "a+b")
            self._known = self._load(self._stream)
        except OSError as error:
            self._lock.release()
            raise InvalidInput(f"{output} cannot be written: {error.strerror}.") from error

    def find(self, key: str) -> ClassifiedFile | None:
        """What an earlier run found for a key."""
        return self._known.get(key)

    def add(self, key: str, file: ClassifiedFile) -> None:
        """Keep a result; it outlives this process from now on."""
        if self._stream is not None:
            self._stream.write(to_line({"key": key, **asdict(file)}).encode("utf-8", "surrogatepass"))
            self._stream.flush()

    def close(self, *, finished: bool) -> None:
        """Let go. A finished run leaves nothing; one that stopped leaves its results, where there are any."""
        if self._stream is None:
            return
        empty = self._stream.seek(0, 2) == 0
        self._stream.close()
        self._stream = None
        if finished or empty:
            self.path.unlink(missing_ok=True)
        self.path.with_name(self.path.name + ".lock").unlink(missing_ok=True)
        self._lock.release()

    def _load(self, stream: IO[bytes]) -> dict[str, ClassifiedFile]:
        stream.seek(0)
        known: dict[str, ClassifiedFile] = {}
        last = b"\n"
        for last in stream:
            try:
                values = json.loads(last)
                key = values.pop("key")
                known[key] = ClassifiedFile(**values)
            except (ValueError, TypeError, KeyError, AttributeError):
                # The line that was being written when a run was killed.
                continue
        if not last.endswith(b"\n"):
            stream.write(b"\n")
        return known
