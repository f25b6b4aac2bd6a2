"""What is begun, left over, in the way, or cannot be written, when a model is put together."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from host.core.errors import DiskFull, Forbidden, InvalidInput, ModelUnavailable
from host.models import fetching
from host.models.adding import describe_source
from host.models.fetching import Fetcher
from host.models.hub import Hub
from host.models.registry import HubSource, LocalSource, ModelFile, describe_entry
from host.models.sources import SourceError
from host.models.transfers import Reporter
from tests.hub_server import REVISION
from tests.makers import wait_until
from tests.models.conftest import CONTENTS, HUB, SIZE, WEIGHTS, Asking, Place, make_entry, read_model
from tests.models.test_store import put

if TYPE_CHECKING:
    from pathlib import Path

    from host.models.store import ModelStore
    from tests.hub_server import HubServer

NAME = "model.safetensors"
CODE = "other/code"
BERT = b'{"architectures": ["BertModel"], "hidden_size": 8, "max_position_embeddings": 16}'


def report() -> Reporter:
    return Reporter(lambda _: None)


def test_what_was_begun_of_one_model_does_not_end_up_in_another(place: Place, hub: HubServer) -> None:
    hub.add_repository("owner/first", {**CONTENTS, "extra.json": b"{}"})
    files = (ModelFile("extra.json"), *(ModelFile(path) for path in CONTENTS))
    place.offer_from(HubSource("owner/first", REVISION), known=False, files=files)
    hub.fail(NAME, "404", times=9)
    with pytest.raises(ModelUnavailable):
        place.download()
    assert (place.store.staging_folder("tiny") / "extra.json").exists()
    hub._faults.clear()
    place.offer_from(HUB, known=False)
    place.download()
    assert read_model(place.model) == CONTENTS


def test_a_copy_that_was_begun_of_other_files_is_made_anew(place: Place, tmp_path: Path) -> None:
    origin = tmp_path / "origin"
    put(tmp_path, "origin")
    place.offer_from(LocalSource(str(origin)), known=False)
    (origin / "sub" / NAME).unlink()
    with pytest.raises(ModelUnavailable):
        place.download()
    staging = place.store.staging_folder("tiny")
    (staging / "config.json").write_bytes(b"x" * len(CONTENTS["config.json"]))
    (origin / "sub" / NAME).write_bytes(WEIGHTS)
    place.download()
    assert read_model(place.model) == CONTENTS


def test_measured_forms_go_with_the_weights_that_they_were_made_of(place: Place, hub: HubServer) -> None:
    place.download()
    place.store.update_metadata("tiny", quantisation={"kept": "Q8_0", "file": "fast/a.gguf"})
    record = place.model / "metadata.json"
    value = json.loads(record.read_bytes())
    value["files"] = [{**file, "sha256": "0" * 64} for file in value["files"]]
    record.write_text(json.dumps(value), encoding="utf-8")
    (place.model / "fast").mkdir()
    (place.model / "fast" / "a.gguf").write_bytes(b"of other weights")
    place.download()
    assert read_model(place.model) == CONTENTS
    assert "quantisation" not in place.store.read_metadata("tiny")


def test_a_partial_download_is_seen_and_removed(place: Place, hub: HubServer) -> None:
    hub.fail(NAME, "stall", after=2_000_000)
    asking = Asking(place.downloads)
    assert hub.stalled.wait(60)
    wait_until(lambda: any(path.stat().st_size > 1_000_000 for path in place.incomplete), "a part")
    asking.cancelled.set()
    asking.join(60)
    assert place.store.presence("tiny") == "partial"
    assert place.store.remove("tiny") > 1_000_000
    assert place.store.presence("tiny") == "absent"


def test_a_file_at_a_models_place_is_not_touched(place: Place, hub: HubServer) -> None:
    place.folder.mkdir()
    place.model.write_bytes(b"mine")
    with pytest.raises(ModelUnavailable, match="is in the way"):
        place.download()
    assert place.model.read_bytes() == b"mine"
    assert hub.requests == []


def test_a_repository_with_the_name_of_a_file_of_the_store_needs_another_name(hub: HubServer) -> None:
    hub.add_repository("x/added.json", {"config.json": BERT, NAME: b"w"})
    with pytest.raises(InvalidInput, match=r"added\.json cannot be") as caught:
        describe_source("x/added.json")
    assert "--id NAME" in str(caught.value.fix)
    assert describe_source("x/added.json", id="mine").id == "mine"


def test_offline_the_hub_is_not_even_asked_what_a_model_is(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AI_HISTORY_OFFLINE", "1")
    with pytest.raises(ModelUnavailable, match="AI_HISTORY_OFFLINE=1 forbids to ask") as caught:
        describe_source("owner/tiny")
    assert str(caught.value.fix).endswith("then: ai-history daemon stop")
    assert hub.requests == []


def test_errors_that_the_environment_can_mend_say_that_the_daemon_has_its_own(place: Place) -> None:
    with pytest.raises(ModelUnavailable, match="cannot be reached") as caught:
        place.download()
    assert str(caught.value.fix).endswith("then: ai-history daemon stop")


def test_a_hub_that_sends_more_than_it_says_is_stopped(hub: HubServer, tmp_path: Path) -> None:
    lookup = Hub(0.01).look_up(HUB, report())
    short = replace(lookup.files[f"sub/{NAME}"], size=1000)
    with pytest.raises(SourceError, match=r"sends more of sub/model\.safetensors"):
        Hub(0.01).fetch(HUB, lookup, short, tmp_path / "part", report())
    assert not (tmp_path / "part").exists()


def test_a_record_that_the_disk_does_not_take_is_a_full_disk(
    place: Place, hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fetching, "write_object", fail)
    with pytest.raises(DiskFull, match="is full"):
        Fetcher(place.store).install(make_entry(HUB), report())
    monkeypatch.undo()
    assert place.store.presence("tiny") == "partial"


@pytest.fixture
def read_only(place: Place, monkeypatch: pytest.MonkeyPatch) -> ModelStore:
    """A store whose folder takes no new file, whoever runs the test."""
    put(place.folder)
    place.store.list_installed()

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    for name in ("host.models.store.write_object", "host.models.added.write_object", "tempfile.mkstemp"):
        monkeypatch.setattr(name, refuse)
    monkeypatch.setattr("host.core.lock.ProcessLock.acquire", refuse)
    monkeypatch.setattr("pathlib.Path.unlink", refuse)
    return place.store


def test_a_folder_that_cannot_be_written_to_still_serves(read_only: ModelStore) -> None:
    read_only.repair()
    assert [one.entry.id for one in read_only.list_installed()] == ["tiny"]
    assert Fetcher(read_only).install(make_entry(HUB), report()).size == SIZE


def test_what_must_write_says_that_it_cannot(read_only: ModelStore) -> None:
    mine = replace(make_entry(HUB, model_id="mine"), added=True)
    other = read_only.shipped["other"] = make_entry(HUB, model_id="other")
    for act in (
        lambda: read_only.remove("tiny"),
        lambda: read_only.add_entry(mine),
        lambda: read_only.update_metadata("tiny", a=1),
        lambda: Fetcher(read_only).install(other, report()),
    ):
        with pytest.raises(ModelUnavailable, match="cannot be written to") as caught:
            act()
        assert caught.value.fix


def test_a_lost_entry_is_known_again_where_no_list_can_be_written(read_only: ModelStore) -> None:
    mine = replace(make_entry(HUB, model_id="mine"), added=True)
    put(read_only.folder, "mine")
    (read_only.folder / "mine" / "metadata.json").write_text(
        json.dumps({"entry": describe_entry(mine)}), encoding="utf-8"
    )
    assert [one.entry.id for one in read_only.list_installed()] == ["tiny", "mine"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_damaged_model_that_is_linked_is_not_changed_where_it_lies(
    place: Place, hub: HubServer, tmp_path: Path
) -> None:
    put(tmp_path, "elsewhere")
    (tmp_path / "elsewhere" / "config.json").write_bytes(b"{}")
    place.folder.mkdir()
    place.model.symlink_to(tmp_path / "elsewhere")
    place.download()
    assert read_model(place.model) == CONTENTS
    assert not place.model.is_symlink()
    assert (tmp_path / "elsewhere" / "config.json").read_bytes() == b"{}"


@pytest.fixture
def with_code(hub: HubServer) -> HubServer:
    """The hub's tiny model asks for code that lies in another repository."""
    config = json.dumps({"auto_map": {"AutoModel": f"{CODE}--modeling.Tiny"}}).encode()
    hub.add_repository("owner/tiny", {**CONTENTS, "config.json": config})
    hub.add_repository(CODE, {"modeling.py": b"class Tiny: ...\n"}, revision="c" * 40)
    return hub


