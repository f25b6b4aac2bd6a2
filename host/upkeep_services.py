"""The explorer, copies, retention and encryption, wired for the daemon."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from host.core.errors import ModelUnavailable
from host.explorer.service import Explorer
from host.storage.database import fold_log
from host.storage.vector_spaces import find_space
from host.upkeep.encryption import Encryption
from host.upkeep.keyrings import SystemKeyring
from host.upkeep.keys import Keys
from host.upkeep.places import choose_target
from host.upkeep.store import Store
from host.upkeep.write_backups import WriteBackups

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from host.core.paths import Paths
    from host.history.indexing import Indexer
    from host.history.profiles import Profile, Profiles
    from host.models.embedding import Embedder

# A person waits for embed() to load its model, at most so long.
EMBEDDING_S = 30.0


def make_keys() -> Keys:
    """The keys of encrypted databases, with those that the system's keyring has."""
    return Keys(SystemKeyring())


def make_encryption(profiles: Profiles, keys: Keys) -> Encryption:
    """Encryption at rest of the profiles, which find their keys in `keys`."""
    return Encryption(profiles, keys)


def make_store(
    forget: Callable[[Profile], None],
    indexer: Indexer,
    forget_taught: Callable[[str], None],
) -> Store:
    """What is done with whole databases.

    Args:
        forget: lets go of what a search holds in memory of a profile.
        indexer: makes what other rows lack.
        forget_taught: takes what a profile (its id) has no more out of a training that has not ended.
    """

    def take_in_change(profile: Profile) -> None:
        forget(profile)
        indexer.prepare(profile)
        indexer.wake()

    return Store(take_in_change, lambda profile: forget_taught(profile.id))


def make_explorer(
    paths: Paths, find_embedder: Callable[[str], Embedder | None], forget: Callable[[Profile], None]
) -> Explorer:
    """The SQL explorer over a daemon's parts.

    Args:
        paths: the installation.
        find_embedder: the embedding model of that id, None when it is not installed.
        forget: lets go of what a search holds in memory of a profile.
    """

    def embed(profile: Profile, text: str) -> bytes:
        space = profile.database.read(lambda connection: find_space(connection, "active"))
        embedder = find_embedder(space.model_id) if space else None
        if embedder is None:
            message = (
                "embed() needs the model that the stored vectors are made with, and it is not installed."
            )
            raise ModelUnavailable(message, fix="Run: classify model recommend")
        embedder.wait_ready(EMBEDDING_S)
        return embedder.embed_query(text).astype("<f4").tobytes()

    write_backups = WriteBackups()

    def back_up(profile: Profile) -> str:
        return write_backups.make(profile).name

    def take_in_change(profile: Profile) -> None:
        try:
            profile.reload()
        finally:
            forget(profile)
        # What was deleted leaves the log as well.
        fold_log(profile.database)

    def choose(path: str | None, suffix: str) -> Path:
        return choose_target(path, suffix, time.time())

    return Explorer(embed, back_up, take_in_change, choose, log_file=paths.log / "explorer.log")
