"""Several models in one process: who is loaded, who goes, and who is refused."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import psutil
import pytest

from host.core.errors import ModelLoading, ModelUnavailable
from host.models.encoder_places import EncoderSpec
from host.models.encoders import EMPTY_IDLE_S, EncoderProcess
from tests.makers import wait_until
from tests.models.encoder_world import WAIT_S, Models, begin, embed, names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def shared() -> Iterator[EncoderProcess]:
    """A process that outlives a test, where its death is not the point: each start takes seconds."""
    made = EncoderProcess()
    yield made
    made.close()


@pytest.fixture
def models(tiny_models: dict[str, Path], tmp_path: Path) -> Iterator[Models]:
    made = Models(tiny_models, tmp_path)
    yield made
    made.close()


def test_models_of_every_kind_live_in_one_process_and_are_loaded_once(models: Models) -> None:
    process = models.start()
    embedding = models.spec()
    scoring = models.spec("cross", "bert_cross_encoder", kind="reranker")
    judging = models.spec("nli", "deberta_nli", kind="nli")
    for _ in range(2):
        assert embed(process, embedding).shape == (1, 32)
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


def test_threads_that_ask_for_one_model_load_it_once(models: Models) -> None:
    process = models.start()
    loads = models.folder / "loads"
    spec = models.with_code(on_load=f"open({str(loads)!r}, 'a').write('x')")
    begun = [begin(lambda: process.ensure(spec, WAIT_S)) for _ in range(6)]
    for thread, _ in begun:
        thread.join()
    assert [type(outcome[0]).__name__ for _, outcome in begun] == ["LoadedEncoder"] * 6
    assert loads.read_text(encoding="utf-8") == "x"


def test_a_loaded_model_answers_while_another_is_loading(models: Models) -> None:
    process = models.start()
    ready = models.spec()
    embed(process, ready)
    gate = models.gate()
    slow = models.with_code(on_load=gate.statement)
    process.begin(slow)
    assert embed(process, ready, "how to brew tea").shape == (1, 32)
    assert (process.state_of("with-code"), process.state_of("bert")) == ("starting", "ready")
    with pytest.raises(ModelLoading):
        process.ensure(slow, 0.0)
    wait_until(gate.meet, "the model is being made")
    assert embed(process, ready, "rain falls").shape == (1, 32)
    gate.open()
    process.ensure(slow, WAIT_S)
    assert names(process) == {"bert", "with-code"}


def test_the_model_unused_for_longest_goes_and_the_pinned_one_stays(models: Models) -> None:
    process = models.start(limit=2)
    process.pin({"pinned"})
    for name in ("pinned", "first", "second"):
        models.now += 1.0
        embed(process, models.spec(name))
    assert names(process) == {"pinned", "second"}
    assert process.state_of("first") == "stopped"
    models.now += 1.0
    embed(process, models.spec("first"))
    assert names(process) == {"pinned", "first"}
    assert process.worker.starts == 1


def test_what_was_let_go_is_loaded_again_when_it_is_needed(models: Models, shared: EncoderProcess) -> None:
    process = shared
    spec = models.spec()
    before = embed(process, spec, "tea is hot")
    assert process.unload("bert")
    assert not process.unload("bert")
    assert "bert" not in names(process)
    assert np.array_equal(embed(process, spec, "tea is hot"), before)
    assert process.worker.starts == 1


def test_a_model_in_another_folder_takes_the_place_of_the_older_one(
    models: Models, shared: EncoderProcess
) -> None:
    process = shared
    before = embed(process, models.spec("same"), "tea is hot")
    after = embed(process, models.spec("same", "xlm_roberta_embedder"), "tea is hot")
    assert not np.allclose(before, after, atol=1e-3)
    assert [one.model_id for one in process.loaded()].count("same") == 1


def test_idle_models_go_one_by_one_and_the_process_with_the_last(models: Models) -> None:
    process = models.start()
    embed(process, models.spec("first"))
    models.now = 50.0
    embed(process, models.spec("second"))
    assert process.rest_idle(60.0) == []
    models.now = 70.0
    assert process.rest_idle(60.0) == ["first"]
    pid = process.worker.pid
    assert pid is not None
    models.now = 200.0
    assert process.rest_idle(60.0, {"second"}) == []
    assert process.rest_idle(60.0) == ["second"]
    assert names(process) == set()
    wait_until(lambda: not psutil.pid_exists(pid), "the process ends")
    assert embed(process, models.spec("first")).shape == (1, 32)


def test_an_empty_process_does_not_stay(models: Models) -> None:
    assert EMPTY_IDLE_S < 600.0
    process = models.start()
    embed(process, models.spec())
    process.unload("bert")
    models.now += EMPTY_IDLE_S
    assert process.rest_idle(600.0) == []
    wait_until(lambda: process.worker.pid is None, "the process ends")


def test_a_model_without_room_is_refused_and_the_others_stay(models: Models) -> None:
    process = models.start()
    embed(process, models.spec())
    with pytest.raises(ModelUnavailable, match=r"Insufficient memory to load huge\. Required: 1000000000 MB"):
        process.ensure(models.spec("huge", memory=10**15), WAIT_S)
    assert process.is_resting("huge")
    assert process.state_of("huge") == "failed"
    assert names(process) == {"bert"}


def test_code_of_a_model_runs_only_when_it_was_allowed(models: Models, shared: EncoderProcess) -> None:
    process = shared
    mark = models.folder / "mark"
    spec = models.with_code(on_load=f"open({str(mark)!r}, 'a').write('x')")
    refused = EncoderSpec("refused", spec.folder, "embedding")
    with pytest.raises(ModelUnavailable, match="refused brings Python code") as caught:
        process.ensure(refused, WAIT_S)
    assert caught.value.fix
    assert not mark.exists()
    for _ in range(2):
        assert embed(process, spec).shape == (1, 32)
        assert process.unload("with-code")
    assert mark.read_text(encoding="utf-8") == "xx"


def test_weights_that_could_run_code_are_refused(models: Models, shared: EncoderProcess) -> None:
    process = shared
    folder = models.folder / "pickled"
    shutil.copytree(models.tiny["bert_embedder"], folder)
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(ModelUnavailable, match="safetensors") as caught:
        process.ensure(EncoderSpec("pickled", folder, "embedding"), WAIT_S)
    assert "pickled" in caught.value.message


def test_damaged_weights_name_their_model_and_how_to_mend_it(models: Models, shared: EncoderProcess) -> None:
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
    maker: str, models: Models, shared: EncoderProcess
) -> None:
    made = embed(shared, models.spec(maker, maker), "tea is hot", "rain falls", "tea " * 400)
    assert np.allclose(np.linalg.norm(made, axis=1), 1.0, atol=1e-5)
    assert np.all(np.abs(made @ made.T - np.eye(3)) < 0.999)
