"""What was measured of an engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from host.evaluation.tab_quality import TabAnswers
    from host.evaluation.tab_speed import TabSpeed
    from host.evaluation.tabs import TabReport

# "tuned" was trained here, "head" is the linear head on vectors, "named" an installed model that was asked
# for, "peer" needs no model.
EngineRole = Literal["tuned", "named", "base", "head", "words", "zero-shot", "peer"]


@dataclass(frozen=True)
class EngineFigures:
    """All that was measured of one engine.

    Attributes:
        name: in tables; no other engine has it.
        role: what it is here.
        model: id in the home where it was asked, "" for a peer without one.
        report: quality on all tabs, on those of unknown sites, and on those that are not English.
        answers: about each tab.
        form: "adapter", "merged" or "installed"; "" for a peer.
        speed: over the wire; None when it was not measured.
        tokens_per_s: that it reads, in batches of tabs whose head is known; None for what reads none.
        file_bytes: of its file or files, beside a base model; 0 for a peer.
        base_bytes: of the base model that an adapter needs, too.
        resident_bytes: memory of the process that computes, the model in it; None when it was not measured.
    """

    name: str
    role: EngineRole
    model: str
    report: TabReport
    answers: TabAnswers = field(repr=False)
    form: str = ""
    speed: TabSpeed | None = None
    tokens_per_s: float | None = None
    file_bytes: int = 0
    base_bytes: int = 0
    resident_bytes: int | None = None

    @property
    def macro_f1(self) -> float:
        """Of what was decided."""
        return self.report.quality.macro_f1

    @property
    def mean_ms(self) -> float | None:
        """For one tab, or None."""
        return self.speed.mean_ms if self.speed else None

    @property
    def p95_ms(self) -> float | None:
        """For one tab, or None."""
        return self.speed.p95_ms if self.speed else None

    def to_json(self) -> dict[str, Any]:
        """Plain values, without the single answers."""
        return {
            "name": self.name,
            "role": self.role,
            "model": self.model,
            "form": self.form,
            "quality": self.report.quality.to_json(),
            "unknown_sites": self.report.unknown_sites.to_json() if self.report.unknown_sites else None,
            "foreign": self.report.foreign.to_json() if self.report.foreign else None,
            "speed": self.speed.to_json() if self.speed else None,
            "tokens_per_s": self.tokens_per_s,
            "file_bytes": self.file_bytes,
            "base_bytes": self.base_bytes,
            "resident_bytes": self.resident_bytes,
        }


@dataclass(frozen=True)
class Failure:
    """What could not be measured.

    Attributes:
        name: of the candidate.
        reason: why, for a person.
    """

    name: str
    reason: str


@dataclass(frozen=True)
class Measured:
    """All engines that were asked about the same tabs.

    Attributes:
        engines: those that answered.
        failures: those that did not.
        current: name of the engine that sorts tabs now.
    """

    engines: tuple[EngineFigures, ...]
    failures: tuple[Failure, ...]
    current: str

    def find(self, name: str) -> EngineFigures | None:
        """The engine of a name."""
        return next((one for one in self.engines if one.name == name), None)
