"""Models wired for the daemon: names of vector spaces, classifiers, a sick worker."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from host.core.errors import InvalidInput, NotFound, StorageError, Timeout
from host.daemon import Daemon
from host.model_services import ModelServices, name_models
from host.models.registry import LocalSource, ModelEntry, ModelFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from host.core.paths import Paths


@pytest.fixture
def services(home: Paths) -> Iterator[ModelServices]:
    made = ModelServices(home, on_change=lambda: False, serving=frozenset, may_measure=lambda: False)
    yield made
    made.close()


def _add(services: ModelServices, content: bytes, **changes: object) -> None:
    """Put a model of the user's own there, which was never fetched."""
    file = ModelFile("model.safetensors", len(content), hashlib.sha256(content).hexdigest())
    entry = ModelEntry(
        "mine", "Mine", "embedding", "sentence-transformers", "MIT", 8, 1, 1,
        files=(file,), sources=(LocalSource("nowhere"),), dimensions=4, added=True,
    )  # fmt: skip
    folder = services.store.folder / "mine"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metadata.json").unlink(missing_ok=True)
    (folder / file.path).write_bytes(content)
    services.store.add_entry(replace(entry, **changes))  # type: ignore[arg-type]


def test_vectors_of_a_model_that_was_replaced_under_its_name_are_not_searched(
    services: ModelServices,
) -> None:
    _add(services, b"first")
    services.manager.use("search", "mine")
    first = services.find_search_space()
    assert first is not None
    assert name_models([first.model_id]) == {"mine"}
    assert services.find_embedder(first.model_id) is not None
    services.manager.remove("mine", force=True)
    assert services.find_embedder(first.model_id) is None
    _add(services, b"other")
    services.manager.use("search", "mine")
    second = services.find_search_space()
    assert second is not None
    assert second.dimensions == first.dimensions
    assert second.model_id != first.model_id
    assert services.find_embedder(first.model_id) is None
    assert services.find_embedder(second.model_id) is not None


def test_a_model_that_nobody_knows_made_vectors_that_nobody_can_search(services: ModelServices) -> None:
    assert services.find_embedder("long-gone") is None
    assert services.find_search_space() is None


def test_a_model_that_cannot_classify_says_so(services: ModelServices) -> None:
    _add(services, b"first", type="reranker", dimensions=None)
    with pytest.raises(InvalidInput, match="cannot classify"), services.lend_classifier("mine"):
        pass
    with pytest.raises(NotFound) as caught, services.lend_classifier("smollm2-135m-instruct"):
        pass
    assert caught.value.fix == "classify model download smollm2-135m-instruct"


def test_the_doctor_names_damaged_models_and_what_mends_them(services: ModelServices) -> None:
    _add(services, b"first")
    (services.store.folder / "mine" / "model.safetensors").write_bytes(b"shorter by far than it was")
    (check,) = services.check()
    assert not check.ok
    assert check.detail == "damaged: mine"
    assert check.fix == "Run: classify model download mine"


@pytest.mark.parametrize("error", [Timeout("the worker is busy"), StorageError("sick"), OSError(5, "I/O")])
def test_a_sick_worker_or_database_does_not_end_the_daemon(
    home: Paths, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    daemon = Daemon(home)

    def fail() -> None:
        raise error

    monkeypatch.setattr(daemon.indexer, "serving_models", fail)
    daemon._look_after_models()
    daemon._drain()
