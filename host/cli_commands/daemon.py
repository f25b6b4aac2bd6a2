"""`ai-history daemon start|stop|status`."""

from __future__ import annotations

import time

import click

from host.cli_commands.output import format_bytes, format_time, json_option, print_json
from host.client import Client
from host.core.endpoint import connect, connect_or_start
from host.core.errors import NotReady, Timeout
from host.core.paths import find_paths

STOP_TIMEOUT_S = 30.0


@click.group()
def daemon() -> None:
    """The background process that owns the history."""


@daemon.command()
def start() -> None:
    """Start it, unless it runs."""
    try:
        connect_or_start(find_paths()).close()
    except ConnectionError as error:
        raise NotReady(str(error)) from error
    click.echo("AI History is running.")


@daemon.command()
def stop() -> None:
    """End it after what it is doing."""
    paths = find_paths()
    try:
        with Client(start=False, paths=paths) as client:
            client.call("daemon.stop", reason="asked on the command line")
    except NotReady:
        click.echo("AI History was not running.")
        return
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while (channel := connect(paths)) is not None:
        channel.close()
        if time.monotonic() > deadline:
            message = f"It did not end within {STOP_TIMEOUT_S:.0f} s."
            raise Timeout(message, fix=f"Its log is in {paths.log}")
        time.sleep(0.05)
    click.echo("AI History has stopped.")


@daemon.command()
@json_option
def status(as_json: bool) -> None:
    """Say whether it runs, and how much memory it takes."""
    try:
        with Client(start=False) as client:
            found = client.call("daemon.status")
    except NotReady:
        if as_json:
            print_json({"running": False})
        else:
            click.echo("AI History is not running.")
        return
    if as_json:
        print_json({"running": True, **found})
        return
    memory = format_bytes(found["memory_bytes"])
    click.echo(f"Running since {format_time(found['started_at'])}: process {found['pid']}, {memory}.")
