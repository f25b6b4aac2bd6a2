"""Progress bars on a terminal; in a pipe there are none."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from host.cli_commands.output import format_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def show_transfer(name: str) -> Iterator[Callable[[dict[str, Any]], None]]:
    """A bar for a download: bytes, rate, what remains. Gives what takes the daemon's reports."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TextColumn("{task.fields[speed]}"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task(name, total=None, speed="")

        def report(value: dict[str, Any]) -> None:
            progress.update(
                task, completed=value["done"], total=value["total"] or None, speed=_say_speed(value)
            )

        yield report


@contextmanager
def show_share(name: str) -> Iterator[Callable[[dict[str, Any]], None]]:
    """A bar for something of which only the share that is done is known."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[what]}"))
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task(name, total=1.0, what="")

        def report(value: dict[str, Any]) -> None:
            what = " ".join(str(value[key]) for key in ("stage", "form") if value.get(key))
            progress.update(task, completed=value.get("share") or 0.0, what=what)

        yield report


@contextmanager
def show_files(total: int) -> Iterator[Callable[[int], None]]:
    """A bar for files: how many, how fast, how long still. Gives what takes the number done."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("Classifying", total=total, rate="")

        def report(done: int) -> None:
            progress.update(task, completed=done)
            speed = progress.tasks[0].speed
            if speed:
                progress.update(task, rate=f"{speed:.1f} files/s")

        yield report


@contextmanager
def show_tabs(size: int | None) -> Iterator[Callable[[int, Callable[[], int]], None]]:
    """A bar for the tabs of a list, whose number is not known before its end.

    Args:
        size: of the list in bytes, None when that is not known either.

    Returns:
        What takes the number done, and what says how many bytes were read.
    """
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[count]}"))
    progress = Progress(
        *columns,
        console=console,
        disable=not console.is_terminal,
        transient=True,
        # On a terminal what is printed meanwhile stands above the bar; in a pipe it must stay in the pipe.
        redirect_stdout=sys.stdout.isatty(),
    )
    with progress:
        task = progress.add_task("Categorizing", total=size, count="")

        def report(done: int, tell: Callable[[], int]) -> None:
            progress.update(task, count=f"{done} tabs", completed=None if size is None else tell())

        yield report


def _say_speed(value: dict[str, Any]) -> str:
    if value.get("note"):
        return str(value["note"])
    parts = []
    if value.get("rate"):
        parts.append(f"{format_bytes(value['rate'])}/s")
    if value.get("remaining_s") is not None:
        parts.append(f"{say_time(value['remaining_s'])} left")
    return ", ".join(parts)


def say_time(seconds: float) -> str:
    """A length of time for a person."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, whole = divmod(whole, 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
