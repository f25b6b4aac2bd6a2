"""What a step of the pipeline is: what its result depends on, what it does, what it leaves behind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from host.core.errors import Cancelled

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

Values = dict[str, Any]


@dataclass(frozen=True)
class StepProgress:
    """How far a step is.

    Attributes:
        step: its name.
        stage: what it is at, in a word or two; "" when there is nothing to tell apart.
        share: of the step, 0 to 1.
        loss: of a training, in nats.
        remaining_s: until the step's end, None when that is not known yet.
        facts: what else there is to say, such as the memory that a training takes.
    """

    step: str
    stage: str = ""
    share: float = 0.0
    loss: float | None = None
    remaining_s: float | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class StepWork:
    """What a step is given to work with.

    Attributes:
        name: of the step.
        folder: of the training.
        earlier: what came of the steps before, by name.
        again: whether the same step with the same inputs was begun before and did not end: what it left
            may be gone on with.
        cancelled: set when it is to stop.
        tell: takes how far it is.
    """

    name: str
    folder: Path
    earlier: Mapping[str, Values]
    again: bool
    cancelled: threading.Event
    tell: Callable[[StepProgress], None]

    def report(
        self,
        stage: str = "",
        share: float = 0.0,
        *,
        loss: float | None = None,
        remaining_s: float | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        """Say how far the step is.

        Args:
            stage: what it is at.
            share: of the step, 0 to 1.
            loss: of a training.
            remaining_s: until its end.
            facts: what else there is to say.

        Raises:
            Cancelled: it is to stop.
        """
        self.check_cancelled()
        share = min(1.0, max(0.0, share))
        self.tell(StepProgress(self.name, stage, share, loss, remaining_s, facts or {}))

    def check_cancelled(self) -> None:
        """Raise when the step is to stop.

        Raises:
            Cancelled.
        """
        if self.cancelled.is_set():
            message = "It was stopped."
            raise Cancelled(message)


@dataclass(frozen=True)
class Outcome:
    """What came of a step.

    Attributes:
        text: in a sentence, for the summary.
        values: plain values that later steps need.
        files: that it made; when one is gone or was changed, the step is done again.
        final: whether that is so; else the next run does the step again.
    """

    text: str
    values: Values = field(default_factory=dict)
    files: Sequence[Path] = ()
    final: bool = True


@dataclass(frozen=True)
class Step:
    """A step.

    Attributes:
        name: of it.
        inputs: plain values that its result depends on, apart from the steps that it needs.
        run: does it.
        needs: names of the steps whose results it works with.
        weight: share of the whole, beside the weights of the others.
    """

    name: str
    inputs: Callable[[], Values]
    run: Callable[[StepWork], Outcome]
    needs: tuple[str, ...] = ()
    weight: float = 1.0
