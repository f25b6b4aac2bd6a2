"""The explorer, copies, retention and encryption, wired for the daemon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.core.errors import ModelUnavailable
from host.explorer.service import Explorer
from host.storage.vector_spaces import find_space
from host.upkeep.encryption import Encryption
from host.upkeep.keyrings import SystemKeyring
from host.upkeep.keys import Keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from host.core.paths import Paths
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


def make_explorer(paths: Paths, find_embedder: Callable[[str], Embedder | None]) -> Explorer:
    """The SQL explorer over a daemon's parts.

    Args:
        paths: the installation.
        find_embedder: the embedding model of that id, None when it is not installed.
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

    return Explorer(embed, log_file=paths.log / "explorer.log")
