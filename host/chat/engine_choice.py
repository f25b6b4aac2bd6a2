"""Which engine answers: a model that writes, or sentences of the passages. See docs/decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from host.chat.exchange import EngineChoice
    from host.models.registry import ModelEntry

# Bytes of the file. One of half a billion parameters (491 MB) cites as well as quoted sentences do, but every
# fourth of its own has no support and its answers are further from what people wrote. So a model that nobody
# measured has to be larger: those of a billion parameters have about 800 MB at four bits a weight.
SMALLEST_WRITER = 700_000_000


def choose_engine(setting: EngineChoice, entry: ModelEntry | None) -> Literal["written", "extractive"]:
    """The engine that answers a question.

    Args:
        setting: what the reader wants; `auto` goes by what was measured.
        entry: the instruction model that would write, None without one.

    Returns:
        the engine that is wanted, whether or not a model is there for it. `auto` without a model is
        `extractive`.
    """
    if setting != "auto":
        return setting
    if entry is None:
        return "extractive"
    return "written" if can_write(entry) else "extractive"


def can_write(entry: ModelEntry) -> bool:
    """Whether a model's answers are at least as good as sentences of the passages.

    As it was measured; a model that never was, such as one that its user added, goes by its size.
    """
    if entry.writes is not None:
        return entry.writes
    return entry.size >= SMALLEST_WRITER
