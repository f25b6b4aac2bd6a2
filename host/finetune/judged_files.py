"""What a judgement is of: which files were measured, on which tabs, and whether it still holds for them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from host.finetune.judging import BUSY, P95_LIMIT_MS
from host.models.integrity import hash_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from host.finetune.candidates import Candidate

CANDIDATES, TESTED_WITH = "candidates", "tested_with"


def describe_judged(candidates: Sequence[Candidate], test_data: str | Path | None) -> dict[str, Any]:
    """What is kept beside the figures.

    Args:
        candidates: that were measured, each under a name of its own.
        test_data: that was asked for; None for what is taken by default.

    Raises:
        OSError: a file cannot be read.
    """
    digests = {one.name: hash_file(one.file) for one in candidates if one.file is not None}
    return {CANDIDATES: digests, TESTED_WITH: name_test(test_data)}


def name_test(test_data: str | Path | None) -> str | None:
    """Test data by what is in it: the SHA-256 of a file, the name of a set; None for what is the default."""
    if test_data is None:
        return None
    file = Path(test_data)
    return hash_file(file) if file.is_file() else str(test_data)


def find_judged(
    judgement: Mapping[str, Any], candidates: Sequence[Candidate], tested_with: str | None = None
) -> Candidate | None:
    """The candidate that a judgement found best; None when the judgement is of others.

    Args:
        judgement: as `evaluation.json` has it.
        candidates: that there are; every one of them has to have been measured as it is now.
        tested_with: the test data that it has to be by; see `name_test`.
    """
    digests = judgement.get(CANDIDATES)
    if not isinstance(digests, dict) or judgement.get(TESTED_WITH) != tested_with:
        return None
    best = next((one for one in candidates if one.name == judgement.get("best")), None)
    files = [(one.name, one.file) for one in candidates if one.file is not None]
    known = all(digests.get(name) == hash_file(file) for name, file in files)
    return best if known else None


def was_disturbed(judgement: Mapping[str, Any]) -> bool:
    """Whether a form that is better was found too slow while other programs were busy: that is no verdict.

    Args:
        judgement: as `evaluation.json` has it.
    """
    if judgement.get("deploy") is True or (judgement.get("test_data") or {}).get("objections"):
        return False
    verdicts = judgement.get("verdicts") or {}
    engines = {one["name"]: one.get("speed") or {} for one in judgement.get("engines") or []}
    most = (psutil.cpu_count() or 1) * BUSY
    return any(
        verdict.get("better") is True
        and (speed := engines.get(name, {})).get("p95_ms", 0.0) > P95_LIMIT_MS
        and speed.get("load", 0.0) > most
        for name, verdict in verdicts.items()
    )
