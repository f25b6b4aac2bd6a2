"""The doctor's checks of backups and of encryption."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.history.checks import Action, Check
from host.upkeep.backups import find_backups, find_next

if TYPE_CHECKING:
    from host.history.profiles import Profile
    from host.upkeep.encryption import EncryptionFacts

_DAY_MS = 86_400_000
# The computer is not always on, and nobody is to be bothered at once.
GRACE_MS = 2 * _DAY_MS


def check_backups(profile: Profile, at_ms: int) -> Check:
    """Whether the schedule keeps up.

    Args:
        profile: whose backups.
        at_ms: now, UTC milliseconds.
    """
    backups = find_backups(profile)
    due = find_next(profile, at_ms)
    if due is None:
        return Check("Backups", True, f"{len(backups)}; none are made by themselves")
    if not backups:
        # A history that is new, or has nothing in it, has none yet.
        return Check("Backups", True, "none yet; the first is made when nobody waits for anything")
    age = max(0, at_ms - max(backup.made_at for backup in backups)) // _DAY_MS
    late = at_ms - due > GRACE_MS
    detail = f"{len(backups)}, the latest {age} days old"
    if not late:
        return Check("Backups", True, detail)
    fix = "Make one now: ai-history backup. If it fails, the disk may be full."
    return Check("Backups", False, f"{detail}: one is overdue", fix, Action("Back up now", "store.backup"))


def describe_encryption(facts: EncryptionFacts) -> Check:
    """Whether the database is encrypted, and with it its backups."""
    name = "Encryption"
    if not facts.encrypted:
        return Check(name, True, "off: programs of this user can read the database file")
    places = {"keyring": "the system's keyring", "passphrase": "a passphrase"}
    where = places.get(facts.key_in or "", "an unknown place")
    if facts.clear_backups:
        detail = f"on, but {facts.clear_backups} backups are not encrypted"
        fix = "Switch encryption on again in the options: it encrypts them, too."
        again = Action("Encrypt the backups", "encryption.enable") if facts.key_in == "keyring" else None
        return Check(name, False, detail, fix, again)
    return Check(name, True, f"on; the key is kept by {where}")
