"""A judgement counts only for the very files that were measured, and by the tabs that are meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psutil
import pytest

from host.finetune.candidates import Candidate
from host.finetune.judged_files import describe_judged, find_judged, name_test, was_disturbed
from host.finetune.judging import BUSY, P95_LIMIT_MS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def forms(tmp_path: Path) -> list[Candidate]:
    """Two forms of one training."""
    found = []
    for name in ("adapter", "merged"):
        file = tmp_path / f"{name}.gguf"
        file.write_bytes(name.encode())
        found.append(Candidate(f"fine-tuned {name}", "merged", file=file, size=file.stat().st_size))
    return found


def judge(forms: list[Candidate], best: str | None, test_data: str | Path | None = None) -> dict[str, Any]:
    """What an evaluation would keep."""
    return {**describe_judged(forms, test_data), "best": best}


def test_the_best_of_what_was_measured_is_found_again(forms: list[Candidate]) -> None:
    assert find_judged(judge(forms, "fine-tuned merged"), forms) is forms[1]
    # A form that is gone by now was not the best.
    assert find_judged(judge(forms, "fine-tuned merged"), forms[1:]) is forms[1]


def test_a_model_of_another_folder_deploys_none_of_this_one(forms: list[Candidate], tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(b"another training")
    both = [*forms, Candidate("fine-tuned merged (2)", "merged", file=other, size=16)]
    assert find_judged(judge(both, "fine-tuned merged (2)"), forms) is None
    # The other folder has a form of the same name as this one's, and it is not the one that was measured.
    namesake = [Candidate("fine-tuned merged", "merged", file=other, size=16)]
    assert find_judged(judge(both, "fine-tuned merged"), namesake) is None


def test_a_form_that_was_made_anew_or_nobody_measured_has_no_judgement(forms: list[Candidate]) -> None:
    kept = judge(forms[1:], "fine-tuned merged")
    assert find_judged(kept, forms) is None
    kept = judge(forms, "fine-tuned merged")
    assert forms[1].file is not None
    forms[1].file.write_bytes(b"other weights")
    assert find_judged(kept, forms) is None


@pytest.mark.parametrize("kept", [{}, {"best": "fine-tuned merged"}, {"candidates": 3, "best": "x"}])
def test_a_record_that_does_not_say_what_was_measured_is_none(
    kept: dict[str, Any], forms: list[Candidate]
) -> None:
    assert find_judged(kept, forms) is None
    assert find_judged(judge(forms, None), forms) is None


def test_tabs_that_somebody_chose_are_no_substitute_for_those_of_everybody(
    forms: list[Candidate], tmp_path: Path
) -> None:
    tabs = tmp_path / "easy.jsonl"
    tabs.write_text("{}", encoding="utf-8")
    kept = judge(forms, "fine-tuned merged", tabs)
    assert find_judged(kept, forms) is None
    assert find_judged(kept, forms, name_test(tabs)) is forms[1]
    tabs.write_text("{ }", encoding="utf-8")
    assert find_judged(kept, forms, name_test(tabs)) is None
    assert name_test("mozilla") == "mozilla"


def describe(*, better: bool = True, p95_ms: float = P95_LIMIT_MS + 1, load: float = 0.0) -> dict[str, Any]:
    """A judgement against a form."""
    speed = {"p95_ms": p95_ms, "load": load}
    return {
        "deploy": False,
        "verdicts": {"one": {"better": better}},
        "engines": [{"name": "one", "speed": speed}, {"name": "known sites", "speed": None}],
    }


def test_only_a_better_form_that_was_slow_on_a_busy_computer_is_to_be_measured_again() -> None:
    busy = (psutil.cpu_count() or 1) * BUSY + 1
    assert was_disturbed(describe(load=busy))
    assert not was_disturbed(describe())
    assert not was_disturbed(describe(load=busy, better=False))
    assert not was_disturbed(describe(load=busy, p95_ms=P95_LIMIT_MS))
    assert not was_disturbed({**describe(load=busy), "deploy": True})
    assert not was_disturbed({**describe(load=busy), "test_data": {"objections": ["too few tabs"]}})
    assert not was_disturbed({"deploy": False})
