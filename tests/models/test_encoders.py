"""Several models in one process: who is loaded, who goes, and what a death costs."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import pytest

from host.core.errors import AppError, Cancelled, ModelLoading, ModelUnavailable, WorkerDied
from host.models.encoder_places import EncoderSpec
from host.models.encoders import EMPTY_IDLE_S, EncoderProcess
from tests.makers import wait_until
from tests.tiny_models import write_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

pytestmark = pytest.mark.model
WAIT_S = 90.0


class _Gate:
    """Holds whoever reads it, in another process, until it is opened."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = path
        self._held: int | None = None

    @property
    def statement(self) -> str:
        """Python that waits here."""
        return f"open({str(self.path)!r}).read()"

    def meet(self) -> bool:
        """Whether someone has come; they stay until `open`."""
        if self._held is None:
            try:
                self._held = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                return False
        return True

    def open(self) -> None:
        """Let them through."""
        if self._held is not None:
            os.close(self._held)
            self._held = None


class _Models:
    """A process and the tiny models for it."""

    def __init__(self, tiny: dict[str, Path], folder: Path) -> None:
        self.tiny = tiny
        self.folder = folder
        self.now = 0.0
        self._stack = ExitStack()

    def start(self, limit: int = 3) -> EncoderProcess:
        process = EncoderProcess(limit=limit, clock=lambda: self.now)
        self._stack.callback(process.close)
        return process

    def spec(self, model_id: str = "bert", maker: str = "bert_embedder", **values: Any) -> EncoderSpec:
        return EncoderSpec(model_id, self.tiny[maker], values.pop("kind", "embedding"), **values)

    def gate(self) -> _Gate:
        made = _Gate(self.folder / "gate")
        self._stack.callback(made.open)
        return made

    def with_code(self, **statements: str) -> EncoderSpec:
        """A model whose own code does this."""
        # The library keeps a module for each name of a folder: tests that share a process need their own.
        folder = self.folder / f"{self.folder.name}-code"
        shutil.copytree(self.tiny["remote_code_embedder"], folder)
        write_code(folder, **statements)
        return EncoderSpec("with-code", folder, "embedding", remote_code=True)

    def close(self) -> None:
        self._stack.close()


@pytest.fixture(scope="module")
def shared() -> Iterator[EncoderProcess]:
    """A process that outlives a test, where its death is not the point: each start takes seconds."""
    made = EncoderProcess()
    yield made
    made.close()


@pytest.fixture
def models(tiny_models: dict[str, Path], tmp_path: Path) -> Iterator[_Models]:
    made = _Models(tiny_models, tmp_path)
    yield made
    made.close()


def _embed(process: EncoderProcess, spec: EncoderSpec, *texts: str, **options: Any) -> NDArray[np.float32]:
    header, data = process.request(
        spec, "embed", {"texts": list(texts) or ["tea"]}, timeout=WAIT_S, **options
    )
    return np.frombuffer(data, dtype=np.float32).reshape(header["count"], -1)


def _names(process: EncoderProcess) -> set[str]:
    return {one.model_id for one in process.loaded()}


