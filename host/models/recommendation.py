"""The set of models that fits a machine and its user's languages."""

from __future__ import annotations

import locale
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.models.roles import ROLE_TYPES, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from host.models.machine import Machine
    from host.models.registry import ModelEntry, ModelType

# Languages that a model marked so understands.
ALL_LANGUAGES = "mul"
DISK_RESERVE = 2 * 1024**3
MEGABYTE = 1024**2

# The share of a machine's memory that a model of a type may take and leave room for a browser.
MEMORY_SHARE: dict[ModelType, float] = {"embedding": 0.15, "reranker": 0.15, "nli": 0.2, "instruction": 0.35}
# Bytes of weights that one physical core reads often enough to answer while a person waits. From the
# bandwidth of ordinary laptops: every token of an answer reads all weights once.
WEIGHTS_PER_CORE: dict[ModelType, int] = {
    "embedding": 250 * MEGABYTE,
    "reranker": 150 * MEGABYTE,
    "nli": 300 * MEGABYTE,
    "instruction": 650 * MEGABYTE,
}


@dataclass(frozen=True)
class Recommendation:
    """A model for a job, and why it."""

    role: Role
    entry: ModelEntry
    reason: str


def explain_misfit(entry: ModelEntry, machine: Machine) -> str | None:
    """Why a model cannot be used on this machine at all, or None when it can."""
    if entry.memory > machine.memory * 0.8:
        return f"needs {_gigabytes(entry.memory)} of memory, this computer has {_gigabytes(machine.memory)}"
    if entry.size + DISK_RESERVE // 4 > machine.disk_free:
        return f"needs {_gigabytes(entry.size)} of disk, {_gigabytes(machine.disk_free)} are free"
    return None


def recommend(
    entries: Iterable[ModelEntry],
    machine: Machine,
    languages: Sequence[str],
    installed: frozenset[str] = frozenset(),
) -> list[Recommendation]:
    """Choose a model for each job: the most able that this machine runs well and that reads the languages.

    Args:
        entries: those to choose from, in the registry's order.
        machine: what it runs on.
        languages: ISO 639-1 codes of its user.
        installed: ids that need no download, so that the disk does not matter for them.

    Returns:
        at most one for each job; a job that only an unfit model could do is left out.
    """
    known = [entry for entry in entries if entry.remote_code is None and not entry.added]
    found = []
    for role, types in ROLE_TYPES.items():
        if role == "categories":
            continue
        fitting = [
            entry
            for entry in known
            if entry.type in types and _runs_well(entry, machine, known_here=entry.id in installed)
        ]
        speaking = [entry for entry in fitting if _covers(entry, languages)]
        best = max(speaking or fitting, key=lambda entry: (entry.quality, -entry.size), default=None)
        if best is not None and (role != "rerank" or speaking):
            found.append(Recommendation(role, best, _explain(best, machine, languages)))
    return found


def read_languages(names: Iterable[str | None] | None = None) -> list[str]:
    """The languages of this computer's user, as ISO 639-1 codes; English is always among them.

    Args:
        names: locale names such as `de_AT.UTF-8`; by default those of this process.
    """
    named = [locale.getlocale()[0]] if names is None else names
    found = [match[0] for name in named if name and (match := re.match(r"[a-z]{2,3}(?=[_.\-]|$)", name))]
    return list(dict.fromkeys([*found, "en"]))


def _runs_well(entry: ModelEntry, machine: Machine, *, known_here: bool) -> bool:
    if entry.memory > machine.memory * MEMORY_SHARE[entry.type]:
        return False
    if not known_here and entry.size + DISK_RESERVE > machine.disk_free:
        return False
    accelerated = machine.accelerator is not None
    return accelerated or entry.size <= WEIGHTS_PER_CORE[entry.type] * max(machine.cores, 1)


def _covers(entry: ModelEntry, languages: Sequence[str]) -> bool:
    return ALL_LANGUAGES in entry.languages or set(languages) <= set(entry.languages)


def _explain(entry: ModelEntry, machine: Machine, languages: Sequence[str]) -> str:
    where = {"cuda": "your graphics card", "metal": "your Mac's GPU"}.get(
        machine.accelerator or "", f"{machine.cores} processor cores"
    )
    reads = (
        f"reads {', '.join(languages)}"
        if _covers(entry, languages)
        else f"reads {', '.join(entry.languages)}"
    )
    return f"{reads}; {_gigabytes(entry.memory)} of your {_gigabytes(machine.memory)} of memory; on {where}"


def _gigabytes(size: int) -> str:
    return f"{size / 1024**3:.1f} GB"
