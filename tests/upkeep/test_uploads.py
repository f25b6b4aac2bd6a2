from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING

import pytest

from host.core.errors import InvalidInput, NotFound
from host.upkeep.clearing import clear_profile
from host.upkeep.uploads import (
    drop_upload,
    drop_uploads,
    find_upload,
    receive_piece,
    sweep_uploads,
    take_upload,
)

if TYPE_CHECKING:
    from host.history.profiles import Profile


def _send(profile: Profile, upload_id: str | None, offset: int, data: bytes) -> tuple[str, int]:
    return receive_piece(profile, upload_id, offset, base64.b64encode(data).decode())


def test_pieces_become_the_file_that_was_sent(profile: Profile) -> None:
    upload_id, received = _send(profile, None, 0, b"one ")
    assert received == 4
    assert _send(profile, upload_id, 4, b"two") == (upload_id, 7)
    file = find_upload(profile, upload_id)
    assert file.read_bytes() == b"one two"
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_piece_that_is_sent_again_replaces_itself(profile: Profile) -> None:
    upload_id, _ = _send(profile, None, 0, b"one ")
    _send(profile, upload_id, 4, b"tw")
    assert _send(profile, upload_id, 4, b"two") == (upload_id, 7)
    assert find_upload(profile, upload_id).read_bytes() == b"one two"


def test_a_gap_is_refused_and_says_what_is_here(profile: Profile) -> None:
    upload_id, _ = _send(profile, None, 0, b"one ")
    with pytest.raises(InvalidInput, match="only 4 bytes"):
        _send(profile, upload_id, 5, b"two")
    with pytest.raises(InvalidInput, match="only 0 bytes"):
        _send(profile, None, 1, b"two")


@pytest.mark.parametrize("name", ["", "..", "../history.db", "0" * 31, "0" * 32, "/etc/passwd", "Z" * 32])
def test_an_upload_that_is_none_is_refused(profile: Profile, name: str) -> None:
    _send(profile, None, 0, b"one")
    with pytest.raises(NotFound):
        _send(profile, name, 0, b"two")
    drop_upload(profile, name)
    assert profile.database.path.exists()


def test_what_is_no_base64_is_refused(profile: Profile) -> None:
    with pytest.raises(InvalidInput, match="base64"):
        receive_piece(profile, None, 0, "no base64 at all!")


def test_uploads_that_nobody_adds_to_are_swept_and_others_stay(profile: Profile) -> None:
    upload_id, _ = _send(profile, None, 0, b"one")
    now = time.time()
    assert sweep_uploads(profile, now + 3600) == 0
    assert find_upload(profile, upload_id).exists()
    assert sweep_uploads(profile, now + 24 * 3600) == 1
    with pytest.raises(NotFound):
        find_upload(profile, upload_id)


def test_a_dropped_upload_is_gone(profile: Profile) -> None:
    upload_id, _ = _send(profile, None, 0, b"one")
    drop_upload(profile, upload_id)
    with pytest.raises(NotFound):
        find_upload(profile, upload_id)


def test_clearing_the_history_leaves_no_upload(profile: Profile) -> None:
    upload_id, _ = _send(profile, None, 0, b"words of a page")
    file = find_upload(profile, upload_id)
    clear_profile(profile, keep_settings=True, with_backups=False)
    assert not file.exists()


def test_an_upload_that_is_being_taken_in_is_dropped_by_whoever_does_that(profile: Profile) -> None:
    used, _ = _send(profile, None, 0, b"one")
    other, _ = _send(profile, None, 0, b"two")
    with take_upload(profile, used) as file:
        assert drop_uploads(profile) == 1
        drop_upload(profile, used)
        assert sweep_uploads(profile, time.time() + 24 * 3600) == 0
        assert file.read_bytes() == b"one"
    for upload_id in (used, other):
        with pytest.raises(NotFound):
            find_upload(profile, upload_id)
