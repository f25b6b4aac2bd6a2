"""Steps that write a line to a file and count how often they were asked to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from host.finetune.steps import Outcome, Step, StepWork

if TYPE_CHECKING:
    from collections.abc import Callable


class FakeSteps:
    """Three steps, each standing on the one before.

    Attributes:
        options: what each step depends on, by name; may be changed between runs.
        runs: of each step that was done, its name and whether it went on with something.
        before: called when a step has begun, before it writes; may raise.
        passing: names of steps whose outcome does not last.
    """

    def __init__(self) -> None:
        self.options: dict[str, dict[str, Any]] = {"cook": {"salt": 1}, "eat": {}, "wash": {}}
        self.runs: list[tuple[str, bool]] = []
        self.before: Callable[[StepWork], None] = lambda _: None
        self.passing: set[str] = set()

    @property
    def names(self) -> list[str]:
        """Of the steps that were done, in order."""
        return [name for name, _ in self.runs]

    def make(self) -> list[Step]:
        """The steps."""
        return [
            Step("cook", lambda: self.options["cook"], self._run, weight=2),
            Step("eat", lambda: self.options["eat"], self._run, needs=("cook",)),
            Step("wash", lambda: self.options["wash"], self._run, needs=("eat",)),
        ]

    def _run(self, work: StepWork) -> Outcome:
        self.runs.append((work.name, work.again))
        self.before(work)
        work.report("half", 0.5, remaining_s=1)
        file = work.folder / f"{work.name}.txt"
        heard = "".join(sorted(str(values["said"]) for values in work.earlier.values()))
        salt = self.options[work.name].get("salt", "")
        file.write_text(f"{work.name}{salt} {heard}", encoding="utf-8")
        final = work.name not in self.passing
        return Outcome(f"{work.name} is done.", {"said": f"{work.name}{salt}"}, [file], final)
