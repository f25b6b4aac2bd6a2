"""The download process: fetches models, so that the daemon never loads the hub's library."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from host.models.registry import describe_entry, read_entry
from host.models.store import ModelStore
from host.models.transfers import Reporter
from host.workers.server import serve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from host.workers.messages import Header
    from host.workers.server import Operation, Report, Task


def load(config: Header, report: Report) -> Mapping[str, Operation]:
    """Set up.

    Args:
        config: `folder` of the models, `shipped` entries, `first_wait_s` before a second try.
        report: unused; it is there at once.

    Returns:
        `download` (`model`: an entry, `allow_remote_code`) and
        `describe` (`source`, `name`, `type`).
    """
    del report
    # What we use is nobody's business but ours.
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    from host.models.adding import describe_source
    from host.models.fetching import Fetcher
    from host.models.hub import Hub

    shipped = {item["id"]: read_entry(item) for item in config["shipped"]}
    store = ModelStore(Path(config["folder"]), shipped)
    fetcher = Fetcher(store, first_wait_s=config["first_wait_s"])
    hub = Hub(config["first_wait_s"])

    def download(header: Header, _: bytes, task: Task) -> tuple[Header, bytes]:
        reporter = Reporter(lambda transfer: task.progress(asdict(transfer)), task.cancelled)
        allowed = header["allow_remote_code"]
        fetcher.install(read_entry(header["model"]), reporter, allow_remote_code=allowed)
        return {}, b""

    def describe(header: Header, _: bytes, task: Task) -> tuple[Header, bytes]:
        reporter = Reporter(lambda transfer: task.progress(asdict(transfer)), task.cancelled)
        entry = describe_source(
            header["source"],
            id=header["name"],
            type=header["type"],
            hub=hub,
            reporter=reporter,
        )
        return {"model": describe_entry(entry)}, b""

    return {"download": download, "describe": describe}


if __name__ == "__main__":
    serve(load)
