"""Real daemons in a throw-away home, with models of a few hundred kilobytes."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from host.core.errors import Cancelled, DiskFull, NotFound, NotReady, Timeout
from host.core.paths import find_paths
from host.evaluation import tab_speed
from host.evaluation.labelled_tabs import LabelledTab
from host.finetune import measuring, reading_speed
from host.finetune.candidates import Candidate, find_candidates
from host.finetune.examined_home import HOME, open_examined_home
from host.finetune.judging import judge
from host.finetune.known_categories import make_categories, name_categories
from host.finetune.measuring import measure, name_measured
from host.finetune.rows import Row
from host.finetune.test_data import make_test_data
from host.models.names import check_model_name
from tests.finetune.made_figures import make_test
from tests.finetune.training_folders import TALKER, write_training
from tests.tiny_adapters import write_adapter

if TYPE_CHECKING:
    from host.core.errors import AppError
    from host.core.paths import Paths
    from host.models.store import ModelStore

OWN = ("Dev", "My cats")


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Speed is measured on fewer tabs: what is tested is that it is."""
    monkeypatch.setattr(tab_speed, "_WARM", 2)
    monkeypatch.setattr(tab_speed, "_SINGLE", 5)
    monkeypatch.setattr(tab_speed, "_HUNDREDS", 0)
    monkeypatch.setattr(reading_speed, "_TABS", 8)


@pytest.mark.usefixtures("few")
def test_a_trained_form_its_base_and_the_peers_answer_about_the_same_tabs(
    talker: ModelStore, home: Paths, tmp_path: Path
) -> None:
    found = find_candidates(str(write_training(tmp_path / "run", names=OWN)), talker)
    adapter = found.candidates[0]
    # An adapter of another width is taken in, for only llama.cpp sees that it does not fit.
    write_adapter(tmp_path / "other.gguf", width=48)
    misfit = replace(adapter, name="misfit", file=tmp_path / "other.gguf")
    test = make_test(24, OWN)
    where = tmp_path / "run" / HOME
    lay_there: set[bool] = set()
    judgement = judge(
        [adapter, misfit], test, where=where, on_progress=lambda *_: lay_there.add((where / "data").is_dir())
    )
    # Before it begins there is none yet.
    assert lay_there == {False, True}
    assert not where.exists()
    engines = {one.name: one for one in judgement.measured.engines}
    assert list(engines) == [f"base model {TALKER}", adapter.name, "known sites", "majority"]
    assert judgement.measured.current == f"base model {TALKER}"
    one, base = engines[adapter.name], engines[f"base model {TALKER}"]
    assert one.role == "tuned"
    assert len(one.answers.decided) == 24
    assert set(one.answers.decided) <= set(test.labels)
    assert one.answers.shares.sum(axis=1).tolist() == pytest.approx([1.0] * 24)
    # It is the adapter that answers, not what it changes.
    assert one.answers.shares != pytest.approx(base.answers.shares, abs=0.02)
    assert one.speed is not None
    assert one.speed.tabs == 5
    assert one.tokens_per_s is not None
    assert one.tokens_per_s > 0
    assert one.resident_bytes is not None
    assert one.resident_bytes > 10_000_000
    assert one.file_bytes == adapter.size
    assert one.base_bytes > 0
    # Without the adapter it would answer as its base does: such figures would be a lie.
    assert [failure.name for failure in judgement.measured.failures] == ["misfit"]
    assert set(judgement.verdicts) == set(judgement.gains) == {adapter.name}
    # Too few tabs: nothing goes live by luck.
    assert not judgement.deploy
    assert find_paths() == home
    assert [one.entry.id for one in talker.list_installed()] == [TALKER]


@pytest.mark.parametrize("error", [DiskFull("full"), NotReady("busy"), Timeout("late")])
def test_what_no_model_is_to_blame_for_is_no_failure_of_one(
    error: AppError, talker: ModelStore, home: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = find_candidates(str(write_training(tmp_path / "run", names=OWN)), talker)
    ask = measuring._measure_one

    def fail(examined: Any, one: Any, *arguments: Any, **options: Any) -> Any:
        if one.candidate is not None:
            raise error
        return ask(examined, one, *arguments, **options)

    monkeypatch.setattr(measuring, "_measure_one", fail)
    with pytest.raises(type(error)):
        measure(found.candidates, make_test(8, OWN), benchmark=False)
    assert find_paths() == home


def test_a_model_to_compare_with_must_be_installed(home: Paths) -> None:
    with pytest.raises(NotFound, match="gone"):
        measure([], make_test(8), current="gone", benchmark=False)


def test_forms_of_the_same_file_name_are_put_in_under_names_of_their_own() -> None:
    names = ["fine-tuned adapter f16", "fine-tuned adapter f16 (2)", "fine-tuned merged q4_0"]
    called = [name_measured(Candidate(name, "adapter")) for name in names]
    assert len(set(called)) == 3
    for one in called:
        check_model_name(one)


def test_what_a_person_said_of_other_tabs_is_known_to_every_engine(home: Paths) -> None:
    said = [
        Row(f"Purring, part {number}", f"https://purr.example/{number}", "My cats", source="correction")
        for number in range(4)
    ]
    tabs = [
        LabelledTab("https://purr.example/held-out", "Purring, part 77", "My cats"),
        LabelledTab("https://elsewhere.example/", "Weather", None),
    ]
    test = make_test_data("made", tabs, name_categories(OWN))
    measured = measure([], test, corrections=said, benchmark=False)
    assert measured.current == "list of words and sites"
    [words, *_] = measured.engines
    assert words.answers.decided == ("My cats", "none")
    assert words.speed is None


def test_every_engine_knows_the_examples_and_sites_of_the_categories(home: Paths) -> None:
    categories = make_categories(
        [
            {"key": "dev", "name": "Code", "description": "what I write", "examples": ["forge.example"]},
            {"name": "My cats", "description": "pets", "examples": ["Purring", "purr.example"]},
        ]
    )
    with open_examined_home(categories) as examined, examined.open() as client:
        found = {one["name"]: one for one in client.call("categories.list")["categories"] if one["enabled"]}
        asked = [{"id": 1, "url": "https://purr.example/held-out", "title": "Part 77"}]
        [tab] = client.call("tabs.categorize", tabs=asked)["tabs"]
    assert set(found) == {"Code", "My cats"}
    assert (found["Code"]["description"], found["Code"]["examples"]) == ("what I write", ["forge.example"])
    assert (found["My cats"]["description"], found["My cats"]["examples"]) == (
        "pets",
        ["Purring", "purr.example"],
    )
    assert tab["category"] == "My cats"


def test_a_measurement_that_is_called_off_leaves_nothing_behind(
    home: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancelled = threading.Event()
    homes: list[str] = []

    def report(what: str, *_: int) -> None:
        if what != "starting":
            homes.append(os.environ["AI_HISTORY_HOME"])
            cancelled.set()

    with pytest.raises(Cancelled):
        measure([], make_test(210), benchmark=False, on_progress=report, cancelled=cancelled)
    [place] = homes
    assert not Path(place).exists()
    assert find_paths() == home
