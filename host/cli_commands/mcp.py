"""`ai-history mcp`: the history for a person's own assistants, over the Model Context Protocol."""

from __future__ import annotations

import importlib.util
import sys

import click

from host.cli_commands.output import print_note, profile_option
from host.client import Client
from host.core.errors import NotReady


@click.command()
@click.option("--allow", is_flag=True, help="Switch it on (the setting mcp.enabled), and end.")
@click.option("--forbid", is_flag=True, help="Switch it off, and end.")
@profile_option
def mcp(allow: bool, forbid: bool, profile_id: str | None) -> None:
    """Let an assistant on this computer search your history, read its pages and ask it.

    An assistant starts this command itself and talks to it on its input and output; docs/mcp.md says how to
    enter it there. Nothing can be changed through it, and it answers only while you allow it: what an
    assistant has read leaves this program, and where it goes from there is up to that assistant.
    """
    if allow and forbid:
        message = "Use either --allow or --forbid."
        raise click.UsageError(message)
    if allow or forbid:
        with Client(profile_id=profile_id) as client:
            client.call("settings.update", values={"mcp.enabled": allow})
        click.echo(f"Assistants may {'' if allow else 'not '}read your history.")
        return
    if importlib.util.find_spec("mcp") is None:
        message = "The library for this is not installed."
        raise NotReady(message, fix="Run: python3 -m host.install --extra mcp")
    from host.cli_commands.assistant_tools import check_allowed, serve

    with Client(profile_id=profile_id) as client:
        check_allowed(client)
    if sys.stdin.isatty():
        print_note("This talks to an assistant, not to a person; docs/mcp.md says how. Ctrl-C ends it.")
    serve(profile_id)
