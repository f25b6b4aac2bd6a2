"""The training itself: epochs, validations, an early end, a state that can be gone on with."""

from __future__ import annotations

import hashlib
import math
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from host.core.errors import InvalidInput
from host.models.lora.batches import plan_batches
from host.models.lora.checkpoints import read_checkpoint, save_checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from host.models.label_paths import LabelPaths
    from host.models.lora.network import Lesson, Network
    from host.models.lora.optimiser import Optimiser
    from host.models.lora.options import TrainOptions

# How often what was learned is put on disk. A killed training loses no more than this.
_KEEP_EVERY_S = 60.0
# Of the losses that are told, so that they do not jump.
_SMOOTHING = 0.9


@dataclass(frozen=True)
class Look:
    """What a validation found.

    Attributes:
        step: after which.
        train_loss: about; nats a token.
        val_loss: mean surprise at the right label among all labels, in nats.
        val_accuracy: share of the rows where the right label is the likeliest.
    """

    step: int
    train_loss: float
    val_loss: float
    val_accuracy: float


@dataclass
class Course:
    """Where a training is."""

    epoch: int = 0
    batch: int = 0
    loss: float = math.nan
    tokens: int = 0
    seconds: float = 0.0
    best_loss: float = math.inf
    best_step: int = 0
    without_better: int = 0