def test_allowed_code_whose_record_is_lost_is_allowed_again(place: Place, with_code: HubServer) -> None:
    place.offer_from(HUB, known=False, remote_code=CODE)
    place.download(allow_remote_code=CODE)
    (place.model / "metadata.json").unlink()
    place.download()
    assert place.store.read_metadata("tiny")["remote_code"] is None
    (place.model / "modeling.py").write_bytes(b"# changed meanwhile\n")
    place.download(allow_remote_code=CODE)
    assert place.store.read_metadata("tiny")["remote_code"] == CODE
    assert (place.model / "modeling.py").read_bytes() == b"class Tiny: ...\n"
    assert len(with_code.ranges(NAME)) == 1


def test_a_model_stays_where_it_is_when_its_code_cannot_be_compared(
    place: Place, with_code: HubServer
) -> None:
    place.offer_from(HUB, known=False, remote_code=CODE)
    place.download(allow_remote_code=CODE)
    (place.model / "metadata.json").unlink()
    place.store.list_installed()
    with_code.fail("api", "404", times=9)
    with pytest.raises(ModelUnavailable):
        place.download(allow_remote_code=CODE)
    assert place.store.presence("tiny") == "installed"


def test_one_who_joins_with_a_permission_does_not_share_the_refusal_of_another(
    place: Place, with_code: HubServer
) -> None:
    place.offer_from(HUB, known=False, added=True)
    with_code.fail("config.json", "stall", after=10)
    refused = Asking(place.downloads)
    assert with_code.stalled.wait(60)

    class Allowing(Asking):
        def run(self) -> None:
            self.installed = self._downloads.download(
                "tiny", allow_remote_code=CODE, on_progress=self.heard.append
            )

    allowed = Allowing(place.downloads)
    wait_until(lambda: allowed.heard, "news")
    with_code.release()
    with pytest.raises(Forbidden):
        refused.finish()
    assert allowed.finish().size > 0
    assert place.store.read_metadata("tiny")["remote_code"] == CODE
