"""The log: rotating, small, and without queries, addresses or page text.

Messages are written by us from constants and counts. Exceptions are logged by type and place only,
because the text of an exception may quote what it failed on.
"""

from __future__ import annotations

import logging
import logging.handlers
import traceback
from pathlib import Path

LOGGER_NAME = "ai_history"
_MAX_BYTES = 1_000_000
_KEPT = 3


def open_log(folder: Path, name: str) -> None:
    """Send our messages to `folder/name.log`."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handler = logging.handlers.RotatingFileHandler(
        folder / f"{name}.log", maxBytes=_MAX_BYTES, backupCount=_KEPT, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logger = logging.getLogger(LOGGER_NAME)
    logger.handlers[:] = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False


def close_log() -> None:
    """Write nothing any more, and let go of the file."""
    logger = logging.getLogger(LOGGER_NAME)
    for handler in logger.handlers:
        handler.close()
    logger.handlers[:] = [logging.NullHandler()]


def get_logger(name: str) -> logging.Logger:
    """The logger of one module."""
    return logging.getLogger(f"{LOGGER_NAME}.{name}")


def describe_exception(error: BaseException) -> str:
    """The exception's type and where it was raised, without its text."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames[-4:]))
    return f"{type(error).__name__} at {places or 'unknown'}"
