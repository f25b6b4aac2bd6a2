"""A model hub, a store, downloads through the real process, and tiny models, for the tests of this folder."""

from __future__ import annotations

import hashlib
import threading
import zipfile
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from host.models.downloads import Downloads
from host.models.registry import HubSource, LocalSource, ModelEntry, ModelFile, PackageSource
from host.models.store import ModelStore
from tests import tiny_models as makers
from tests.hub_server import REVISION, HubServer
from tests.tiny_language_models import write_language_model

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from host.models.metadata import Installed
    from host.models.registry import ModelSource
    from host.models.transfers import Transfer

CONFIG = b'{"hidden": 4}'
WEIGHTS = hashlib.shake_256(b"weights").digest(3_000_000)
CONTENTS = {"config.json": CONFIG, "sub/model.safetensors": WEIGHTS}
TALKERS = ("first", "second", "third")
SIZE = sum(len(content) for content in CONTENTS.values())
HUB = HubSource("owner/tiny", REVISION)
PACKAGE = PackageSource("tiny-model", "1.0", "tiny_model/data")


def make_entry(*sources: ModelSource, known: bool = True, model_id: str = "tiny") -> ModelEntry:
    """The tiny model's entry.

    Args:
        sources: where it comes from.
        known: whether sizes and checksums stand in the registry.
        model_id: its name.
    """
    files = tuple(
        ModelFile(path, len(content), hashlib.sha256(content).hexdigest()) if known else ModelFile(path)
        for path, content in CONTENTS.items()
    )
    return ModelEntry(
        model_id, "Tiny", "embedding", "test", "MIT", 8, SIZE, 0, files=files, sources=sources, dimensions=4
    )


def make_wheel(folder: Path, contents: dict[str, bytes]) -> None:
    """A package that carries the model."""
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / "tiny_model-1.0-py3-none-any.whl", "w") as wheel:
        for path, content in contents.items():
            wheel.writestr(f"tiny_model/data/{path}", content)
        information = "tiny_model-1.0.dist-info"
        wheel.writestr(f"{information}/METADATA", "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n")
        wheel.writestr(
            f"{information}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{information}/RECORD", "")


def read_model(folder: Path) -> dict[str, bytes]:
    """A model's files with their contents, without the record of it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "metadata.json"
    }


class Asking(threading.Thread):
    """Somebody who waits for a download in a thread of their own."""

    def __init__(self, downloads: Downloads, model_id: str = "tiny") -> None:
        super().__init__(daemon=True)
        self.heard: list[Transfer] = []
        self.cancelled = threading.Event()
        self.installed: Installed | None = None
        self.error: Exception | None = None
        self._downloads = downloads
        self._model_id = model_id
        self.start()

    def run(self) -> None:
        try:
            self.installed = self._downloads.download(
                self._model_id, on_progress=self.heard.append, cancelled=self.cancelled
            )
        except Exception as error:  # noqa: BLE001 - looked at by the test
            self.error = error

    def finish(self) -> Installed:
        """The model, when it is there."""
        self.join(60)
        if self.error is not None:
            raise self.error
        assert self.installed is not None
        return self.installed


@dataclass
class Place:
    """A models folder, and the downloads into it."""

    folder: Path
    downloads: Downloads
    store: ModelStore

    def offer(self, *entries: ModelEntry) -> None:
        """Make other models known; the download process hears of them when it next starts."""
        self.store.shipped.clear()
        self.store.shipped.update({entry.id: entry for entry in entries})
        self.downloads.close()
        self.downloads = Downloads(self.store, self.folder.parent / "worker.log", first_wait_s=0.01)

    def offer_from(self, *sources: ModelSource, known: bool = True, **changes: object) -> None:
        """Make the tiny model known, from these sources."""
        self.offer(replace(make_entry(*sources, known=known), **changes))  # type: ignore[arg-type]

    def download(self, allow_remote_code: str | None = None) -> list[Transfer]:
        """Download the tiny model; what was heard on the way."""
        heard: list[Transfer] = []
        self.downloads.download("tiny", allow_remote_code=allow_remote_code, on_progress=heard.append)
        return heard

    @property
    def model(self) -> Path:
        """The tiny model's folder."""
        return self.folder / "tiny"

    @property
    def incomplete(self) -> list[Path]:
        """The files that are begun and not whole."""
        return [path for path in self.folder.glob(".partial/tiny/.incomplete/*") if path.is_file()]


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Downloads are allowed; nothing outside this machine can be asked."""
    monkeypatch.delenv("AI_HISTORY_OFFLINE")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub-home"))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    for name in ("HF_TOKEN", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def place(online: None, tmp_path: Path) -> Iterator[Place]:
    """A models folder that is not yet there; the hub and a package have the tiny model."""
    folder = tmp_path / "installed"
    store = ModelStore(folder, {"tiny": make_entry(HUB)})
    made = Place(folder, Downloads(store, tmp_path / "worker.log", first_wait_s=0.01), store)
    yield made
    made.downloads.close()


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, online: None) -> Iterator[HubServer]:
    """A hub that has the tiny model."""
    with HubServer() as served:
        served.add_repository("owner/tiny", CONTENTS)
        monkeypatch.setenv("HF_ENDPOINT", served.url)
        yield served


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders of tiny models by the names of their makers. Not to be changed: copy first."""
    return makers.make_all(tmp_path_factory.mktemp("tiny-models"))


@pytest.fixture(scope="session")
def talker_weights(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of an instruction model."""
    path = tmp_path_factory.mktemp("weights") / "tiny.gguf"
    write_language_model(path, "llama")
    return path.read_bytes()


@pytest.fixture
def talkers(tmp_path: Path, talker_weights: bytes) -> ModelStore:
    """A folder in which three instruction models are installed, which are tiny and the same."""
    file = ModelFile("tiny.gguf", len(talker_weights), hashlib.sha256(talker_weights).hexdigest())
    shipped = {
        name: ModelEntry(
            name, name, "instruction", "gguf", "MIT", 512, len(talker_weights), 0,
            files=(file,), sources=(LocalSource("nowhere"),),
        )
        for name in TALKERS
    }  # fmt: skip
    for name in TALKERS:
        folder = tmp_path / "models" / name
        folder.mkdir(parents=True)
        (folder / "tiny.gguf").write_bytes(talker_weights)
    return ModelStore(tmp_path / "models", shipped)
