from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from host.upkeep.backups import make_backup
from host.upkeep.checks import GRACE_MS, check_backups, describe_encryption
from host.upkeep.encryption import EncryptionFacts
from tests.makers import NOON, add_page

if TYPE_CHECKING:
    from host.history.profiles import Profile

DAY_MS = 86_400_000


@pytest.fixture
def filled(profile: Profile) -> Profile:
    profile.update_settings({"backup.every_days": 7})
    profile.database.write(lambda connection: add_page(connection, "https://a.example/", "tea"))
    return profile


def _facts(
    *, encrypted: bool, key_in: Literal["keyring", "passphrase"] | None = None, clear: int = 0
) -> EncryptionFacts:
    return EncryptionFacts(encrypted, False, key_in, "Ring", clear)


def test_backups_that_keep_up_are_well(filled: Profile) -> None:
    make_backup(filled, "schedule", NOON)
    assert check_backups(filled, NOON + 6 * DAY_MS).ok
    # The computer may have been off for a weekend.
    assert check_backups(filled, NOON + 7 * DAY_MS + GRACE_MS - 1).ok


def test_a_backup_that_is_overdue_can_be_made_at_once(filled: Profile) -> None:
    make_backup(filled, "schedule", NOON)
    found = check_backups(filled, NOON + 7 * DAY_MS + GRACE_MS + 1)
    assert not found.ok
    assert "9 days old" in found.detail
    assert found.action is not None
    assert found.action.method == "store.backup"


def test_a_history_that_has_no_backup_yet_is_no_failure(filled: Profile) -> None:
    assert check_backups(filled, NOON).ok


def test_who_wants_no_backups_is_not_reminded(filled: Profile) -> None:
    make_backup(filled, "asked", NOON)
    filled.update_settings({"backup.every_days": 0})
    assert check_backups(filled, NOON + 900 * DAY_MS).ok


def test_encryption_is_said_either_way() -> None:
    off = describe_encryption(_facts(encrypted=False))
    assert off.ok
    assert off.detail.startswith("off")
    for key_in, words in (("keyring", "keyring"), ("passphrase", "passphrase")):
        on = describe_encryption(_facts(encrypted=True, key_in=key_in))  # type: ignore[arg-type]
        assert on.ok
        assert words in on.detail


def test_backups_in_clear_beside_an_encrypted_database_are_a_failure() -> None:
    found = describe_encryption(_facts(encrypted=True, key_in="keyring", clear=2))
    assert not found.ok
    assert "2 backups" in found.detail
    assert found.action is not None
    assert found.action.method == "encryption.enable"
    # Without a passphrase there is nothing that a button could ask for.
    assert describe_encryption(_facts(encrypted=True, key_in="passphrase", clear=2)).action is None
