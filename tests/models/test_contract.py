"""Every model of the registry does what its type promises, from the hub to its removal.

The starters with their real weights. The others with tiny relatives, which come from a hub on the loopback
under the repository and the commit that the registry names, through the real download, store, process and
adapter.
"""

from __future__ import annotations

import io
import json
import re
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host.core.errors import ModelUnavailable
from host.models.encoders import EncoderProcess
from host.models.gguf_header import read_gguf_header
from host.models.registry import ModelEntry, load_registry
from host.models.store import ModelStore
from tests.hub_server import HubServer
from tests.models.contract import CHECKS, Loaded
from tests.models.tiny_registry import ARCHITECTURES, make_tiny_files, pinned_source, shrink

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from host.models.metadata import Installed
    from tests.models.conftest import Place

ENTRIES = load_registry()
STARTERS = [entry for entry in ENTRIES.values() if entry.starter]
OTHERS = [entry for entry in ENTRIES.values() if not entry.starter]

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def process() -> Iterator[EncoderProcess]:
    made = EncoderProcess(threads=1)
    yield made
    made.close()


@pytest.fixture(scope="module")
def tiny_files(
    tiny_models: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, bytes]]:
    """Contents of the tiny relative of every model, by id and path."""
    return {
        entry.id: make_tiny_files(entry, tiny_models, tmp_path_factory.mktemp(entry.id)) for entry in OTHERS
    }


@pytest.fixture
def full_hub(
    online: None, monkeypatch: pytest.MonkeyPatch, tiny_files: dict[str, dict[str, bytes]]
) -> Iterator[HubServer]:
    """A hub that has every repository of the registry, each at its commit."""
    with HubServer() as served:
        for model_id, files in tiny_files.items():
            source = pinned_source(ENTRIES[model_id])
            served.add_repository(source.repository, files, revision=source.revision)
        monkeypatch.setenv("HF_ENDPOINT", served.url)
        yield served


def fetch(place: Place, hub: HubServer, entry: ModelEntry) -> Installed:
    """Download a model, and find it again with a store that has seen nothing."""
    place.offer(entry)
    fetched = place.downloads.download(entry.id)
    assert hub.requests
    found = ModelStore(place.folder, {entry.id: entry}).find(entry.id)
    assert found == fetched
    assert place.store.verify(entry.id) == []
    return fetched


def test_every_model_has_a_relative_of_its_own_architecture(
    tiny_files: dict[str, dict[str, bytes]],
) -> None:
    found = {}
    for model_id, files in tiny_files.items():
        if "config.json" in files:
            (found[model_id],) = json.loads(files["config.json"])["architectures"]
        else:
            (content,) = files.values()
            found[model_id] = str(read_gguf_header(io.BytesIO(content))["general.architecture"])
    assert found == ARCHITECTURES


@pytest.mark.parametrize("known", [True, False], ids=["registry-knows", "hub-knows"])
@pytest.mark.parametrize("entry", OTHERS, ids=lambda entry: entry.id)
def test_a_model_is_fetched_found_used_and_removed(
    place: Place,
    full_hub: HubServer,
    process: EncoderProcess,
    tiny_files: dict[str, dict[str, bytes]],
    entry: ModelEntry,
    known: bool,
) -> None:
    tiny = shrink(entry, tiny_files[entry.id], known=known)
    installed = fetch(place, full_hub, tiny)
    assert installed.revision == pinned_source(entry).revision
    assert {file.path for file in installed.files} == set(tiny_files[entry.id])
    asked = len(full_hub.requests)
    with Loaded(installed, process) as model:
        CHECKS[entry.type](model)
    # Neither loading nor computing asks anybody for anything.
    assert len(full_hub.requests) == asked
    assert place.store.remove(entry.id) > 0
    assert place.store.find(entry.id) is None
    assert not (place.folder / entry.id).exists()


@pytest.mark.parametrize("entry", STARTERS, ids=lambda entry: entry.id)
def test_a_starter_does_the_same_with_its_real_weights(
    models: Path, tmp_path: Path, process: EncoderProcess, entry: ModelEntry
) -> None:
    shutil.copytree(models / entry.id, tmp_path / "models" / entry.id)
    store = ModelStore(tmp_path / "models")
    installed = store.find(entry.id)
    assert installed is not None
    assert installed.entry == entry
    assert store.verify(entry.id) == []
    with Loaded(installed, process) as model:
        CHECKS[entry.type](model)
    assert store.remove(entry.id) >= entry.size
    assert store.find(entry.id) is None


@pytest.mark.parametrize("entry", OTHERS, ids=lambda entry: entry.id)
def test_weights_that_are_not_those_of_the_registry_are_refused(
    place: Place, full_hub: HubServer, tiny_files: dict[str, dict[str, bytes]], entry: ModelEntry
) -> None:
    files = tiny_files[entry.id]
    weights = next(path for path in files if path.endswith((".safetensors", ".gguf")))
    other = {**files, weights: files[weights][:-1] + bytes([files[weights][-1] ^ 1])}
    source = pinned_source(entry)
    full_hub.add_repository(source.repository, other, revision=source.revision)
    place.offer(shrink(entry, files, known=True))
    with pytest.raises(ModelUnavailable, match=re.escape(f"{weights} arrived damaged")):
        place.downloads.download(entry.id)
    assert not (place.folder / entry.id).exists()


def test_the_order_of_the_labels_is_the_models_own_affair(
    place: Place, full_hub: HubServer, process: EncoderProcess, tiny_files: dict[str, dict[str, bytes]]
) -> None:
    entry = ENTRIES["mdeberta-v3-base-mnli-xnli"]
    files = tiny_files[entry.id]
    settings = json.loads(files["config.json"])
    names = ["contradiction", "entailment", "neutral"]
    settings |= {"id2label": dict(enumerate(names)), "label2id": {name: at for at, name in enumerate(names)}}
    turned = {**files, "config.json": json.dumps(settings).encode()}
    source = pinned_source(entry)
    text, hypotheses = "the river rises", ["this text is about code", "this text is about the river"]
    made: list[NDArray[np.float32]] = []
    for contents in (files, turned):
        full_hub.add_repository(source.repository, contents, revision=source.revision)
        installed = fetch(place, full_hub, shrink(entry, contents, known=True))
        renamed = replace(installed, entry=replace(installed.entry, id=f"{entry.id}-{len(made)}"))
        with Loaded(renamed, process) as model:
            made.append(model.entailment.entail(text, hypotheses))
        place.store.remove(entry.id)
    # Output 0 was entailment and is contradiction, 1 was neutral and is entailment, 2 the other way round.
    assert np.allclose(made[1], made[0][:, [1, 2, 0]], atol=1e-6)
