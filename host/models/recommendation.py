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
# A small model may take this share on any machine: with 4 GB one still wants a search in one's own language.
SMALL_MODEL = 900_000_000
SMALL_SHARE = 0.2
# Bytes of weights for each physical core, so that nobody waits long. What takes time is reading: a core
# does about 90 thousand million operations a second (measured with the starter in the form that suits a
# CPU), a token costs two for each parameter, and a parameter of an instruction model takes about 0.7 bytes.
# A question with its passages, 1,500 tokens, is then read within some 16 seconds. Encoders keep 2 to 4 bytes
# for each parameter, much of it in a vocabulary that costs no time.
WEIGHTS_PER_CORE: dict[ModelType, int] = {
    "embedding": 250 * MEGABYTE,
    "reranker": 150 * MEGABYTE,
    "nli": 300 * MEGABYTE,
    "instruction": 330 * MEGABYTE,
}
# Jobs that always have a model: searching and answering. Reordering is an improvement and may be left out.
_NEEDED: frozenset[Role] = frozenset({"search", "chat"})


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
    """Choose a model for each job: of those that this machine runs well the one that reads the most of the
    languages, and of equals the most able.

    Args:
        entries: those to choose from, in the registry's order.
        machine: what it runs on.
        languages: ISO 639-1 codes of its user.
        installed: ids that need no download, so that the disk does not matter for them.

    Returns:
        at most one for each job. Where nothing runs well, searching and chat fall back to the starters as
        long as these can be used at all, and reordering is left out, as it is where no cross-encoder reads
        all the languages.
    """
    known = [entry for entry in entries if entry.remote_code is None and not entry.added]
    found = []
    for role, types in ROLE_TYPES.items():
        if role == "categories":
            continue
        able = [entry for entry in known if entry.type in types]
        fitting = [entry for entry in able if _runs_well(entry, machine, known_here=entry.id in installed)]
        if not fitting and role in _NEEDED:
            starters = [entry for entry in able if entry.starter]
            fitting = [
                entry for entry in starters if entry.id in installed or explain_misfit(entry, machine) is None
            ]
        if role == "rerank":
            fitting = [entry for entry in fitting if _count_covered(entry, languages) == len(set(languages))]
        best = max(
            fitting,
            key=lambda entry: (_count_covered(entry, languages), entry.quality, -entry.size),
            default=None,
        )
        if best is not None:
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
    share = MEMORY_SHARE[entry.type]
    if entry.memory <= SMALL_MODEL:
        share = max(share, SMALL_SHARE)
    if entry.memory > machine.memory * share:
        return False
    if not known_here and entry.size + DISK_RESERVE > machine.disk_free:
        return False
    accelerated = machine.accelerator is not None
    return accelerated or entry.size <= WEIGHTS_PER_CORE[entry.type] * max(machine.cores, 1)


def _count_covered(entry: ModelEntry, languages: Sequence[str]) -> int:
    wanted = set(languages)
    return len(wanted) if ALL_LANGUAGES in entry.languages else len(wanted & set(entry.languages))


def _explain(entry: ModelEntry, machine: Machine, languages: Sequence[str]) -> str:
    where = {"cuda": "your graphics card", "metal": "your Mac's GPU"}.get(
        machine.accelerator or "", f"{machine.cores} processor cores"
    )
    read = [language for language in languages if _count_covered(entry, [language])]
    missed = [language for language in languages if language not in read]
    if missed:
        reads = f"reads {', '.join(read) or ', '.join(entry.languages)}, not {', '.join(missed)}"
    else:
        reads = f"reads your language{'s' if len(read) > 1 else ''} ({', '.join(read)})"
    return f"{reads}; {_gigabytes(entry.memory)} of your {_gigabytes(machine.memory)} of memory; on {where}"


def _gigabytes(size: int) -> str:
    return f"{size / 1024**3:.1f} GB"
