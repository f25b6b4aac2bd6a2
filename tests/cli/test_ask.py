"""`ai-history ask`: the answer on standard output, everything else beside it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.chat_stand_in import QUOTE, URL, ChatStandIn, make_answer
from tests.cli.conftest import ROOT
from tests.cli.test_terminal import Terminal
from tests.conftest import INSTALLED_MODELS
from tests.makers import NOON, WAIT_S, wait_until
from tests.processes import Installation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from host.core.paths import Paths
    from tests.cli.conftest import Ended

ANSWER = "The tower was finished in 1889 [sic]. [1]"
PROBLEM = {"kind": "model_unavailable", "reason": "No language model is installed.", "fix": "Choose one."}


@pytest.fixture
def chat(home: Paths) -> Iterator[ChatStandIn]:
    """A daemon that answers every question."""
    made = ChatStandIn(home, threading.Event())
    yield made
    made.stop()


@pytest.fixture
def ask(run: Callable[..., Ended]) -> Callable[..., Ended]:
    """Asks in this process, as in a pipe."""
    return lambda *arguments: run("ask", *arguments, program="ai-history")


def _asked(chat: ChatStandIn) -> Any:
    return next(params for method, params in chat.asked if method == "chat.ask")


def _on_terminal(*arguments: str) -> Terminal:
    return Terminal(*arguments, module="host.cli")


def test_the_answer_is_followed_by_its_numbered_sources(chat: ChatStandIn, ask: Callable[..., Ended]) -> None:
    ended = ask("when", "was", "the", "tower", "finished?")
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert lines[0] == ANSWER
    assert lines[2:4] == ["Sources", "[1] The tower"]
    assert lines[4].split()[0] == f"{URL}#:~:text=The"
    assert lines[4].split()[1].startswith("20")
    assert lines[5].strip() == f"“{QUOTE}”"
    assert "Another" not in ended.out
    assert ended.err == ""
    assert _asked(chat).question == "when was the tower finished?"


def test_json_is_the_answer_as_it_came(chat: ChatStandIn, ask: Callable[..., Ended]) -> None:
    ended = ask("when?", "--json")
    assert json.loads(ended.out) == chat.answer.model_dump(mode="json")
    assert ended.err == ""


def test_what_narrows_the_pages_goes_with_the_question(chat: ChatStandIn, ask: Callable[..., Ended]) -> None:
    ask(
        "when?",
        "--site",
        "a.example",
        "--site",
        "b.example",
        "--after",
        "2024-05-02",
        "--engine",
        "extractive",
    )
    asked = _asked(chat)
    assert asked.filters.sites == ["a.example", "b.example"]
    assert asked.filters.to is None
    assert abs(asked.filters.from_ - 1_714_608_000_000) < 86_400_000
    assert asked.engine == "extractive"
    assert ask("when?", "--before", "blue").code == 2


def test_a_conversation_is_gone_on_with(chat: ChatStandIn, ask: Callable[..., Ended]) -> None:
    ask("and why?", "--continue")
    assert _asked(chat).conversation_id == 5
    chat.asked.clear()
    ask("and why?", "--conversation", "3")
    assert _asked(chat).conversation_id == 3
    assert ask("why?", "--continue", "--conversation", "3").code == 2
    chat.conversations.clear()
    ended = ask("and why?", "--continue")
    assert ended.code == 1
    assert "Ask without --continue." in ended.err


def test_the_search_that_was_made_of_a_question_is_told(chat: ChatStandIn, ask: Callable[..., Ended]) -> None:
    chat.reports.insert(1, {"searched_for": "when the tower"})
    ended = ask("and when?")
    assert ended.err == "Searching for: when the tower\n"
    assert ended.out.startswith(ANSWER)


def test_a_history_without_an_answer_ends_with_1_and_lists_what_is_nearest(
    chat: ChatStandIn, ask: Callable[..., Ended]
) -> None:
    chat.reports = []
    chat.answer = make_answer(
        answer="Nothing in your history answers that.",
        engine="none",
        state="none",
        citations=[],
        sentences=[],
    )
    ended = ask("what?")
    assert ended.code == 1
    assert ended.out.startswith("Nothing in your history answers that.\n\nClosest pages\n[1] The tower\n")


def test_a_problem_is_told_beside_the_results(chat: ChatStandIn, ask: Callable[..., Ended]) -> None:
    chat.answer = make_answer(engine="results", state="fallback", problem=PROBLEM)
    ended = ask("what?")
    assert ended.code == 0
    assert ANSWER in ended.out
    assert ended.err == "Error: No language model is installed.\n  Choose one.\n"


def test_no_page_gives_a_terminal_orders(chat: ChatStandIn, ask: Callable[..., Ended]) -> None:
    chat.answer = make_answer(answer="A\x1b]0;title\x07 \x9b31mB\u202e", citations=[])
    ended = ask("what?")
    assert ended.out.startswith("A]0;title 31mB\n")
    assert "\x1b" not in ended.out
    chat.answer = make_answer()
    chat.answer.citations[0].link = "javascript:alert(1)"
    assert "javascript" not in ask("what?").out


def test_in_a_pipe_only_what_counts_in_the_end_is_printed(
    chat: ChatStandIn, ask: Callable[..., Ended]
) -> None:
    chat.reports += [{"reset": True}, {"delta": "These pages come closest"}]
    chat.answer = make_answer(answer="These pages come closest.")
    ended = ask("what?")
    assert ended.out.startswith("These pages come closest.\n")
    assert "1889 [sic]" not in ended.out


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo terminals")
def test_on_a_terminal_the_answer_is_shown_while_it_is_made_and_the_stages_before_it(
    chat: ChatStandIn,
) -> None:
    chat.hold = True
    terminal = _on_terminal("ask", "when?")
    try:
        terminal.wait_for(ANSWER)
        assert chat.waiting.wait(WAIT_S)
        assert "Searching …" in terminal.text
        assert "Sources" not in terminal.text
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.end() == 1
        assert f"“{QUOTE}”" in terminal.text
        assert "Stopped." in terminal.text
        assert terminal.text.count(ANSWER) == 1
    finally:
        terminal.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo terminals")
def test_what_did_not_come_to_an_end_is_told_from_what_takes_its_place(chat: ChatStandIn) -> None:
    chat.reports += [{"reset": True}, {"delta": "These pages come closest"}]
    chat.answer = make_answer(answer="These pages come closest.", problem=PROBLEM)
    terminal = _on_terminal("ask", "when?")
    try:
        assert terminal.end() == 0
        shown = terminal.text
        assert shown.index(ANSWER) < shown.index("takes its place") < shown.index("These pages come closest.")
        assert "Choose one." in shown
    finally:
        terminal.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal for a process of its own")
def test_a_question_that_is_stopped_in_a_pipe_prints_what_there_is(chat: ChatStandIn) -> None:
    chat.hold = True
    process = subprocess.Popen(
        [sys.executable, "-m", "host.cli", "ask", "when?", "--json"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        assert chat.waiting.wait(WAIT_S)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=WAIT_S)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 1
    assert json.loads(out)["state"] == "stopped"
    assert err == "Stopped.\n"


@pytest.mark.model
def test_a_real_history_answers_in_the_terminal(short_path: Path) -> None:
    if not (INSTALLED_MODELS / "all-minilm-l6-v2").is_dir():
        pytest.fail("The starter models are missing. Run: python3 -m tests")
    made = Installation(short_path)
    try:
        made.paths.create()
        made.paths.models.rmdir()
        made.paths.models.symlink_to(INSTALLED_MODELS, target_is_directory=True)
        made.start_daemon()
        wire = made.connect("tester")
        wire.call(
            "pages.capture",
            url="https://skerrow.example/light",
            title="The last keepers of Skerrow Light",
            text="On the ninth of March 1988 three men locked the door of Skerrow Light for the last time. "
            "A helicopter took them off the rock with a chess set and a cat.",
            visited_at=NOON,
        )
        wait_until(
            lambda: wire.call("store.stats")["embedded_chunks"] > 0, "the page has its vectors", 90, 0.2
        )
        command = [sys.executable, "-m", "host.cli", "ask", "--engine", "extractive", "--profile", "tester"]
        ended = subprocess.run(
            [*command, "When was the door of Skerrow Light locked for the last time?"],
            cwd=ROOT,
            env={**os.environ, **made.environment},
            capture_output=True,
            encoding="utf-8",
            timeout=180,
            check=False,
        )
    finally:
        made.close()
    assert ended.returncode == 0, ended.stdout + ended.stderr
    answer, _, sources = ended.stdout.partition("\nSources\n")
    assert "ninth of March 1988" in answer
    assert "[1]" in answer
    assert "https://skerrow.example/light#:~:text=" in sources
