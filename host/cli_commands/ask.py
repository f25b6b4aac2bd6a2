"""`ai-history ask`."""

from __future__ import annotations

import sys
from typing import Any, get_args

import click

from host.chat.exchange import EngineChoice
from host.cli_commands.answers import AnswerPrinter, print_sources
from host.cli_commands.calls import call_patiently
from host.cli_commands.output import json_option, print_error, print_json, print_note, profile_option
from host.client import Client
from host.core.clock import now_ms
from host.core.errors import NotFound
from host.search.dates import parse_date
from host.search.service import local_zone

# A person in a terminal asks once, so the model may take its time to load.
WAIT_MS = 30_000


class _Date(click.ParamType[int]):
    """A date in words or digits, as milliseconds UTC of its beginning."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read it."""
        if isinstance(value, int):
            return value
        span = parse_date(str(value), now_ms(), local_zone())
        if span is None:
            self.fail(
                f"{value!r} is not a date that is understood, such as 2024-05 or 'last week'.", param, ctx
            )
        return span.from_ms


@click.command()
@click.argument("question", nargs=-1, required=True)
@click.option("--engine", type=click.Choice(get_args(EngineChoice)), help="Who answers; by default as set.")
@click.option(
    "--site", "sites", multiple=True, metavar="HOST", help="Only pages of this site; may be repeated."
)
@click.option("--after", "from_ms", type=_Date(), metavar="DATE", help="Only pages visited from then on.")
@click.option("--before", "to_ms", type=_Date(), metavar="DATE", help="Only pages visited before.")
@click.option("--continue", "go_on", is_flag=True, help="Go on with the latest conversation.")
@click.option("--conversation", type=click.IntRange(1), metavar="ID", help="Go on with this conversation.")
@click.option("--no-wait", is_flag=True, help="List pages at once when the model is still loading.")
@profile_option
@json_option
@click.pass_context
def ask(
    context: click.Context,
    question: tuple[str, ...],
    engine: str | None,
    sites: tuple[str, ...],
    from_ms: int | None,
    to_ms: int | None,
    go_on: bool,
    conversation: int | None,
    no_wait: bool,
    profile_id: str | None,
    as_json: bool,
) -> None:
    """Ask your history; the answer comes with the pages that it stands on.

    Every statement is followed by the numbers of the passages that say so, and by [?] where none does. The
    exit code is 1 when your history has no answer, and when you stop it with Ctrl-C.
    """
    if go_on and conversation is not None:
        message = "Use either --continue or --conversation."
        raise click.UsageError(message)
    filters: dict[str, Any] = {"sites": list(sites), "from": from_ms, "to": to_ms}
    filters = {name: value for name, value in filters.items() if value not in (None, [])}
    with Client(profile_id=profile_id) as client:
        if go_on:
            conversation = _find_latest(client)
        printer = AnswerPrinter(live=sys.stdout.isatty() and not as_json)
        with printer:
            answer = call_patiently(
                client,
                "chat.ask",
                printer.report,
                keep_stopped=True,
                question=" ".join(question),
                conversation_id=conversation,
                engine=engine,
                filters=filters or None,
                wait_ms=0 if no_wait else WAIT_MS,
            )
    if as_json:
        print_json(answer)
    else:
        printer.finish(answer["answer"])
        print_sources(answer)
    if answer.get("problem"):
        print_error(answer["problem"]["reason"], answer["problem"].get("fix"))
    if answer["state"] == "stopped":
        print_note("Stopped.")
    if answer["state"] == "stopped" or answer["engine"] == "none":
        context.exit(1)


def _find_latest(client: Client) -> int:
    found = client.call("chat.list", limit=1)["conversations"]
    if not found:
        message = "There is no conversation to go on with."
        raise NotFound(message, fix="Ask without --continue.")
    return int(found[0]["conversation_id"])
