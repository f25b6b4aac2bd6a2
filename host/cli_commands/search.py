"""`ai-history search`."""

from __future__ import annotations

from typing import Any, get_args

import click
from rich.console import Console
from rich.text import Text

from host.cli_commands.output import format_time, json_option, print_json, print_note, profile_option
from host.client import Client
from host.core.settings import SearchMode

# A person in a terminal asks once, so the model may take its time to load.
WAIT_MS = 30_000


@click.command()
@click.argument("query", nargs=-1, required=True)
@click.option("--mode", type=click.Choice(get_args(SearchMode)), help="How to search; by default as set.")
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 500), help="How many results.")
@click.option("--offset", default=0, type=click.IntRange(0), help="How many results to pass over.")
@click.option("--category", "categories", multiple=True, help="Only pages of this category; may be repeated.")
@click.option("--explain", is_flag=True, help="Say why each page was found.")
@click.option("--summaries", is_flag=True, help="Show each page in short, where it was summarised.")
@click.option("--no-wait", is_flag=True, help="Answer by words at once when the model is still loading.")
@profile_option
@json_option
def search(
    query: tuple[str, ...],
    mode: str | None,
    limit: int,
    offset: int,
    categories: tuple[str, ...],
    explain: bool,
    summaries: bool,
    no_wait: bool,
    profile_id: str | None,
    as_json: bool,
) -> None:
    """Find pages by words and by meaning.

    The query may hold operators: site:example.org, category:dev, title:word, before:2024-05,
    after:"last week", "an exact phrase", -without, -site: and -category:, and dates in words (pages about
    tea last tuesday).
    """
    with Client(profile_id=profile_id) as client:
        answer = client.call(
            "search.query",
            query=" ".join(query),
            mode=mode,
            limit=limit,
            offset=offset,
            filters={"categories": list(categories)} if categories else None,
            explain=explain,
            wait_ms=0 if no_wait else WAIT_MS,
        )
    if as_json:
        print_json(answer)
        return
    for part in answer["degraded"]:
        print_note(f"{part['reason']} {part.get('fix') or ''}".strip())
    for word in answer["parsed"]["corrected"]:
        print_note(f"Also searched for {word['to']} (for {word['from']}).")
    for date in answer["parsed"]["ignored_dates"]:
        print_note(f'No page that you read "{date}" fits; these are from any time.')
    for chip in answer["parsed"]["chips"]:
        if chip["kind"] == "no-category":
            print_note(f"There is {chip['label']}; it filters nothing.")
    if not answer["results"]:
        click.echo("Nothing found. Try fewer words, or import your history: ai-history import")
        return
    console = Console(highlight=False, soft_wrap=True)
    for number, item in enumerate(answer["results"], start=offset + 1):
        _print_item(console, number, item, summaries=summaries)


def _print_item(console: Console, number: int, item: dict[str, Any], *, summaries: bool) -> None:
    console.print(Text.assemble((f"{number}. ", "dim"), (item["title"] or item["url"], "bold")))
    console.print(
        Text.assemble(
            "   ",
            (item["url"], "cyan"),
            (f"  {format_time(item['last_visit_at'])}", "dim"),
            (f"  {item['category']}" if item.get("category") else "", "magenta"),
        )
    )
    if item["snippet"]:
        snippet = Text(item["snippet"].replace("\n", " "))
        for start, end in item["highlights"]:
            # Highlights count UTF-16 units; beyond the basic plane they differ from Python's characters.
            snippet.stylize("bold yellow", _to_index(item["snippet"], start), _to_index(item["snippet"], end))
        console.print(Text("   ") + snippet)
    if summaries and item.get("summary"):
        console.print(Text(f"   in short: {item['summary']}", style="italic"))
    if item.get("why"):
        console.print(Text(f"   why: {item['why']}", style="dim"))


def _to_index(text: str, units: int) -> int:
    encoded = text.encode("utf-16-le", errors="surrogatepass")[: 2 * units]
    return len(encoded.decode("utf-16-le", errors="replace"))
