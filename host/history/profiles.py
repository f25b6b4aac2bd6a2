"""Browser profiles: each has a database and settings of its own, opened when first asked for."""

from __future__ import annotations

import re
import threading
import time
from typing import TYPE_CHECKING, Any

from host.core.errors import DatabaseCorrupt, InvalidInput, NotReady
from host.core.log import get_logger
from host.core.settings import Settings, load_defaults, merge_settings
from host.storage import settings as stored_settings
from host.storage.codes import CodeIndex
from host.storage.database import Database
from host.storage.fulltext_fallback import MemoryIndex
from host.storage.recovery import rebuild_damaged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import apsw

    from host.core.paths import Paths

DEFAULT_PROFILE = "default"
_VALID_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_log = get_logger("profiles")


class Profile:
    """One profile's database and settings.

    Attributes:
        id: chosen by the extension, or `default`.
        database: open.
        recovered_from: name of the damaged database that was set aside when this one was opened.
        paused: background work for this profile waits.
        codes: its vectors' signs in memory.
        copying: held while a copy of the database is made or taken in, or its backups are changed.
    """

    def __init__(
        self, profile_id: str, database: Database, defaults: Settings, recovered_from: str | None = None
    ) -> None:
        self.id = profile_id
        self.database = database
        self.defaults = defaults
        self.recovered_from = recovered_from
        self.paused = False
        self.codes = CodeIndex()
        self.memory_index: MemoryIndex | None = None
        self._settings = defaults
        self.copying = threading.Lock()
        self._lock = threading.Lock()
        database.read(self._take_in)
        database.on_replace.append(self._take_in)

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self._settings

    def update_settings(self, values: Mapping[str, Any]) -> Settings:
        """Change settings, all or none.

        Raises:
            InvalidInput: a key or a value does not fit.
        """
        with self._lock, self.database.steady():
            merged = merge_settings(self._settings, values)
            kept = {key: value for key, value in merged.to_values().items() if key in values}
            self.database.write(lambda connection: stored_settings.store_settings(connection, kept))
            self._settings = merged
        return merged

    def reload(self) -> None:
        """Make anew all that is held in memory of the database: what is in it was changed from outside.

        A database that was replaced has been read already.
        """
        self.database.read(self._take_in)

    def _take_in(self, connection: apsw.Connection) -> None:
        self.codes.clear()
        self.memory_index = None if self.database.features.fulltext else MemoryIndex()
        self._settings = merge_settings(
            self.defaults, choose_known(stored_settings.read_settings(connection), self.defaults)
        )

    @property
    def resting(self) -> bool:
        """Whether nothing is to be done for it in the background now: stopped, paused or switched off."""
        return self.paused or self.capture_paused or not self._settings.capture_enabled

    @property
    def capture_paused(self) -> bool:
        """Whether nothing is to be remembered now."""
        until = self._settings.capture_paused_until
        return until == -1 or until > time.time() * 1000


class Profiles:
    """The open profiles."""

    def __init__(
        self,
        paths: Paths,
        *,
        without: frozenset[str] = frozenset(),
        on_open: Callable[[Profile], None] = lambda _profile: None,
        find_key: Callable[[Path], bytes | None] = lambda _database: None,
    ) -> None:
        """Know where profiles lie.

        Args:
            paths: the installation.
            without: features to do without; see `Database`.
            on_open: called once for each profile that is opened.
            find_key: the key of an encrypted database; raises `DatabaseLocked` when it is not at hand.
        """
        self._paths = paths
        self._without = without
        self._on_open = on_open
        self._find_key = find_key
        self._open: dict[str, Profile] = {}
        self._lock = threading.Lock()
        self._closed = False

    def open(self, profile_id: str | None) -> Profile:
        """The profile of this id, or the one used last.

        Raises:
            InvalidInput: the id cannot be a folder's name.
            DatabaseLocked: it is encrypted, and the key is not at hand.
            DatabaseTooNew, StorageError: the database cannot be opened.
        """
        profile_id = self.choose(profile_id)
        with self._lock:
            profile = self._open.get(profile_id)
        if profile is not None:
            return profile
        # A keyring may take its time, in which the other profiles go on.
        key = self._find_key(self.find_database(profile_id))
        with self._lock:
            if self._closed:
                message = "AI History is ending."
                raise NotReady(message, fix="Try again in a moment.")
            profile = self._open.get(profile_id)
            if profile is None:
                profile = self._load(profile_id, key)
                try:
                    self._on_open(profile)
                except BaseException:
                    # The next one who asks tries all of it again.
                    profile.database.close()
                    raise
                self._open[profile_id] = profile
            return profile

    def choose(self, profile_id: str | None) -> str:
        """The id itself, or that of the profile used last; nothing is opened.

        Raises:
            InvalidInput: the id cannot be a folder's name.
        """
        profile_id = profile_id or self.find_latest()
        if not _VALID_ID.fullmatch(profile_id):
            message = "A profile's id has letters, digits, - and _ only, 64 at most."
            raise InvalidInput(message)
        return profile_id

    def find_database(self, profile_id: str) -> Path:
        """Where the database of a profile lies, whether or not it can be opened."""
        return self._paths.database(profile_id)

    def opened(self) -> list[Profile]:
        """Those that are open."""
        with self._lock:
            return list(self._open.values())

    def find_latest(self) -> str:
        """The profile whose database was written last, or `default` when there is none."""
        databases = list(self._paths.data.glob("*/history.db"))
        if not databases:
            return DEFAULT_PROFILE
        return max(databases, key=_written_at).parent.name

    def close(self) -> None:
        """Close every database, after what is queued for it; none is opened any more."""
        with self._lock:
            self._closed = True
            profiles, self._open = list(self._open.values()), {}
        for profile in profiles:
            profile.database.close()

    def _load(self, profile_id: str, key: bytes | None) -> Profile:
        path = self.find_database(profile_id)
        recovered_from = None
        try:
            database = Database(path, without=self._without, key=key)
        except DatabaseCorrupt:
            # An encrypted file that cannot be read with its key is left as it is, by an error.
            recovery = rebuild_damaged(path, key)
            recovered_from = recovery.backup.name
            _log.error("a damaged database was set aside and rebuilt; rows saved: %s", recovery.rows)
            database = Database(path, without=self._without, key=key)
        defaults = load_defaults(self._paths.config_file)
        return Profile(profile_id, database, defaults, recovered_from)


def _written_at(database: Path) -> float:
    log = database.with_name(database.name + "-wal")
    return max(file.stat().st_mtime for file in (database, log) if file.exists())


def choose_known(values: Mapping[str, Any], defaults: Settings) -> dict[str, Any]:
    """Stored settings that this version knows and accepts; another version's are left where they are."""
    kept: dict[str, Any] = {}
    for key, value in values.items():
        try:
            merge_settings(defaults, {key: value})
        except InvalidInput:
            continue
        kept[key] = value
    return kept
