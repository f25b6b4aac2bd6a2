"""`ai-history chats`: conversations that were had."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from host.cli_commands.answers import print_conversation
from host.cli_commands.model_choice import is_interactive
from host.cli_commands.output import format_time, json_option, print_json, print_table, profile_option
from host.client import Client
from host.core.text import clean_line

_TITLE_CHARACTERS = 70


@click.group()
def chats() -> None:
    """List, read, export, rename and delete conversations with your history."""


@chats.command("list")
@click.argument("query", nargs=-1)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 200), help="How many.")
@profile_option
@json_option
def list_chats(query: tuple[str, ...], limit: int, profile_id: str | None, as_json: bool) -> None:
    """Show conversations, the latest first; with a QUERY those that hold its words."""
    with Client(profile_id=profile_id) as client:
        found = client.call("chat.list", query=" ".join(query), limit=limit)
    if as_json:
        print_json(found)
        return
    if not found["conversations"]:
        click.echo(
            "There is no such conversation." if query else "There is no conversation yet: ai-history ask"
        )
        return
    rows = [
        (
            item["conversation_id"],
            clean_line(item["title"], limit=_TITLE_CHARACTERS),
            item["questions"],
            format_time(item["updated_at"]),
        )
        for item in found["conversations"]
    ]
    print_table(("id", "title", "questions", "latest"), rows)


@chats.command()
@click.argument("conversation_id", metavar="ID", type=click.IntRange(1))
@profile_option
@json_option
def show(conversation_id: int, profile_id: str | None, as_json: bool) -> None:
    """Show a conversation with its sources."""
    with Client(profile_id=profile_id) as client:
        conversation = client.call("chat.get", conversation_id=conversation_id)
    if as_json:
        print_json(conversation)
    else:
        print_conversation(conversation)


@chats.command()
@click.argument("conversation_id", metavar="ID", type=click.IntRange(1))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Where to; a folder gets a name from the title."
)
@profile_option
def export(conversation_id: int, output: Path | None, profile_id: str | None) -> None:
    """Write a conversation as Markdown, by default to standard output."""
    texts: list[str] = []
    offset: int | None = 0
    answer: dict[str, Any] = {}
    with Client(profile_id=profile_id) as client:
        while offset is not None:
            answer = client.call("chat.export", conversation_id=conversation_id, offset=offset)
            texts.append(answer["text"])
            offset = answer["next_offset"]
    text = "".join(texts)
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    file = output / answer["filename"] if output.is_dir() else output
    file.write_text(text, encoding="utf-8")
    click.echo(f"Written to {file}.")


@chats.command()
@click.argument("conversation_id", metavar="ID", type=click.IntRange(1))
@click.argument("title")
@profile_option
def rename(conversation_id: int, title: str, profile_id: str | None) -> None:
    """Give a conversation another title."""
    with Client(profile_id=profile_id) as client:
        answer = client.call("chat.rename", conversation_id=conversation_id, title=title)
    click.echo(f"It is now called: {answer['title']}")


@chats.command()
@click.argument("conversation_ids", metavar="[ID]...", nargs=-1, type=click.IntRange(1))
@click.option("--all", "everything", is_flag=True, help="Every conversation.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@profile_option
def delete(conversation_ids: tuple[int, ...], everything: bool, yes: bool, profile_id: str | None) -> None:
    """Delete conversations for good."""
    if everything == bool(conversation_ids):
        message = "Say which conversations, or --all."
        raise click.UsageError(message)
    what = "every conversation" if everything else f"{len(conversation_ids)} conversation(s)"
    if not yes:
        if not is_interactive():
            message = "Nobody can be asked here: say --yes to delete."
            raise click.UsageError(message)
        click.confirm(f"Delete {what}?", abort=True, err=True)
    with Client(profile_id=profile_id) as client:
        if everything:
            deleted = client.call("chat.delete", all=True)["deleted"]
        else:
            deleted = sum(
                client.call("chat.delete", conversation_id=one)["deleted"] for one in conversation_ids
            )
    click.echo(f"Deleted: {deleted}")
