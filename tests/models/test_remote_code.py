from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host.core.errors import Forbidden, ModelUnavailable
from host.models.embedding import Embedder, EmbeddingModel
from host.models.encoders import EncoderProcess
from host.models.registry import HubSource, ModelEntry, ModelFile, load_registry
from host.models.remote_code import find_remote_code
from tests.hub_server import REVISION
from tests.tiny_models import CODE_FILES, CODE_REPOSITORY, DIMENSIONS, WINDOW, write_code

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from tests.hub_server import HubServer
    from tests.models.conftest import Place

CODE_REVISION = "c0de" * 10
SOURCE = HubSource("owner/with-code", REVISION)
TEXTS = ["tea is hot", "rain falls on the hill"]
MODEL = "with-code"


@pytest.fixture(scope="module")
def process() -> Iterator[EncoderProcess]:
    made = EncoderProcess(threads=1)
    yield made
    made.close()


@pytest.fixture(name="files")
def _files(tiny_models: dict[str, Path]) -> dict[str, bytes]:
    folder = tiny_models["remote_code_embedder"]
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture(name="entry")
def _entry(place: Place, hub: HubServer, files: dict[str, bytes]) -> ModelEntry:
    """A model whose code is in another repository, both at the hub; the registry knows every checksum."""
    code = {name: files.pop(name) for name in CODE_FILES}
    hub.add_repository(SOURCE.repository, files)
    hub.add_repository(CODE_REPOSITORY, {**code, "notes.md": b"not code"}, revision=CODE_REVISION)
    entry = replace(
        load_registry()["all-minilm-l6-v2"],
        id=MODEL,
        files=tuple(_pin(files)),
        size=sum(map(len, files.values())),
        memory=0,
        dimensions=DIMENSIONS,
        context=WINDOW,
        sources=(SOURCE,),
        remote_code=CODE_REPOSITORY,
        code_revision=CODE_REVISION,
        code_files=tuple(_pin(code)),
    )
    place.offer(entry)
    return entry


def _pin(files: dict[str, bytes]) -> list[ModelFile]:
    return [ModelFile(path, len(data), hashlib.sha256(data).hexdigest()) for path, data in files.items()]


def embed(place: Place, process: EncoderProcess, *, allowed: bool = True) -> NDArray[np.float32]:
    installed = place.store.find(MODEL)
    assert installed is not None
    # A place in the process is remembered with its failures: each test has a model of its own.
    name = str(place.folder)
    model = EmbeddingModel(name, installed.folder, DIMENSIONS, WINDOW, remote_code=allowed)
    return Embedder(model, process).embed_passages(TEXTS)


def test_code_is_refused_without_permission_and_nothing_is_fetched(
    place: Place, hub: HubServer, entry: ModelEntry
) -> None:
    with pytest.raises(Forbidden, match=CODE_REPOSITORY) as caught:
        place.downloads.download(MODEL)
    assert f"--allow-remote-code {CODE_REPOSITORY}" in str(caught.value.fix)
    assert hub.requests == []
    assert place.store.presence(MODEL) == "absent"


def test_permission_for_other_code_is_none_for_this(place: Place, hub: HubServer, entry: ModelEntry) -> None:
    with pytest.raises(Forbidden, match="What you have allowed is owner/other"):
        place.downloads.download(MODEL, allow_remote_code="owner/other")
    assert hub.requests == []


@pytest.mark.model
def test_allowed_code_comes_from_its_commit_and_runs_from_the_models_own_folder(
    place: Place, hub: HubServer, entry: ModelEntry, process: EncoderProcess
) -> None:
    installed = place.downloads.download(MODEL, allow_remote_code=CODE_REPOSITORY)
    assert {file.path for file in installed.files} >= {*CODE_FILES}
    assert not (installed.folder / "notes.md").exists()
    asked = [one.path for one in hub.requests if CODE_REPOSITORY in one.path]
    assert asked
    assert all(CODE_REVISION in path for path in asked)
    before = len(hub.requests)
    made = embed(place, process)
    assert made.shape == (2, DIMENSIONS)
    assert np.allclose(np.linalg.norm(made, axis=1), 1.0, atol=1e-5)
    assert len(hub.requests) == before


