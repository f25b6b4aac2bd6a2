"""LoRA adapters: taken in, at work, and out of place, with tiny models in their real processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from host.core.errors import InvalidInput, ModelUnavailable, NotFound
from host.models.downloads import Downloads
from host.models.language import InstructionModel, LanguageModel, Message
from host.models.manager import ModelManager
from host.models.optimisation import Optimiser
from host.models.runtime import ModelRuntime
from tests.tiny_adapters import merge_adapter, write_adapter
from tests.tiny_language_models import write_language_model

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from host.models.store import ModelStore

pytestmark = pytest.mark.model
ASK = [Message("user", "Sort: ")]
ITEMS, LABELS = ["tea", "an apple", "the other thing"], ["a", "b", "the", "q", "an"]
# Share of a label: the change is added to what is computed, or to the weights, in half precision.
NOISE = 0.01
LOADING_S = 60.0


@pytest.fixture
def model_file(tmp_path: Path, talker_weights: bytes) -> Path:
    path = tmp_path / "model.gguf"
    path.write_bytes(talker_weights)
    return path


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    write_adapter(tmp_path / "adapter.gguf")
    return tmp_path / "adapter.gguf"


@pytest.fixture
def manager(online: None, talkers: ModelStore) -> Iterator[ModelManager]:
    runtime, downloads = ModelRuntime(talkers), Downloads(talkers, first_wait_s=0.01)
    optimiser = Optimiser(talkers, wanted=lambda: False, on_changed=runtime.renew)
    made = ModelManager(talkers, downloads, runtime, optimiser)
    yield made
    downloads.close()
    optimiser.close()
    runtime.close()


def score(file: Path, adapter: Path | None = None) -> tuple[NDArray[np.float64], str]:
    """Shares of the labels, and why the adapter is not at work."""
    model = LanguageModel(InstructionModel("tiny", file, 512, adapter=adapter), threads=1)
    try:
        assert model.wait_ready(LOADING_S), model.failure
        shares = np.exp(model.score_items(ASK, ITEMS, LABELS).log_probabilities)
        facts = model.describe()
        assert facts.adapter == (adapter is not None and not facts.adapter_failure)
        return shares, facts.adapter_failure
    finally:
        model.close()


def test_an_adapter_changes_answers_as_if_it_were_in_the_weights(
    tmp_path: Path, model_file: Path, adapter: Path
) -> None:
    merge_adapter(model_file, tmp_path / "merged.gguf")
    plain, _ = score(model_file)
    adapted, failure = score(model_file, adapter)
    merged, _ = score(tmp_path / "merged.gguf")
    assert failure == ""
    assert adapted == pytest.approx(merged, abs=NOISE)
    assert np.abs(adapted - plain).max() > 5 * NOISE


@pytest.mark.parametrize("kind", ["text", "model", "cut", "foreign", "other width", "missing"])
def test_an_adapter_that_cannot_be_used_is_told_and_the_model_answers_alone(
    tmp_path: Path, model_file: Path, adapter: Path, kind: str
) -> None:
    if kind == "text":
        adapter.write_text("no adapter at all", encoding="utf-8")
    elif kind == "model":
        adapter.write_bytes(model_file.read_bytes())
    elif kind == "cut":
        adapter.write_bytes(adapter.read_bytes()[:-500])
    elif kind == "foreign":
        write_adapter(adapter, architecture="qwen2")
    elif kind == "other width":
        write_adapter(adapter, width=96)
    else:
        adapter.unlink()
    adapted, failure = score(model_file, adapter)
    plain, _ = score(model_file)
    assert failure
    assert adapted == pytest.approx(plain, abs=NOISE)


def test_an_adapter_is_a_model_of_its_own_beside_the_one_it_changes(
    manager: ModelManager, talkers: ModelStore, adapter: Path
) -> None:
    view = manager.add_adapter(adapter, "first", "tabs-1", note="For tabs.")
    assert (view.state, view.entry.base, view.entry.note) == ("installed", "first", "For tabs.")
    assert view.installed is not None
    assert view.installed.size == adapter.stat().st_size
    # The file that it came from is not needed any more.
    adapter.unlink()
    runtime = ModelRuntime(talkers)
    try:
        with runtime.lend_language("first") as plain, runtime.lend_language("tabs-1") as adapted:
            before = np.exp(plain.score_items(ASK, ITEMS, LABELS).log_probabilities)
            after = np.exp(adapted.score_items(ASK, ITEMS, LABELS).log_probabilities)
            assert adapted.describe().adapter
            assert not plain.describe().adapter
        assert np.abs(before - after).max() > 5 * NOISE
    finally:
        runtime.close()


def test_an_adapter_sorts_when_it_is_chosen_and_never_chats_by_itself(
    manager: ModelManager, adapter: Path
) -> None:
    for name in ("second", "third"):
        manager.remove(name, force=True)
    manager.add_adapter(adapter, "first", "tabs-1")
    assert manager.find_jobs()["chat"] == ("first", False)
    manager.use("categories", "tabs-1")
    assert manager.find_jobs()["categories"] == ("tabs-1", True)
    manager.remove("first", force=True)
    assert manager.find_jobs()["chat"] == (None, False)


def test_without_its_model_an_adapter_says_what_is_missing(
    manager: ModelManager, talkers: ModelStore, adapter: Path
) -> None:
    manager.add_adapter(adapter, "first", "tabs-1")
    manager.remove("first", force=True)
    runtime = ModelRuntime(talkers)
    with pytest.raises(ModelUnavailable, match="first, which is not installed") as caught:
        runtime.load("tabs-1")
    runtime.close()
    assert caught.value.fix


def test_what_is_no_adapter_for_the_model_is_refused_and_leaves_nothing(
    manager: ModelManager, talkers: ModelStore, model_file: Path, adapter: Path
) -> None:
    with pytest.raises(InvalidInput, match="not a LoRA adapter"):
        manager.add_adapter(model_file, "first", "tabs-1")
    with pytest.raises(NotFound):
        manager.add_adapter(adapter, "nobody", "tabs-1")
    write_adapter(adapter, architecture="qwen2")
    with pytest.raises(InvalidInput, match="qwen2"):
        manager.add_adapter(adapter, "first", "tabs-1")
    write_adapter(adapter)
    with pytest.raises(InvalidInput, match="already"):
        manager.add_adapter(adapter, "first", "second")
    assert set(talkers.entries()) == {"first", "second", "third"}


def test_an_adapter_that_is_added_as_a_model_is_refused_with_the_reason(
    manager: ModelManager, adapter: Path
) -> None:
    with pytest.raises(InvalidInput, match="is an adapter"):
        manager.add(str(adapter))


def test_an_adapter_out_of_place_is_shown_with_its_model(
    manager: ModelManager, talkers: ModelStore, adapter: Path, tmp_path: Path
) -> None:
    write_adapter(adapter, width=96)
    manager.add_adapter(adapter, "first", "tabs-1")
    view = manager.load("tabs-1")
    assert view.state == "ready"
    assert view.activity is not None
    assert view.activity.reason is not None
    assert "answers without it" in view.activity.reason
    assert view.activity.fix


def test_another_form_of_the_model_is_taken_by_its_adapters_too(
    manager: ModelManager, talkers: ModelStore, adapter: Path
) -> None:
    manager.add_adapter(adapter, "first", "tabs-1")
    runtime = ModelRuntime(talkers)
    try:
        with runtime.lend_language("tabs-1") as model:
            assert model.wait_ready(LOADING_S)
        write_language_model(talkers.folder / "first" / "other.gguf", "llama", seed=11)
        talkers.update_metadata("first", quantisation={"kept": "other", "file": "other.gguf"})
        runtime.renew("first")
        with runtime.lend_language("tabs-1") as renewed:
            assert renewed is not model
            assert renewed.model.file.name == "other.gguf"
    finally:
        runtime.close()
