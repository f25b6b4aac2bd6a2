"""What goes in and comes out where tabs are sorted: plain values that the files here share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

# Chrome has these colours for groups and no other.
Colour = Literal["grey", "blue", "red", "yellow", "green", "pink", "purple", "cyan", "orange"]
EngineKind = Literal["embedding", "nli", "instruction", "words"]
GroupBy = Literal["category", "topic"]


@dataclass(frozen=True)
class TabCategory:
    """A category that tabs are sorted into.

    Attributes:
        key: names it for ever; a built-in one keeps its key when it is renamed, and with it what it learned.
        name: what a person sees, and what answers say.
        description: what belongs into it.
        colour: of its group.
        examples: titles of tabs that belong into it.
        sites: hosts, or hosts with a path, whose tabs mostly belong into it; they count, but never alone.
        enabled: whether tabs are sorted into it.
        builtin: whether it is one of the seven defaults.
    """

    key: str
    name: str
    description: str = ""
    colour: Colour = "grey"
    examples: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    enabled: bool = True
    builtin: bool = False


@dataclass(frozen=True)
class Tab:
    """An open tab.

    Attributes:
        id: the browser's.
        url: where it is.
        title: as the browser shows it.
        text: the beginning of the page's text, where it is known.
    """

    id: int
    url: str
    title: str = ""
    text: str = ""


@dataclass(frozen=True)
class Correction:
    """What a person said about a tab.

    Attributes:
        id: its row.
        url, title: of the tab.
        category: key of where it belongs; None for "none of these".
        origin: key of where it had been put; None when nowhere or unknown.
        created_at: UTC milliseconds.
    """

    id: int
    url: str
    title: str
    category: str | None
    origin: str | None
    created_at: int


@dataclass(frozen=True)
class Verdict:
    """Where a tab belongs.

    Attributes:
        category: key of the category; None when nothing is likely enough.
        confidence: calibrated probability of the answer, 0 to 1. Of "none", where the category is None.
        shares: probability of every enabled category by key; what they lack to 1 is that of "none of these".
        reason: why, in words for a person.
    """

    category: str | None
    confidence: float
    shares: dict[str, float]
    reason: str


class TabEngine(Protocol):
    """Rates tabs by one model. Corrections, threshold and reasons are the service's affair."""

    @property
    def kind(self) -> EngineKind:
        """Which kind of model it is."""
        ...

    @property
    def model_id(self) -> str:
        """The model."""
        ...

    def rate(
        self,
        tabs: Sequence[Tab],
        categories: Sequence[TabCategory],
        *,
        cancelled: threading.Event | None = None,
    ) -> NDArray[np.float64]:
        """Calibrated probabilities.

        Args:
            tabs: any number.
            categories: the enabled ones; at least one.
            cancelled: set by the caller to end early.

        Returns:
            Shape (tabs, categories + 1), rows summing to 1; the last column is "none of these".

        Raises:
            Cancelled, ModelUnavailable, ModelLoading, WorkerDied, Timeout.
        """
        ...


@dataclass(frozen=True)
class KnownGroup:
    """A group that is open already and may take in more.

    Attributes:
        id: the browser's.
        name, colour: as they are.
        tab_ids: of its tabs; these are not moved.
    """

    id: int
    name: str
    colour: Colour
    tab_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class TabGroup:
    """A group that is proposed.

    Attributes:
        name: short.
        colour: of the group.
        tab_ids: of its tabs, in their order.
        reason: why these belong together, in words for a person.
        category: key of its category, when it stands for one.
        existing: id of the open group that takes the tabs in.
    """

    name: str
    colour: Colour
    tab_ids: tuple[int, ...]
    reason: str
    category: str | None = None
    existing: int | None = None
