"""The end of a log, for somebody who looks at it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from host.core.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

SUFFIX = ".log"
# An answer has to fit a frame of 1 MiB, also when every byte is written as several.
MOST_BYTES = 150_000


def list_logs(folder: Path) -> list[str]:
    """The names of the logs in `folder`, without their ending; only plain files."""
    if not folder.is_dir():
        return []
    return sorted(
        file.stem
        for file in folder.iterdir()
        if file.suffix == SUFFIX and file.is_file() and not file.is_symlink()
    )


def read_log_tail(folder: Path, name: str, lines: int) -> list[str]:
    """The last lines of a log, oldest first; of a large file only its end is read.

    Args:
        folder: where logs lie.
        name: one of `list_logs`.
        lines: how many at most; fewer when they are long.

    Raises:
        InvalidInput: there is no such log.
    """
    known = list_logs(folder)
    if name not in known:
        message = f"There is no log {name[:100]!r}."
        raise InvalidInput(message, fix=f"There are: {', '.join(known) or 'none yet'}.")
    with (folder / f"{name}{SUFFIX}").open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        begin = max(0, size - MOST_BYTES)
        file.seek(begin)
        found = file.read(MOST_BYTES).decode("utf-8", errors="replace").splitlines()
    # Where it does not begin at the beginning, the first line is most likely half of one.
    return found[1 if begin else 0 :][-lines:]
