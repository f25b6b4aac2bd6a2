"""`ai-history status`."""

from __future__ import annotations

import click

from host.cli_commands.output import (
    format_bytes,
    json_option,
    print_json,
    print_note,
    print_table,
    profile_option,
)
from host.client import Client


@click.command()
@profile_option
@json_option
def status(profile_id: str | None, as_json: bool) -> None:
    """What is stored, what is waiting, and what is running."""
    with Client(profile_id=profile_id) as client:
        stats = client.call("store.stats")
        process = client.call("daemon.status")
        degraded = client.hello["degraded"]
    if as_json:
        print_json({"store": stats, "daemon": process, "degraded": degraded})
        return
    embedded = f"{stats['embedded_chunks']} of {stats['chunks']}"
    rows = [
        ("Profile", stats["profile_id"]),
        ("Pages", f"{stats['pages']} ({stats['visits']} visits)"),
        ("Passages with a vector", embedded),
        (
            "Pages with a category",
            f"{sum(stats['categories'].values())} of {stats['categorised_pages']} looked at",
        ),
        ("Waiting jobs", f"{stats['pending_jobs']} ({stats['failed_jobs']} failed)"),
        ("Database", format_bytes(stats["database_bytes"])),
        (
            "Daemon",
            f"version {process['version']}, process {process['pid']}, "
            f"{format_bytes(process['memory_bytes'])}",
        ),
        *((f"Worker: {worker['id']}", worker["state"]) for worker in process["workers"]),
    ]
    print_table(("", ""), rows)
    for part in degraded:
        print_note(f"{part['reason']} {part.get('fix') or ''}".strip())