def _begin(run: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    """Run it in a thread; what it returned or raised is in the list when the thread has ended."""
    outcome: list[object] = []

    def keep() -> None:
        try:
            outcome.append(run())
        except AppError as error:
            outcome.append(error)

    thread = threading.Thread(target=keep)
    thread.start()
    return thread, outcome


def _kill(process: EncoderProcess, number: int = signal.SIGKILL) -> psutil.Process:
    pid = process.worker.pid
    assert pid is not None
    victim = psutil.Process(pid)
    os.kill(pid, number)
    return victim


def test_models_of_every_kind_live_in_one_process_and_are_loaded_once(models: _Models) -> None:
    process = models.start()
    embedding = models.spec()
    scoring = models.spec("cross", "bert_cross_encoder", kind="reranker")
    judging = models.spec("nli", "deberta_nli", kind="nli")
    for _ in range(2):
        assert _embed(process, embedding).shape == (1, 32)
        question = {"query": "tea", "texts": ["tea is hot"]}
        assert len(process.request(scoring, "score", question, timeout=WAIT_S)[1]) == 4
        question = {"text": "tea is hot", "hypotheses": ["this text is about tea"]}
        assert len(process.request(judging, "entail", question, timeout=WAIT_S)[1]) == 12
    assert process.worker.starts == 1
    found = {one.model_id: one for one in process.loaded()}
    assert {name: one.kind for name, one in found.items()} == {
        "bert": "embedding",
        "cross": "reranker",
        "nli": "nli",
    }
    assert all(one.device in ("cpu", "cuda", "mps") and one.threads >= 1 for one in found.values())
    assert found["bert"].memory > 0
    assert (found["bert"].dimensions, found["bert"].max_tokens) == (32, 128)
    assert found["nli"].dimensions is None


def test_threads_that_ask_for_one_model_load_it_once(models: _Models) -> None:
    process = models.start()
    loads = models.folder / "loads"
    spec = models.with_code(on_load=f"open({str(loads)!r}, 'a').write('x')")
    begun = [_begin(lambda: process.ensure(spec, WAIT_S)) for _ in range(6)]
    for thread, _ in begun:
        thread.join()
    assert [type(outcome[0]).__name__ for _, outcome in begun] == ["LoadedEncoder"] * 6
    assert loads.read_text(encoding="utf-8") == "x"


def test_a_loaded_model_answers_while_another_is_loading(models: _Models) -> None:
    process = models.start()
    ready = models.spec()
    _embed(process, ready)
    gate = models.gate()
    slow = models.with_code(on_load=gate.statement)
    process.begin(slow)
    assert _embed(process, ready, "how to brew tea").shape == (1, 32)
    assert (process.state_of("with-code"), process.state_of("bert")) == ("starting", "ready")
    with pytest.raises(ModelLoading):
        process.ensure(slow, 0.0)
    wait_until(gate.meet, "the model is being made")
    assert _embed(process, ready, "rain falls").shape == (1, 32)
    gate.open()
    process.ensure(slow, WAIT_S)
    assert _names(process) == {"bert", "with-code"}


def test_the_model_unused_for_longest_goes_and_the_pinned_one_stays(models: _Models) -> None:
    process = models.start(limit=2)
    process.pin("pinned")
    for name in ("pinned", "first", "second"):
        models.now += 1.0
        _embed(process, models.spec(name))
    assert _names(process) == {"pinned", "second"}
    assert process.state_of("first") == "stopped"
    models.now += 1.0
    _embed(process, models.spec("first"))
    assert _names(process) == {"pinned", "first"}
    assert process.worker.starts == 1


def test_what_was_let_go_is_loaded_again_when_it_is_needed(models: _Models, shared: EncoderProcess) -> None:
    process = shared
    spec = models.spec()
    before = _embed(process, spec, "tea is hot")
    assert process.unload("bert")
    assert not process.unload("bert")
    assert "bert" not in _names(process)
    assert np.array_equal(_embed(process, spec, "tea is hot"), before)
    assert process.worker.starts == 1


def test_a_model_in_another_folder_takes_the_place_of_the_older_one(
    models: _Models, shared: EncoderProcess
) -> None:
    process = shared
    before = _embed(process, models.spec("same"), "tea is hot")
    after = _embed(process, models.spec("same", "xlm_roberta_embedder"), "tea is hot")
    assert not np.allclose(before, after, atol=1e-3)
    assert [one.model_id for one in process.loaded()].count("same") == 1


def test_idle_models_go_one_by_one_and_the_process_with_the_last(models: _Models) -> None:
    process = models.start()
    _embed(process, models.spec("first"))
    models.now = 50.0
    _embed(process, models.spec("second"))
    assert process.rest_idle(60.0) == []
    models.now = 70.0
    assert process.rest_idle(60.0) == ["first"]
    pid = process.worker.pid
    assert pid is not None
    models.now = 200.0
    assert process.rest_idle(60.0, {"second"}) == []
    assert process.rest_idle(60.0) == ["second"]
    assert not psutil.pid_exists(pid)
    assert _embed(process, models.spec("first")).shape == (1, 32)


def test_an_empty_process_does_not_stay(models: _Models) -> None:
    assert EMPTY_IDLE_S < 600.0
    process = models.start()
    _embed(process, models.spec())
    process.unload("bert")
    process.worker._last_used -= EMPTY_IDLE_S
    assert process.rest_idle(600.0) == []
    assert process.worker.pid is None


def test_a_model_without_room_is_refused_and_the_others_stay(models: _Models) -> None:
    process = models.start()
    _embed(process, models.spec())
    with pytest.raises(ModelUnavailable, match=r"Insufficient memory to load huge\. Required: 1000000000 MB"):
        process.ensure(models.spec("huge", memory=10**15), WAIT_S)
    assert process.is_resting("huge")
    assert process.state_of("huge") == "failed"
    assert _names(process) == {"bert"}


def test_a_process_killed_while_it_loads_names_the_model_and_the_next_request_works(models: _Models) -> None:
    process = models.start()
    other = models.spec()
    _embed(process, other)
    gate = models.gate()
    spec = models.with_code(on_load=gate.statement)
    thread, outcome = _begin(lambda: process.ensure(spec, WAIT_S))
    wait_until(gate.meet, "the model is being made")
    victim = _kill(process)
    thread.join()
    (died,) = outcome
    assert isinstance(died, WorkerDied)
    assert "(signal 9)" in died.message
    assert "loading with-code" in died.message
    assert "memory" in str(died.fix)
    assert not victim.is_running()
    assert process.state_of("with-code") == "failed"
    write_code(spec.folder)
    assert _embed(process, spec).shape == (1, 32)
    assert _embed(process, other).shape == (1, 32)
    assert process.worker.starts == 2


def test_a_process_killed_while_it_computes_costs_only_the_request_in_flight(models: _Models) -> None:
    process = models.start()
    other = models.spec()
    _embed(process, other)
    gate = models.gate()
    spec = models.with_code(on_forward=f"input_ids.shape[1] > 20 and {gate.statement}")
    thread, outcome = _begin(lambda: _embed(process, spec, "tea " * 50, lane="background"))
    wait_until(gate.meet, "it computes")
    victim = _kill(process)
    thread.join()
    (died,) = outcome
    assert isinstance(died, WorkerDied)
    assert "computing with with-code" in died.message
    assert not victim.is_running()
    assert process.loaded() == []
    assert _embed(process, other).shape == (1, 32)
    assert _embed(process, spec, "tea").shape == (1, 32)


def test_an_instruction_that_the_processor_lacks_is_said_and_not_tried_at_once_again(models: _Models) -> None:
    process = models.start()
    spec = models.with_code(on_load=f"import os; os.kill(os.getpid(), {int(signal.SIGILL)})")
    with pytest.raises(WorkerDied) as caught:
        process.ensure(spec, WAIT_S)
    assert "loading with-code" in caught.value.message
    assert "processor" in str(caught.value.fix)
    with pytest.raises(WorkerDied):
        process.ensure(spec, WAIT_S)
    assert process.is_resting("with-code")
    starts = process.worker.starts
    with pytest.raises(WorkerDied, match="with-code"):
        process.ensure(spec, WAIT_S)
    assert process.worker.starts == starts


def test_a_process_that_is_ended_while_it_loads_leaves_nothing_behind(models: _Models) -> None:
    process = models.start()
    gate = models.gate()
    thread, outcome = _begin(lambda: process.ensure(models.with_code(on_load=gate.statement), WAIT_S))
    wait_until(gate.meet, "the model is being made")
    pid = process.worker.pid
    assert pid is not None
    child = psutil.Process(pid)
    process.close()
    thread.join()
    assert isinstance(outcome[0], WorkerDied)
    assert not child.is_running()
    assert process.worker.pid is None


def test_a_long_request_ends_between_two_batches_when_it_is_taken_back(
    models: _Models, shared: EncoderProcess
) -> None:
    process = shared
    gate = models.gate()
    spec = models.with_code(on_forward=f"input_ids.shape[1] > 20 and {gate.statement}")
    process.ensure(spec, WAIT_S)
    cancelled = threading.Event()
    texts = ["tea " * 50] * 16 * 8
    thread, outcome = _begin(lambda: _embed(process, spec, *texts, lane="background", cancelled=cancelled))
    wait_until(gate.meet, "the first batch is computed")
    assert _embed(process, models.spec(), "rain").shape == (1, 32)
    cancelled.set()
    passed = 0

    def let_through() -> bool:
        nonlocal passed
        if gate.meet():
            gate.open()
            passed += 1
        return not thread.is_alive()

    wait_until(let_through, "it gives up")
    assert isinstance(outcome[0], Cancelled)
    assert passed < 8


def test_code_of_a_model_runs_only_when_it_was_allowed(models: _Models, shared: EncoderProcess) -> None:
    process = shared
    mark = models.folder / "mark"
    spec = models.with_code(on_load=f"open({str(mark)!r}, 'a').write('x')")
    refused = EncoderSpec("refused", spec.folder, "embedding")
    with pytest.raises(ModelUnavailable, match="refused brings Python code") as caught:
        process.ensure(refused, WAIT_S)
    assert caught.value.fix
    assert not mark.exists()
    for _ in range(2):
        assert _embed(process, spec).shape == (1, 32)
        assert process.unload("with-code")
    assert mark.read_text(encoding="utf-8") == "xx"


def test_weights_that_could_run_code_are_refused(models: _Models, shared: EncoderProcess) -> None:
    process = shared
    folder = models.folder / "pickled"
    shutil.copytree(models.tiny["bert_embedder"], folder)
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(ModelUnavailable, match="safetensors") as caught:
        process.ensure(EncoderSpec("pickled", folder, "embedding"), WAIT_S)
    assert "pickled" in caught.value.message


def test_damaged_weights_name_their_model_and_how_to_mend_it(models: _Models, shared: EncoderProcess) -> None:
    process = shared
    folder = models.folder / "damaged"
    shutil.copytree(models.tiny["bert_embedder"], folder)
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelUnavailable, match="damaged") as caught:
        process.ensure(EncoderSpec("damaged", folder, "embedding"), WAIT_S)
    assert "model download damaged" in str(caught.value.fix)


@pytest.mark.parametrize(
    "maker",
    ["bert_embedder", "bert_embedder_with_sentencepiece", "xlm_roberta_embedder", "modernbert_embedder"],
)
def test_every_embedding_architecture_of_the_registry_is_computed(
    maker: str, models: _Models, shared: EncoderProcess
) -> None:
    made = _embed(shared, models.spec(maker, maker), "tea is hot", "rain falls", "tea " * 400)
    assert np.allclose(np.linalg.norm(made, axis=1), 1.0, atol=1e-5)
    assert np.all(np.abs(made @ made.T - np.eye(3)) < 0.999)
