"""What sorts a profile's tabs now, as the running program says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from host.evaluation.tabs import WORDS
from host.models.integrity import hash_file
from host.tabs.trained_labels import find_untrained

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.client import Client
    from host.finetune.candidates import Candidate
    from host.models.store import ModelStore


def find_current(client: Client, store: ModelStore) -> str:
    """The model that sorts a profile's tabs, or the words that do without one.

    A model that was trained for other categories is passed over, whoever chose it; see
    `host.tab_services.TabEngines.lend`.

    Args:
        client: of the profile.
        store: the models of the same home.
    """
    roles = {item["role"]: item["model"] for item in client.call("models.list")["roles"]}
    chosen = roles.get("categories")
    if chosen and find_untrained(store.read_metadata(chosen), list_enabled(client)):
        chosen = roles.get("search")
    return chosen or WORDS


def list_enabled(client: Client) -> list[str]:
    """Names of the categories that a profile's tabs are put into."""
    return [str(item["name"]) for item in client.call("categories.list")["categories"] if item["enabled"]]


def find_deployed(client: Client, candidates: Sequence[Candidate]) -> dict[str, Any] | None:
    """The deployment in use when it is of one of these files, as `finetune.deployments` says it."""
    listed = client.call("finetune.deployments")
    used = next((one for one in listed["deployments"] if one["id"] == listed.get("in_use")), None)
    if used is None:
        return None
    (file,) = client.call("models.info", id=used["model"])["files"]
    files = [one.file for one in candidates if one.file is not None and one.size == file["size"]]
    return used if any(hash_file(one) == file["sha256"] for one in files) else None
