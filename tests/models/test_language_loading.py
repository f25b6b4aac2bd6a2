"""Loading: files that are none, too little memory, what dies on the way."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

import psutil
import pytest

from host.core.errors import Cancelled, InvalidInput, ModelUnavailable, Timeout, WorkerDied
from host.models import language
from host.models.language import InstructionModel, LanguageModel, Message
from host.models.language_failures import explain_death
from host.models.tiny_gguf import write_tiny_gguf
from tests.makers import wait_until

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.model
LOADING_S = 60.0
QUESTION = [Message("user", "hello")]


def make_model(file: Path, memory: int = 0, context: int | None = None) -> LanguageModel:
    return LanguageModel(InstructionModel("tiny", file, 512, memory), context=context, threads=1)


def test_a_model_loads_with_the_first_question_and_says_how_far_it_is(tmp_path: Path) -> None:
    write_tiny_gguf(tmp_path / "tiny.gguf")
    model = make_model(tmp_path / "tiny.gguf", context=100_000)
    try:
        assert (model.state, model.load_share) == ("stopped", 0.0)
        with pytest.raises(ModelUnavailable, match="not loaded"):
            model.describe()
        assert model.generate(QUESTION, max_tokens=3).prompt_tokens > 0
        assert (model.state, model.load_share) == ("ready", 1.0)
        facts = model.describe()
        assert (facts.context, facts.threads, facts.layers) == (512, 1, 3)
    finally:
        model.close()
    assert model.state == "stopped"


@pytest.mark.parametrize(
    ("kept", "error"),
    [
        (0, InvalidInput),
        (3, InvalidInput),
        (200, InvalidInput),
        (20_000, ModelUnavailable),
        (-1000, ModelUnavailable),
    ],
)
def test_a_file_that_is_cut_off_is_a_clear_error(tmp_path: Path, kept: int, error: type[Exception]) -> None:
    file = tmp_path / "cut.gguf"
    write_tiny_gguf(file)
    file.write_bytes(file.read_bytes()[:kept])
    model = make_model(file)
    try:
        with pytest.raises(error) as caught:
            model.generate(QUESTION, max_tokens=3)
        assert "GGUF" in str(caught.value) or "tiny" in str(caught.value)
        assert model.state == "failed"
        assert model.resting
    finally:
        model.close()


def test_a_model_that_says_nothing_is_given_up(tmp_path: Path) -> None:
    write_tiny_gguf(tmp_path / "tiny.gguf")
    model = make_model(tmp_path / "tiny.gguf")
    try:
        assert model.wait_ready(LOADING_S), model.failure
        process = psutil.Process(model.worker.pid)
        process.suspend()
        try:
            with pytest.raises(Timeout, match="too long"):
                model.generate(QUESTION, max_tokens=3, first_s=0.05, between_s=LOADING_S)
        finally:
            process.resume()
        assert model.generate(QUESTION, max_tokens=3, first_s=LOADING_S).prompt_tokens > 0
    finally:
        model.close()


def test_a_missing_file_says_how_to_get_it(tmp_path: Path) -> None:
    model = make_model(tmp_path / "none.gguf")
    try:
        assert not model.wait_ready(LOADING_S)
        assert isinstance(model.failure, ModelUnavailable)
        assert "download tiny" in str(model.failure.fix)
    finally:
        model.close()


def test_a_model_that_does_not_fit_into_memory_is_not_loaded(tmp_path: Path) -> None:
    write_tiny_gguf(tmp_path / "tiny.gguf")
    model = make_model(tmp_path / "tiny.gguf", memory=2**50)
    try:
        with pytest.raises(
            ModelUnavailable, match=r"Insufficient memory to load tiny.*Required: 1125899907 MB"
        ):
            model.generate(QUESTION, max_tokens=3)
        assert "smaller model" in str(model.failure.fix if model.failure else "")
    finally:
        model.close()


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes in the file system")
class TestStalled:
    """A file that never ends to come: its process stands still while it loads."""

    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        os.mkfifo(tmp_path / "stalled.gguf")
        return tmp_path / "stalled.gguf"

    @pytest.mark.parametrize(
        ("number", "match"),
        [
            (signal.SIGILL, "does not run on this processor"),
            (signal.SIGKILL, "want of memory"),
            (signal.SIGABRT, "broke down"),
        ],
    )
    def test_a_process_that_dies_while_it_loads_says_why(
        self, file: Path, number: signal.Signals, match: str
    ) -> None:
        model = make_model(file)
        try:
            model.warm_up()
            wait_until(lambda: model.worker.pid is not None, "there is a process")
            process = psutil.Process(model.worker.pid)
            process.send_signal(number)
            assert not model.wait_ready(LOADING_S)
            assert isinstance(model.failure, ModelUnavailable)
            assert "tiny" in model.failure.message
            assert match in model.failure.message
            assert model.failure.fix
            wait_until(lambda: not process.is_running(), "no process is left")
        finally:
            model.close()

    def test_a_question_taken_back_while_it_loads_ends_at_once(self, file: Path) -> None:
        model = make_model(file)
        try:
            cancelled = threading.Event()
            cancelled.set()
            with pytest.raises(Cancelled):
                model.generate(QUESTION, max_tokens=3, cancelled=cancelled)
            assert model.state == "starting"
        finally:
            model.close()

    def test_a_count_taken_back_while_it_loads_ends_at_once(self, file: Path) -> None:
        model = make_model(file)
        try:
            cancelled = threading.Event()
            cancelled.set()
            with pytest.raises(Cancelled):
                model.count_tokens(["tea"], cancelled=cancelled)
            assert model.state == "starting"
        finally:
            model.close()

    def test_a_model_that_stands_still_while_it_loads_is_not_waited_for(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(language, "_LOADING_STEP_S", 0.1)
        model = make_model(file)
        try:
            with pytest.raises(Timeout, match="tiny was not loaded"):
                model.count_tokens(["tea"])
        finally:
            model.close()

    def test_closing_it_while_it_loads_leaves_no_process(self, file: Path) -> None:
        model = make_model(file)
        model.warm_up()
        wait_until(lambda: model.worker.pid is not None, "there is a process")
        process = psutil.Process(model.worker.pid)
        model.close()
        wait_until(lambda: not process.is_running(), "no process is left")


def test_a_death_without_a_signal_is_explained_too() -> None:
    told = explain_death("tiny", WorkerDied("The language model tiny stopped."))
    assert "tiny" in told.message
    assert "signal" not in told.message
    assert "verify tiny" in str(told.fix)
