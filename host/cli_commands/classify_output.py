"""What `classify` prints: results, what would be read, and how it went."""

from __future__ import annotations

import sys
from collections import Counter
from typing import IO, TYPE_CHECKING

import click

from host.classify.outputs import to_line, write_results
from host.cli_commands.output import format_bytes, print_error, print_json, print_note, print_table

if TYPE_CHECKING:
    from pathlib import Path

    from host.classify.files import Found
    from host.classify.outputs import Format, Results
    from host.classify.run import Outcome


class LineStream:
    """Writes results as JSON lines while they come, in the order of the files."""

    def __init__(self, stream: IO[str] | None) -> None:
        """Write to `stream`; to none at all when it is None."""
        self._stream = stream
        self._place = 0

    def follow(self, outcome: Outcome) -> None:
        """Write what is next in order and has come."""
        if self._stream is None:
            return
        while True:
            file = outcome.done.get(self._place)
            if file is not None:
                self._stream.write(to_line(file.to_json()))
                self._stream.flush()
            elif self._place not in outcome.skipped and self._place not in outcome.failed:
                return
            self._place += 1


def print_found(found: Found, *, as_json: bool) -> None:
    """The answer to a dry run."""
    if as_json:
        print_json(
            {
                "root": str(found.root),
                "files": [{"path": file.name, "bytes": file.size} for file in found.files],
                "skipped": [{"path": item.path, "reason": item.reason} for item in found.skipped],
            }
        )
        return
    for file in found.files:
        click.echo(f"{file.name}  {format_bytes(file.size)}")
    for item in found.skipped:
        click.echo(f"skipped: {item.path} ({item.reason})", err=True)
    total = format_bytes(sum(file.size for file in found.files))
    click.echo(f"{count(len(found.files), 'file')} ({total}) would be read.", err=True)


def print_results(results: Results, chosen: Format | None) -> None:
    """Results on stdout: a table when no format is asked for."""
    if chosen is not None:
        write_results(results, chosen, sys.stdout)
        return
    print_table(
        ("path", "category", "confidence"),
        ((file.path, file.category, f"{file.confidence:.2f}") for file in results.files),
    )


def print_summary(results: Results, output: Path | None, *, as_json: bool) -> None:
    """How it went: counts on stderr, and as JSON on stdout where that is asked for beside a file."""
    for item in results.failed:
        print_error(f"{item.path}: {item.reason}")
    if as_json and output is not None:
        print_json(
            {
                "output": str(output),
                "model": results.model,
                "files": len(results.files),
                "skipped": len(results.skipped),
                "failed": len(results.failed),
                "summary": results.summary,
                "took_s": results.took_s,
            }
        )
    parts = [f"{number} {name}" for name, number in results.summary.items() if number]
    said = f"{count(len(results.files), 'file')} in {results.took_s:.1f} s: {', '.join(parts) or 'nothing'}."
    click.echo(said, err=True)
    if results.skipped:
        reasons = Counter(item.reason for item in results.skipped)
        listed = ", ".join(f"{number} {reason}" for reason, number in reasons.most_common())
        click.echo(f"{len(results.skipped)} skipped: {listed}.", err=True)
    if results.failed:
        print_note(f"{count(len(results.failed), 'file')} failed.")


def say_interrupted(done: int, total: int, output: Path | None) -> None:
    """That a run ended early, and how to go on with it."""
    kept = "Run the same command again to go on." if output else "With -o FILE a run can be gone on with."
    print_note(f"Stopped: {done} of {count(total, 'file')} are done. {kept}")


def count(number: int, what: str) -> str:
    """A number and what it counts."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