class Loop:
    """Teaches a network its lessons."""

    def __init__(
        self,
        network: Network,
        optimiser: Optimiser,
        lessons: Sequence[Lesson],
        examined: tuple[Sequence[tuple[int, ...]], NDArray[np.int64], LabelPaths],
        options: TrainOptions,
        folder: Path,
        *,
        base: str = "",
    ) -> None:
        """Prepare.

        Args:
            network: that learns.
            optimiser: of its tensors.
            lessons: at least one.
            examined: items of the validation, the number of the right label of each, and the labels.
            options: how.
            folder: where its state is kept.
            base: stands for the model; a state that was kept is only gone on with on the same one.
        """
        self._network, self._optimiser, self._lessons = network, optimiser, lessons
        self._items, self._right, self._tree = examined
        self._options, self._folder = options, folder
        self._course = Course()
        self._taught = _digest(lessons, self._items, self._right, base)
        self.history: list[Look] = []
        self._best: dict[str, Any] | None = None

    @property
    def course(self) -> Course:
        """Where it is."""
        return self._course

    def resume(self) -> bool:
        """Go on with the state that was kept; whether there was one.

        Raises:
            InvalidInput: it is that of another training.
        """
        import torch

        state = read_checkpoint(self._folder)
        if state is None:
            return False
        try:
            if state["taught"] != self._taught or state["options"] != _describe(self._options):
                message = "other rows or options"
                raise ValueError(message)
            self._optimiser.restore(state["optimiser"])
            self._course = Course(**state["course"])
            self.history = [Look(**look) for look in state["history"]]
            self._best = state["best"]
            torch.set_rng_state(state["drawn"])
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidInput(
                "The state that was kept is that of another training: its rows, its model or its options were"
                " others.",
                fix="Go on with the same ones, or begin anew without --resume.",
            ) from error
        return True

    def run(self, check: Callable[[], None], report: Callable[[dict[str, Any]], None]) -> None:
        """Teach until all epochs are over or nothing gets better; the best that was found is put in.

        Args:
            check: raises when the training is to stop; its state was kept then.
            report: told {stage, share, step, steps, loss, remaining_s}.

        Raises:
            DiskFull: the state cannot be kept.
        """
        steps = count_steps(len(self._lessons), self._options)
        look_every = max(1, round(steps / max(1.0, self._options.epochs * self._options.validations)))
        kept = time.monotonic()
        self._network.model.train()
        try:
            while self._optimiser.taken < steps and self._course.without_better < self._options.patience:
                check()
                self._take_step(steps, report)
                if self._optimiser.taken % look_every == 0 or self._optimiser.taken == steps:
                    self._look(report, steps)
                if time.monotonic() - kept > _KEEP_EVERY_S:
                    self._keep()
                    kept = time.monotonic()
        except BaseException:
            self._keep()
            raise
        self._keep()
        if self._best is not None:
            self._optimiser.put(self._best)

    def score(self) -> NDArray[np.float64]:
        """Log probabilities of the labels for the rows of the validation, shape (rows, labels)."""
        return self._network.score(self._items, self._tree)

    def _take_step(self, steps: int, report: Callable[[dict[str, Any]], None]) -> None:
        began = time.perf_counter()
        for _ in range(self._options.accumulation):
            lessons = self._next_batch()
            loss = self._network.compute_loss(lessons)
            (loss / self._options.accumulation).backward()
            value = float(loss.detach())
            if not math.isfinite(value):
                raise InvalidInput(
                    "The training has lost its way: the loss is no number any more.",
                    fix="Use a lower --learning-rate.",
                )
            course = self._course
            course.loss = (
                value if math.isnan(course.loss) else _SMOOTHING * course.loss + (1 - _SMOOTHING) * value
            )
            course.tokens += sum(map(len, lessons))
        self._optimiser.step()
        self._course.seconds += time.perf_counter() - began
        taken = self._optimiser.taken
        report(
            {
                "stage": "training",
                "share": taken / steps,
                "step": taken,
                "steps": steps,
                "loss": round(self._course.loss, 4),
                "remaining_s": round(self._course.seconds / taken * (steps - taken), 1),
            }
        )

    def _next_batch(self) -> list[Lesson]:
        course = self._course
        plan = plan_batches(
            [len(one) for one in self._lessons], self._options.batch_size, self._options.seed + course.epoch
        )
        if course.batch >= len(plan):
            course.epoch, course.batch = course.epoch + 1, 0
            return self._next_batch()
        course.batch += 1
        return [self._lessons[row] for row in plan[course.batch - 1]]

    def _look(self, report: Callable[[dict[str, Any]], None], steps: int) -> None:
        taken = self._optimiser.taken
        report({"stage": "validating", "share": taken / steps, "step": taken, "steps": steps})
        scores = self.score()
        loss = -float(scores[np.arange(len(self._right)), self._right].mean())
        accuracy = float((scores.argmax(axis=1) == self._right).mean())
        self.history.append(Look(taken, round(self._course.loss, 5), round(loss, 5), round(accuracy, 5)))
        if loss < self._course.best_loss:
            self._course.best_loss, self._course.best_step, self._course.without_better = loss, taken, 0
            self._best = self._optimiser.copy_weights()
        else:
            self._course.without_better += 1

    def _keep(self) -> None:
        import torch

        save_checkpoint(
            self._folder,
            {
                "taught": self._taught,
                # What dropout draws from.
                "drawn": torch.get_rng_state(),
                "options": _describe(self._options),
                "optimiser": self._optimiser.state(),
                "course": asdict(self._course),
                "history": [asdict(look) for look in self.history],
                "best": self._best,
            },
        )


def count_steps(rows: int, options: TrainOptions) -> int:
    """Steps of all epochs, at least one."""
    batches = math.ceil(rows / options.batch_size)
    return max(1, math.ceil(batches * options.epochs / options.accumulation))


def _describe(options: TrainOptions) -> dict[str, Any]:
    """What has to be the same for a training to be gone on with."""
    changing = {"patience", "device", "precision"}
    return {name: value for name, value in asdict(options).items() if name not in changing}


def _digest(
    lessons: Sequence[Lesson], items: Sequence[tuple[int, ...]], right: NDArray[np.int64], base: str
) -> str:
    """Stands for all that a training is about."""
    digest = hashlib.sha256(base.encode())
    for one in lessons:
        digest.update(f"{one.item}{one.answer}".encode())
    for item, label in zip(items, right, strict=True):
        digest.update(f"{item}{label}".encode())
    return digest.hexdigest()
