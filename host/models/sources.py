"""What every source of model files shares: how it fails, and how a broken transfer is tried again."""

from __future__ import annotations

import errno
import random
from typing import TYPE_CHECKING, TypeVar

from host.core.errors import DiskFull

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from host.models.transfers import Reporter

T = TypeVar("T")

# Tries in a row that bring nothing; any byte that arrives starts the count again.
TRIES = 5
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 60.0
# A hub that asks for more patience than this is told of instead of waited for.
LONGEST_PATIENCE_S = 300.0

# Quotas, and file systems whose files cannot be that large, look the same to a person.
_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


class SourceError(Exception):
    """A source could not deliver; the message says why, and the next source is tried.

    Attributes:
        fix: what the person can do about this source, or None.
    """

    def __init__(self, message: str, *, fix: str | None = None) -> None:
        super().__init__(message)
        self.fix = fix


class TransferBroken(Exception):  # noqa: N818 - it is no failure yet
    """A transfer broke off; it is worth another try.

    Attributes:
        wait_s: how long the other side asked to wait, or None.
        never_answered: nothing of an answer came; perhaps nobody is there.
    """

    def __init__(self, message: str, wait_s: float | None = None, *, never_answered: bool = False) -> None:
        super().__init__(message)
        self.wait_s = wait_s
        self.never_answered = never_answered


def keep_trying(
    action: Callable[[], T],
    reporter: Reporter,
    *,
    first_wait_s: float,
    count_bytes: Callable[[], int] = lambda: 0,
    tries: int = TRIES,
) -> T:
    """Do something that may break off, until it does not, with longer and longer pauses.

    Args:
        action: raises TransferBroken when it is worth another try.
        reporter: is told of the pauses, and may end them.
        first_wait_s: seconds of the first pause; each is twice as long as the one before.
        count_bytes: how much is there; a try that brought something starts the count again.
        tries: in a row that bring nothing.

    Raises:
        SourceError: it broke off too often, or the other side asks for too much patience.
        Cancelled: the download was called off.
    """
    failures = 0
    while True:
        before = count_bytes()
        try:
            return action()
        except TransferBroken as broken:
            failures = 1 if count_bytes() > before else failures + 1
            if failures >= tries:
                raise SourceError(str(broken)) from broken
            if broken.wait_s is not None and broken.wait_s > LONGEST_PATIENCE_S:
                message = f"{broken}, and asks to wait for {broken.wait_s / 60:.0f} minutes"
                raise SourceError(message, fix="Try again later.") from broken
            wait = min(LONGEST_WAIT_S, first_wait_s * 2 ** (failures - 1))
            # Many clients that were thrown out together should not come back together.
            wait = max(broken.wait_s or 0.0, wait * random.uniform(0.75, 1.0))  # noqa: S311
            reporter.pause(
                wait, f"{broken}; trying again in {max(1, round(wait))} s ({failures} of {tries - 1})"
            )


def is_full(error: OSError) -> bool:
    """Whether an error says that the disk has no room."""
    return error.errno in _FULL


def tell_full(model_id: str, needed: int, free: int, folder: Path) -> DiskFull:
    """The error that says that a model does not fit.

    Args:
        model_id: which model.
        needed: bytes that are still to come.
        free: bytes that are free.
        folder: on which disk.
    """
    message = (
        f"The model {model_id} needs {_megabytes(needed)} of disk space and {_megabytes(free)} are free."
    )
    fix = f"Free some space on the disk that holds {folder} and run it again; what was fetched is kept."
    return DiskFull(message, fix=fix)


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.0f} MB" if count < 10e9 else f"{count / 1e9:.1f} GB"
