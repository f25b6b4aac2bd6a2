"""Answers to questions in a terminal: piece by piece as they come, with their sources behind them."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.text import Text

from host.chat.links import is_web_address
from host.cli_commands.output import format_time, print_note
from host.core.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

    from rich.status import Status

_STAGES = {"searching": "Searching …", "reading": "Reading …", "writing": "Writing …"}
# What a terminal would take for an order, wherever it comes from.
_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
# Markdown's own way to say that a sign is only a sign.
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_QUOTE_CHARACTERS = 300


class AnswerPrinter:
    """Prints an answer while it is made: on a terminal each piece at once, in a pipe only the whole."""

    def __init__(self, *, live: bool) -> None:
        """Prepare.

        Args:
            live: print the pieces as they come.
        """
        self._live = live
        self._console = Console(stderr=True)
        self._status: Status | None = None
        self._printed = ""
        self._held = ""
        # Reports come from the thread that reads the wire, the end from the one that waits for it.
        self._lock = threading.Lock()
        self._closed = False

    def report(self, value: Mapping[str, Any]) -> None:
        """Take what the daemon says meanwhile."""
        with self._lock:
            if self._closed:
                return
            if "stage" in value:
                self._show_stage(str(value["stage"]))
            elif "searched_for" in value:
                self._hide_stage()
                print_note(f"Searching for: {_to_plain(str(value['searched_for']))}")
            elif value.get("reset"):
                self._restart()
            elif "delta" in value and self._live:
                self._hide_stage()
                self._print(str(value["delta"]))

    def finish(self, answer: str) -> None:
        """Print what has not been printed yet.

        Args:
            answer: the whole, as the daemon says it in the end.
        """
        whole = _to_plain(_unescape(answer))
        if self._printed and whole.startswith(self._printed):
            click.echo(whole[len(self._printed) :])
        else:
            if self._printed:
                click.echo()
            click.echo(whole)

    def _print(self, piece: str) -> None:
        piece = self._held + piece
        # A backslash may say something about the first sign of the next piece.
        odd = (len(piece) - len(piece.rstrip("\\"))) % 2
        self._held = "\\" * odd
        shown = _to_plain(_unescape(piece[: len(piece) - odd]))
        self._printed += shown
        click.echo(shown, nl=False)

    def _restart(self) -> None:
        self._held = ""
        if self._printed:
            self._printed = ""
            click.echo()
            print_note("This did not come to an end; what follows takes its place.")

    def _show_stage(self, stage: str) -> None:
        self._hide_stage()
        if self._console.is_terminal and not self._printed:
            self._status = self._console.status(_STAGES.get(stage, stage))
            self._status.start()

    def _hide_stage(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None

    def __enter__(self) -> AnswerPrinter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._closed = True
            self._hide_stage()
            if kind is not None and self._printed:
                click.echo()


def print_sources(answer: Mapping[str, Any]) -> None:
    """The numbered passages that an answer stands on; the nearest pages when it stands on none."""
    by_number = {source["n"]: source for source in answer["sources"]}
    if answer["citations"]:
        click.echo("\nSources")
        for cited in sorted(answer["citations"], key=lambda item: int(item["n"])):
            visited_at = by_number.get(cited["n"], {}).get("visited_at")
            _print_source(cited["n"], cited["title"], cited["link"], visited_at, cited["quote"])
    elif answer["sources"]:
        click.echo("\nClosest pages")
        for source in _first_of_each(answer["sources"]):
            _print_source(
                source["n"], source["title"], source["url"], source["visited_at"], source["passage"]
            )


def print_conversation(conversation: Mapping[str, Any]) -> None:
    """Every question with its answer and sources."""
    click.secho(_to_plain(conversation["title"]), bold=True)
    if conversation.get("left_out"):
        click.echo(f"({conversation['left_out']} earlier questions are left out.)")
    for message in conversation["messages"]:
        click.secho(f"\n> {_to_plain(message['question'])}", fg="cyan")
        if message["answer"] is None:
            click.echo("(no answer)")
            continue
        click.echo(f"\n{_to_plain(_unescape(message['answer']['answer']))}")
        print_sources(message["answer"])


def _print_source(number: int, title: str, link: str, visited_at: int | None, quote: str) -> None:
    console = Console(highlight=False, soft_wrap=True)
    line = clean_line(title) or clean_line(link)
    console.print(Text.assemble((f"[{number}] ", "dim"), (line, "bold")))
    if is_web_address(link):
        date = f"  {format_time(visited_at)}" if visited_at else ""
        console.print(Text.assemble("    ", (_to_plain(link), "cyan"), (date, "dim")))
    if quote:
        console.print(Text(f"    “{clean_line(quote, limit=_QUOTE_CHARACTERS)}”"))


def _first_of_each(sources: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The best passage of each page."""
    found: dict[str, Mapping[str, Any]] = {}
    for source in sources:
        found.setdefault(str(source["url"]), source)
    return list(found.values())


def _unescape(markdown: str) -> str:
    return _ESCAPED.sub(r"\1", markdown)


def _to_plain(text: str) -> str:
    return _CONTROLS.sub("", text)