@pytest.mark.model
def test_code_that_was_not_allowed_does_not_run_even_where_it_lies(
    place: Place, entry: ModelEntry, process: EncoderProcess
) -> None:
    place.downloads.download(MODEL, allow_remote_code=CODE_REPOSITORY)
    with pytest.raises(ModelUnavailable, match="brings Python code"):
        embed(place, process, allowed=False)


def test_code_that_differs_from_its_checksum_is_refused(
    place: Place, hub: HubServer, entry: ModelEntry, files: dict[str, bytes]
) -> None:
    hub.fail("modeling.py", "wrong", times=3)
    with pytest.raises(ModelUnavailable, match=r"modeling\.py arrived damaged"):
        place.downloads.download(MODEL, allow_remote_code=CODE_REPOSITORY)
    assert place.store.presence(MODEL) == "partial"
    assert not list(place.folder.rglob("modeling.py"))


@pytest.mark.model
@pytest.mark.parametrize("name", [*CODE_FILES, "another.py"])
def test_code_that_was_changed_since_it_was_fetched_does_not_run(
    place: Place, entry: ModelEntry, process: EncoderProcess, tmp_path: Path, name: str
) -> None:
    installed = place.downloads.download(MODEL, allow_remote_code=CODE_REPOSITORY)
    mark = tmp_path / "it ran"
    with (installed.folder / name).open("a", encoding="utf-8") as stream:
        stream.write(f"\nopen({str(mark)!r}, 'w').close()\n")
    if name in CODE_FILES:
        assert place.store.verify(MODEL) == [name]
        record = installed.folder / "metadata.json"
        described = json.loads(record.read_text(encoding="utf-8"))
        described["files"] = [
            {**file, "size": (installed.folder / file["path"]).stat().st_size} for file in described["files"]
        ]
        record.write_text(json.dumps(described), encoding="utf-8")
    with pytest.raises(ModelUnavailable, match="not the code that was fetched and allowed"):
        embed(place, process)
    assert not mark.exists()


@pytest.mark.model
def test_what_the_code_computes_when_it_is_made_is_there_when_it_runs(
    place: Place, hub: HubServer, entry: ModelEntry, process: EncoderProcess, tmp_path: Path
) -> None:
    write_code(
        tmp_path,
        on_load="self.register_buffer('steps', torch.arange(4096) * 3, persistent=False)",
        on_forward="assert torch.equal(self.steps, torch.arange(4096) * 3), 'lost'",
    )
    code = {name: (tmp_path / name).read_bytes() for name in CODE_FILES}
    hub.add_repository(CODE_REPOSITORY, code, revision=CODE_REVISION)
    place.offer(replace(entry, code_files=tuple(_pin(code))))
    place.downloads.download(MODEL, allow_remote_code=CODE_REPOSITORY)
    assert embed(place, process).shape == (2, DIMENSIONS)


@pytest.mark.model
def test_a_users_own_model_with_code_is_pinned_to_what_was_fetched(
    place: Place, hub: HubServer, entry: ModelEntry, process: EncoderProcess
) -> None:
    own = replace(entry, added=True, code_revision=None, code_files=())
    place.offer(own)
    installed = place.downloads.download(MODEL, allow_remote_code=CODE_REPOSITORY)
    checksums = {file.path: file.sha256 for file in installed.files}
    assert all(checksums[file.path] == file.sha256 for file in entry.code_files)
    assert embed(place, process).shape == (2, DIMENSIONS)


def test_a_configuration_too_deep_to_be_read_counts_as_code() -> None:
    deep = b"[" * 200_000 + b"]" * 200_000

    assert find_remote_code("config.json", deep, "owner/deep") == "owner/deep"


def test_modules_that_are_no_list_ask_for_no_code_and_break_nothing() -> None:
    assert find_remote_code("modules.json", b"3", "owner/odd") is None
