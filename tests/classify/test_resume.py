"""Results of a run that was interrupted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.classify.outputs import ClassifiedFile
from host.classify.resume import Journal, make_key, name_partial
from host.core.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

FILE = ClassifiedFile("a.py", "code", 0.75, {"code": 0.75, "data": 0.25}, 12, "It runs.", 34)
SETTINGS = {"model": "m", "categories": [{"name": "code"}, {"name": "data"}], "reasoning": False}


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """Where a run's results are to go."""
    (tmp_path / "work").mkdir()
    return tmp_path / "work" / "results.json"


def _leave(output: Path, *keys: str) -> None:
    """What a run leaves that was interrupted."""
    journal = Journal(output)
    for key in keys:
        journal.add(key, FILE)
    journal.close(finished=False)


def test_results_outlive_the_process_that_made_them(output: Path) -> None:
    killed = Journal(output)
    killed.add("one", FILE)
    written = name_partial(output).read_bytes()
    killed.close(finished=True)
    name_partial(output).write_bytes(written)
    journal = Journal(output)
    assert journal.find("one") == FILE
    assert journal.find("two") is None
    journal.close(finished=False)


def test_a_line_that_was_being_written_costs_that_line_only(output: Path) -> None:
    _leave(output, "one", "two")
    partial = name_partial(output)
    partial.write_bytes(partial.read_bytes()[:-20])
    journal = Journal(output)
    assert journal.find("one") == FILE
    assert journal.find("two") is None
    journal.add("three", FILE)
    journal.close(finished=False)
    again = Journal(output)
    assert again.find("three") == FILE
    again.close(finished=True)


def test_a_finished_run_leaves_nothing(output: Path) -> None:
    _leave(output, "one")
    journal = Journal(output)
    journal.close(finished=True)
    assert list(output.parent.iterdir()) == []


def test_a_run_that_found_nothing_leaves_nothing(output: Path) -> None:
    _leave(output)
    assert list(output.parent.iterdir()) == []


def test_beginning_anew_forgets(output: Path) -> None:
    _leave(output, "one")
    journal = Journal(output, restart=True)
    assert journal.find("one") is None
    journal.close(finished=False)
    assert list(output.parent.iterdir()) == []


def test_two_runs_never_write_the_same_file(output: Path) -> None:
    first = Journal(output)
    with pytest.raises(InvalidInput, match="Another run"):
        Journal(output)
    first.close(finished=True)
    Journal(output).close(finished=True)


def test_a_folder_that_is_missing_is_told_before_anything_is_computed(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no folder"):
        Journal(tmp_path / "missing" / "results.json")


def test_a_result_is_taken_over_only_for_the_same_file_and_the_same_question() -> None:
    keys = {
        make_key(SETTINGS, "a.py", 3, "x=1"),
        make_key({**SETTINGS, "model": "other"}, "a.py", 3, "x=1"),
        make_key({**SETTINGS, "reasoning": True}, "a.py", 3, "x=1"),
        make_key({**SETTINGS, "categories": [{"name": "code"}]}, "a.py", 3, "x=1"),
        make_key(SETTINGS, "b.py", 3, "x=1"),
        make_key(SETTINGS, "a.py", 4, "x=1"),
        make_key(SETTINGS, "a.py", 3, "x=2"),
    }
    assert len(keys) == 7
    assert make_key(dict(reversed(SETTINGS.items())), "a.py", 3, "x=1") in keys
