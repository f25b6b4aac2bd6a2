"""Names of models: which can be a folder's on every system, beside what the store keeps there itself."""

from __future__ import annotations

import re

from host.core.errors import InvalidInput

_PATTERN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9_-])?")
_OWN_FILES = frozenset({"added.json", "cache.json", "choices.json", "deployments.json"})
# Windows takes these for devices, with any suffix.
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}
)
# Of the folder in which downloads are put together.
_LOCK_SUFFIX = ".lock"
_REMOVED_MARK = ".removed-"


def is_model_name(name: object) -> bool:
    """Whether this can be a model's name."""
    if not isinstance(name, str) or not _PATTERN.fullmatch(name):
        return False
    folded = name.casefold()
    return not (
        folded in _OWN_FILES
        or folded.split(".")[0] in _DEVICES
        or folded.endswith(_LOCK_SUFFIX)
        or _REMOVED_MARK in folded
    )


def check_model_name(name: str) -> None:
    """Refuse what cannot be a model's name.

    Raises:
        InvalidInput.
    """
    if is_model_name(name):
        return
    if _PATTERN.fullmatch(name):
        message = f"{name} cannot be a model's name: files of that name have another meaning."
    else:
        message = f"{name[:100] or 'Nothing'} cannot be a model's name."
    raise InvalidInput(
        message,
        fix="Give it another with --id NAME: letters, digits, points, hyphens and underscores.",
    )
