"""What the commands of `ai-history finetune` share: bars, waiting, and how they are stopped."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from host.cli_commands.output import print_note
from host.cli_commands.progress import say_time
from host.core.errors import Cancelled, WorkerDied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Result = TypeVar("Result")
_TURN_S = 0.2


class PlanNote:
    """Says once where a training computes and how much memory it takes, before it starts."""

    def __init__(self) -> None:
        self._said = False

    def take(self, value: Mapping[str, Any]) -> None:
        """Look at a report of the training."""
        memory = value.get("memory")
        if self._said or not memory:
            return
        self._said = True
        print_note(
            f"Training on {value.get('device')} in {value.get('precision')}: about"
            f" {memory['estimated'] / 1e9:.1f} GB of memory, {memory['available'] / 1e9:.1f} GB are free."
        )


@contextmanager
def show_stages(name: str) -> Iterator[Callable[[Mapping[str, Any]], None]]:
    """A bar for something with stages: stage, share, loss, time left. None in a pipe.

    Args:
        name: what is done.

    Returns:
        What takes reports: {stage, share, loss, remaining_s}, each of which may be missing.
    """
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[what]}"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task(name, total=1.0, what="")

        def report(value: Mapping[str, Any]) -> None:
            share = value.get("share")
            progress.update(
                task,
                description=str(value.get("name") or name),
                completed=None if share is None else float(share),
                what=_say(value),
            )

        yield report


def wait_patiently(
    work: Callable[[threading.Event], Result], how_to_go_on: str | Callable[[], str]
) -> Result:
    """Do something that takes long; Ctrl-C has it stop where it can be gone on with.

    The work runs in a thread of its own, so that an interrupt tears nothing in two. A second Ctrl-C does
    not wait for its end.

    Args:
        work: gets what is set when it is to stop.
        how_to_go_on: what a person does to have it go on; said when it was stopped.

    Raises:
        Cancelled: it was stopped.
        KeyboardInterrupt: it was interrupted twice.
    """
    cancelled = threading.Event()
    done: list[Result] = []
    failed: list[BaseException] = []
    ended = threading.Event()

    def run() -> None:
        try:
            done.append(work(cancelled))
        except BaseException as error:  # noqa: BLE001 - raised in the thread that waits
            failed.append(error)
        finally:
            ended.set()

    thread = threading.Thread(target=run, daemon=True)
    try:
        thread.start()
        while not ended.wait(_TURN_S):
            pass
    except KeyboardInterrupt:
        print_note("Stopping; what is done is kept. Once more to leave at once.")
        cancelled.set()
        while not ended.wait(_TURN_S):
            pass
    if not failed:
        return done[0]
    # A process that was only just starting is ended by the interrupt itself.
    stopped = Cancelled if not cancelled.is_set() else (Cancelled, WorkerDied)
    if isinstance(failed[0], stopped):
        message = "Stopped; what is done is kept."
        fix = how_to_go_on if isinstance(how_to_go_on, str) else how_to_go_on()
        raise Cancelled(message, fix=fix) from failed[0]
    raise failed[0]


def _say(value: Mapping[str, Any]) -> str:
    parts = [str(value["stage"])] if value.get("stage") else []
    if value.get("step") and value.get("steps"):
        parts.append(f"step {value['step']} of {value['steps']}")
    if value.get("loss") is not None:
        parts.append(f"loss {value['loss']:.3f}")
    if value.get("remaining_s") is not None:
        parts.append(f"{say_time(value['remaining_s'])} left")
    return ", ".join(parts)
