"""Files that come from the browser in pieces, because a page has no path to tell."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from host.core.errors import InvalidInput, NotFound
from host.storage.copying import ensure_room
from host.storage.replacement import erase, translate_file_errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from host.history.profiles import Profile

STALE_S = 6 * 3600.0
_ID = re.compile(r"[0-9a-f]{32}")
_lock = threading.Lock()
# Those that are being taken in: whoever does that deletes them.
_in_use: set[Path] = set()


def receive_piece(profile: Profile, upload_id: str | None, offset: int, data: str) -> tuple[str, int]:
    """Keep a piece of a file.

    Args:
        profile: which the file is for.
        upload_id: of the file; None for its first piece.
        offset: where the piece begins. What was sent from there on before is replaced.
        data: base64.

    Returns:
        the file's id, and how many bytes of it are here.

    Raises:
        InvalidInput: it is not base64, or pieces before it are missing.
        NotFound: there is no such upload (any more).
        DiskFull, StorageError.
    """
    try:
        piece = base64.b64decode(data, validate=True)
    except binascii.Error as error:
        message = "A piece of a file is sent as base64."
        raise InvalidInput(message, fix="Load the page again, and choose the file again.") from error
    with _lock, translate_file_errors():
        if upload_id is None:
            _sweep(profile, time.time() - STALE_S)
            upload_id = _begin(profile)
        file = find_upload(profile, upload_id)
        received = file.stat().st_size
        if offset > received:
            message = f"Pieces are missing: only {received} bytes are here."
            raise InvalidInput(message, fix="Choose the file again.")
        ensure_room(file.parent, len(piece))
        with file.open("r+b") as target:
            target.seek(offset)
            target.truncate()
            target.write(piece)
        return upload_id, offset + len(piece)


def find_upload(profile: Profile, upload_id: str) -> Path:
    """The file of an upload.

    Raises:
        NotFound: there is none of that id.
    """
    file = _find_folder(profile) / upload_id
    if not _ID.fullmatch(upload_id) or not file.is_file():
        message = "There is no such upload any more."
        raise NotFound(message, fix="Choose the file again.")
    return file


@contextmanager
def take_upload(profile: Profile, upload_id: str) -> Iterator[Path]:
    """The file of an upload, which nobody else deletes meanwhile, and which is gone afterwards.

    Raises:
        NotFound: there is none of that id.
    """
    with _lock:
        file = find_upload(profile, upload_id)
        _in_use.add(file)
    try:
        yield file
    finally:
        with _lock:
            _in_use.discard(file)
            erase(file)


def drop_upload(profile: Profile, upload_id: str) -> None:
    """Forget an upload, unless it is being taken in; there may be none."""
    file = _find_folder(profile) / upload_id
    with _lock:
        if _ID.fullmatch(upload_id) and file not in _in_use:
            erase(file)


def drop_uploads(profile: Profile) -> int:
    """Forget all uploads, but those that are being taken in; returns how many."""
    with _lock:
        return _sweep(profile, None)


def sweep_uploads(profile: Profile, at_s: float, stale_s: float = STALE_S) -> int:
    """Delete uploads that nobody has added to for a while; returns how many.

    Args:
        profile: whose.
        at_s: now, seconds since 1970.
        stale_s: how long a while is.
    """
    with _lock:
        return _sweep(profile, at_s - stale_s)


def _sweep(profile: Profile, before_s: float | None) -> int:
    """Erase what was last added to before then, or all; the caller has the lock."""
    stale = [
        file
        for file in _find_folder(profile).glob("*")
        if file not in _in_use and (before_s is None or file.stat().st_mtime < before_s)
    ]
    for file in stale:
        erase(file)
    return len(stale)


def _begin(profile: Profile) -> str:
    folder = _find_folder(profile)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    upload_id = secrets.token_hex(16)
    (folder / upload_id).touch(mode=0o600)
    return upload_id


def _find_folder(profile: Profile) -> Path:
    return profile.database.path.parent / "uploads"
