"""Proposes better models than the starters at the end of the set-up: `python -m host.models.proposal`.

Prints nothing when the model hub cannot be reached, when downloads are forbidden, and when there is nothing
better for this machine.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from host.core.paths import find_paths
from host.models.hub import find_hub
from host.models.machine import read_machine
from host.models.offline import is_offline
from host.models.recommendation import Recommendation, read_languages, recommend
from host.models.registry import HubSource
from host.models.store import ModelStore

if TYPE_CHECKING:
    from host.models.registry import ModelEntry

REACH_SECONDS = 4.0


def propose() -> list[str]:
    """Lines for a person; none when there is nothing to propose."""
    store = ModelStore(find_paths().models)
    machine, languages = read_machine(store.folder), read_languages()
    here = frozenset(installed.entry.id for installed in store.list_installed())
    found = recommend(store.entries().values(), machine, languages, here)
    missing = [item for item in found if item.entry.id not in here]
    if not missing or is_offline() or not _reach_hub(missing[0].entry):
        return []
    return [
        "These models fit this computer better than those that came with the set-up:",
        *(_describe(item) for item in missing),
        "Fetch them when you like:  .venv/bin/classify model recommend --download",
    ]


def _describe(item: Recommendation) -> str:
    return f"  {item.role:<7} {item.entry.id} ({item.entry.size / 1e6:.0f} MB): {item.reason}"


def _reach_hub(entry: ModelEntry) -> bool:
    from huggingface_hub import HfApi

    source = next((source for source in entry.sources if isinstance(source, HubSource)), None)
    if source is None:
        return False
    try:
        HfApi(endpoint=find_hub()).model_info(
            source.repository, revision=source.revision, timeout=REACH_SECONDS
        )
    except Exception:  # noqa: BLE001 - whatever it is, nothing can be fetched now
        return False
    return True


def main() -> int:
    """Print the proposal; returns the exit code."""
    for line in propose():
        sys.stdout.write(line + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
