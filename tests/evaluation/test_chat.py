"""The measurement of answers: its figures by hand, and a small history through a real daemon."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from host.core.errors import NotReady
from host.evaluation.chat import MeasuredEngine, choose_engines, measure_chat
from host.evaluation.chat_report import Outcome, Spread, summarise
from host.evaluation.chat_sets import ChatQuestion, ChatSet
from host.evaluation.retrieval_sets import EvaluationPage
from tests.makers import wait_until

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 120.0
# The daemon outlives by design the object that started it; the measurement ends it over the wire.
_ENDED_OVER_THE_WIRE = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
TEA = frozenset({"tea"})
ANSWERED = Outcome(
    gold=TEA,
    verdict="answered",
    cited=("tea",),
    f1=0.5,
    rouge_l=0.4,
    held=True,
    sentences=2,
    unsupported=0,
    foreign_links=0,
    torn=False,
    sources_ms=10.0,
    first_word_ms=20.0,
    total_ms=30.0,
    words=10,
    writing_ms=5.0,
    model="made-up",
)
TEXTS = {
    "tea": "Green tea is brewed with water of 80 degrees. Boiling water makes it bitter.",
    "mars": "The planet Mars has two small moons. They are called Phobos and Deimos.",
    "piano": "A modern piano has 88 keys. Bartolomeo Cristofori built the first one about 1700.",
    "bread": "Sourdough bread rises by wild yeast. The dough rests for twelve hours in a cool place.",
    "rhine": "The river Rhine is 1,233 kilometres long. It flows into the North Sea at Rotterdam.",
    "chess": "A game of chess begins with sixteen pieces on each side. White makes the first move.",
    "bees": "A honey bee colony has one queen. She lays up to 2,000 eggs on a summer day.",
    "glass": "Glass is made of sand, soda and lime. It melts at about 1,500 degrees.",
    "volcano": "Mount Etna is the tallest active volcano of Europe. It stands on the island of Sicily.",
    "marathon": "A marathon is run over 42.195 kilometres. The distance was fixed in London in 1908.",
}
PAGES = tuple(
    EvaluationPage(key, f"https://{key}.example/", key.title(), "en", text=text)
    for key, text in TEXTS.items()
)
QUESTIONS = (
    ChatQuestion("how many moons does Mars have", frozenset({"mars"}), ("two small moons",)),
    ChatQuestion("who built the first piano", frozenset({"piano"}), ("Bartolomeo Cristofori",)),
    ChatQuestion("how long is the river Rhine", frozenset({"rhine"}), ("1,233 kilometres",)),
    ChatQuestion("what is the interest rate of the central bank of Brazil", frozenset()),
)


def test_a_refusal_cites_nothing_and_a_citation_of_the_gold_page_counts_wherever_it_stands() -> None:
    outcomes = [
        ANSWERED,
        replace(ANSWERED, cited=("mars", "tea", "tea"), f1=0.3, rouge_l=0.2, held=False),
        replace(ANSWERED, cited=("mars",), f1=0.1, rouge_l=0.0, held=False, sentences=4, unsupported=2),
        replace(ANSWERED, verdict="refused", cited=("tea",), sentences=1),
    ]
    report = summarise("made", "extractive", 9, outcomes)
    assert (report.answerable, report.unanswerable, report.answered) == (4, 0, 3)
    assert report.gold_cited == pytest.approx(2 / 4)
    assert report.gold_first == pytest.approx(1 / 4)
    assert report.citation_precision == pytest.approx((1 + 2 / 3 + 0) / 3)
    assert report.citation_recall == pytest.approx((1 + 1 + 0) / 3)
    assert report.f1_answered == pytest.approx((0.5 + 0.3 + 0.1) / 3)
    assert report.f1 == pytest.approx((0.5 + 0.3 + 0.1) / 4)
    assert report.rouge_l_answered == pytest.approx((0.4 + 0.2) / 3)
    assert report.rouge_l == pytest.approx((0.4 + 0.2) / 4)
    assert report.held == pytest.approx(1 / 4)
    assert report.unsupported == pytest.approx(2 / 8)
    assert report.wrong_refusals == pytest.approx(1 / 4)
    assert report.correct_refusals is None
    assert report.balanced_accuracy is None


def test_balanced_accuracy_is_the_mean_over_both_kinds_and_a_failure_is_right_in_neither() -> None:
    nobody = replace(ANSWERED, gold=frozenset())
    outcomes = [
        *[ANSWERED] * 3,
        replace(ANSWERED, verdict="failed", problem="model_unavailable"),
        nobody,
        replace(nobody, verdict="refused"),
        replace(nobody, verdict="failed", problem="timeout"),
        replace(nobody, verdict="failed", problem="timeout"),
    ]
    report = summarise("made", "written", 9, outcomes)
    assert report.correct_refusals == pytest.approx(1 / 4)
    assert report.wrong_refusals == 0.0
    assert report.balanced_accuracy == pytest.approx((3 / 4 + 1 / 4) / 2)
    assert report.gold_cited == pytest.approx(3 / 4)
    assert report.failed == 3
    assert report.problems == ("model_unavailable", "timeout")


def test_an_answer_without_citations_lowers_recall_and_leaves_precision_alone() -> None:
    report = summarise("made", "written", 9, [ANSWERED, replace(ANSWERED, cited=())])
    assert report.citation_precision == 1.0
    assert report.citation_recall == pytest.approx(0.5)


def test_times_are_those_of_answers_and_links_are_counted_everywhere() -> None:
    slow = replace(ANSWERED, sources_ms=50.0, first_word_ms=200.0, total_ms=400.0, words=30, writing_ms=35.0)
    refused = replace(
        ANSWERED,
        verdict="refused",
        sources_ms=30.0,
        first_word_ms=1.0,
        total_ms=1.0,
        words=99,
        foreign_links=2,
        torn=True,
    )
    report = summarise("made", "written", 9, [ANSWERED, slow, refused])
    assert report.sources_ms == Spread(30.0, 50.0)
    assert report.first_word_ms == Spread(110.0, 200.0)
    assert report.total_ms == Spread(215.0, 400.0)
    assert report.words_per_s == pytest.approx(40 / 0.040)
    assert report.foreign_links == 2
    assert report.torn_streams == 1


def test_answers_that_come_at_once_have_no_words_a_second() -> None:
    assert summarise("made", "extractive", 9, [replace(ANSWERED, writing_ms=0.0)]).words_per_s is None


def test_without_questions_nothing_is_claimed() -> None:
    report = summarise("made", "extractive", 9, [])
    assert report.gold_cited is None
    assert report.sources_ms is None
    assert json.loads(json.dumps(report.to_json()))["answerable"] == 0


def test_every_model_writes_and_quoting_needs_none() -> None:
    assert choose_engines("all", []) == [MeasuredEngine("extractive"), MeasuredEngine("written")]
    assert choose_engines("all", ["a", "b"]) == [
        MeasuredEngine("extractive"),
        MeasuredEngine("written", "a"),
        MeasuredEngine("written", "b"),
    ]
    assert choose_engines("extractive", ["a"]) == [MeasuredEngine("extractive")]
    assert choose_engines("auto", []) == [MeasuredEngine("auto")]


@pytest.mark.model
@_ENDED_OVER_THE_WIRE
@pytest.mark.usefixtures("models")
def test_a_small_history_is_asked_and_its_figures_are_those_of_its_answers() -> None:
    wanted = ChatSet("tiny", PAGES, QUESTIONS)
    steps: list[str] = []
    (report,) = measure_chat(
        wanted, [MeasuredEngine("extractive")], lambda what, _done, _total: steps.append(what)
    )
    assert (report.pages, report.answerable, report.unanswerable) == (10, 3, 1)
    assert report.failed == 0
    assert report.gold_cited == 1.0
    assert report.correct_refusals == 1.0
    assert report.balanced_accuracy == 1.0
    assert report.held == 1.0
    assert report.f1 == report.f1_answered
    assert report.f1 is not None
    assert report.f1 > 0.2
    assert report.unsupported == 0.0
    assert report.foreign_links == 0
    assert report.torn_streams == 0
    assert report.sources_ms is not None
    assert report.total_ms is not None
    assert 0 < report.sources_ms.median <= report.total_ms.p95
    assert set(steps) == {"capturing", "indexing", "extractive: loading", "extractive"}


@_ENDED_OVER_THE_WIRE
@pytest.mark.model
def test_writing_without_an_instruction_model_is_said_and_not_measured(models: Path) -> None:
    target = models.resolve()
    models.unlink()
    models.mkdir()
    (models / "all-minilm-l6-v2").symlink_to(target / "all-minilm-l6-v2", target_is_directory=True)
    with pytest.raises(NotReady, match="No instruction model"):
        measure_chat(ChatSet("tiny", PAGES[:1], QUESTIONS[:1]), [MeasuredEngine("written")])


def _command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "host.cli", "bench", "chat", *map(str, arguments)]


def test_a_folder_that_is_not_there_is_said_plainly(tmp_path: Path) -> None:
    for arguments, said in (
        ((), "needs the folder"),
        (("--data", tmp_path / "nowhere"), "There is no folder"),
        (("--data", tmp_path), "The data is not there"),
    ):
        done = subprocess.run(
            _command(*arguments), cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE_S
        )
        assert done.returncode == 1
        assert said in done.stderr
        assert done.stdout == ""


def _wait_for_workers(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """The processes below a measurement, once its daemon has begun to work."""
    found: list[psutil.Process] = []

    def work() -> bool:
        assert process.poll() is None, process.communicate()
        found[:] = psutil.Process(process.pid).children(recursive=True)
        return len(found) > 1

    wait_until(work, "the daemon has workers", PATIENCE_S)
    return found


@pytest.mark.model
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal for a process of its own")
@pytest.mark.usefixtures("models")
def test_an_interrupt_ends_the_measurement_with_all_its_processes(tmp_path: Path, short_path: Path) -> None:
    rows = [
        {
            "input": question,
            "passages": [{"title": key.title(), "text": f"{TEXTS[key]} {number}"}],
            "output": [{"answer": TEXTS[key]}],
        }
        for number in range(40)
        for key, question in (("tea", "how is tea brewed"), ("mars", "how many moons has mars"))
    ]
    folder = tmp_path / "clapnq"
    folder.mkdir()
    for part in ("answerable", "unanswerable"):
        text = "".join(f"{json.dumps(row)}\n" for row in rows)
        (folder / f"clapnq_dev_{part}.jsonl").write_text(text, encoding="utf-8")
    process = subprocess.Popen(
        _command("--data", tmp_path, "--engine", "extractive"),
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(short_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        below = _wait_for_workers(process)
        process.send_signal(signal.SIGINT)
        printed, said = process.communicate(timeout=PATIENCE_S)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 1, said
    assert "Stopped." in said
    assert printed == ""
    _, left = psutil.wait_procs(below, timeout=PATIENCE_S)
    assert not left
    assert list(short_path.iterdir()) == []
