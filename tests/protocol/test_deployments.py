"""`finetune.deploy` and what takes it back, over the wire, with a tiny model that really answers."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from host.models.registry import LocalSource, ModelEntry, ModelFile
from host.models.store import ModelStore
from tests.tiny_adapters import merge_adapter, write_adapter
from tests.tiny_language_models import write_language_model

if TYPE_CHECKING:
    from pathlib import Path

    from host.core.paths import Paths
    from tests.wire import Wire

TAB = {"id": 1, "url": "https://github.com/numpy/numpy/pulls", "title": "Pull requests"}
RECORD = {
    "label_calibration": {"bias": 0, "temperature": 1.5},
    "label_prompt": "short",
    "trained_labels": ["Dev", "Social", "Entertainment", "Work", "Cloud", "Shopping", "News"],
}


@pytest.fixture
def base(home: Paths) -> Path:
    """A tiny instruction model, installed as `tiny`."""
    folder = home.models / "tiny"
    folder.mkdir()
    file = folder / "tiny.gguf"
    write_language_model(file, "llama")
    content = file.read_bytes()
    files = (ModelFile(file.name, len(content), hashlib.sha256(content).hexdigest()),)
    ModelStore(home.models).add_entry(
        ModelEntry(
            "tiny", "Tiny", "instruction", "gguf", "MIT", 2048, len(content), 0,
            files=files, sources=(LocalSource("nowhere"),), added=True,
        )
    )  # fmt: skip
    return file


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    write_adapter(tmp_path / "adapter.gguf")
    return tmp_path / "adapter.gguf"


def _sorter(wire: Wire) -> str:
    """The model that answers when nobody says which."""
    reply: dict[str, Any] = wire.call("tabs.categorize", tabs=[TAB], wait_ms=60_000)
    return str(reply["model"])


@pytest.mark.model
@pytest.mark.parametrize("kind", ["adapter", "merged"])
def test_the_next_tab_is_sorted_by_what_was_deployed_and_after_a_rollback_as_before(
    wire: Wire, base: Path, adapter: Path, tmp_path: Path, kind: str
) -> None:
    file = adapter
    if kind == "merged":
        file = tmp_path / "merged.gguf"
        merge_adapter(base, file)
    before = _sorter(wire)
    made = wire.call(
        "finetune.deploy", file=str(file), base="tiny", kind=kind, record=RECORD, figures={"macro_f1": 0.7}
    )["deployment"]
    assert (made["model"], made["in_use"], made["installed"]) == ("tiny-tabs-1", True, True)
    assert _sorter(wire) == "tiny-tabs-1"
    roles = {role["role"]: role["model"] for role in wire.call("models.list")["roles"]}
    assert roles["categories"] == "tiny-tabs-1"
    assert roles["chat"] == "tiny"
    back = wire.call("finetune.rollback")
    assert back["deployment"]["in_use"] is False
    assert _sorter(wire) == before
    listed = wire.call("finetune.deployments")
    assert listed.get("in_use") is None
    assert [one["figures"] for one in listed["deployments"]] == [{"macro_f1": 0.7}]


@pytest.mark.model
def test_a_profile_with_categories_that_it_was_not_trained_for_is_answered_by_another(
    wire: Wire, base: Path, adapter: Path
) -> None:
    assert base.is_file()
    before = _sorter(wire)
    wire.call("finetune.deploy", file=str(adapter), base="tiny", kind="adapter", record=RECORD)
    assert _sorter(wire) == "tiny-tabs-1"
    wire.call("categories.set", categories=[{"name": "My cats", "description": "pets"}])
    assert _sorter(wire) not in {"tiny-tabs-1", "tiny"}
    (listed,) = wire.call("finetune.deployments")["deployments"]
    assert listed["in_use"] is True
    assert "was not trained for My cats" in listed["text"]
    # Who names it gets it, as to be measured.
    named = wire.call("tabs.categorize", tabs=[TAB], engine="tiny-tabs-1", wait_ms=60_000)
    assert named["model"] == "tiny-tabs-1"
    wire.call("categories.set", categories=[{"name": "My cats", "enabled": False}])
    assert _sorter(wire) == "tiny-tabs-1"
    wire.call("categories.set", categories=[{"key": "dev", "name": "Code"}])
    assert _sorter(wire) != "tiny-tabs-1"
    assert before == "tiny"


@pytest.mark.model
def test_a_model_that_is_only_put_in_answers_when_it_is_named(wire: Wire, base: Path, adapter: Path) -> None:
    assert base.is_file()
    before = _sorter(wire)
    made = wire.call("finetune.deploy", file=str(adapter), base="tiny", kind="adapter", id="c-1", use=False)
    assert made["deployment"]["in_use"] is False
    assert _sorter(wire) == before
    named = wire.call("tabs.categorize", tabs=[TAB], engine="c-1", wait_ms=60_000)
    assert (named["model"], named["engine"]) == ("c-1", "instruction")


def test_what_cannot_be_deployed_is_refused_with_words(wire: Wire, base: Path, adapter: Path) -> None:
    def refuse(**params: Any) -> str:
        error = wire.ask("finetune.deploy", **{"file": str(adapter), "kind": "adapter", **params})["error"]
        return str(error["message"])

    assert "no model named" in refuse(base="nobody")
    assert "not a LoRA adapter" in refuse(base="tiny", file=str(base))
    assert "figures" in refuse(base="tiny", figures={"long": "x" * 70_000})
    assert "temperature" in refuse(base="tiny", record={"label_calibration": {"temperature": 0}})
    assert "record" in refuse(base="tiny", record={"unknown": 1})
    assert "kind" in refuse(base="tiny", kind="whole")
    assert "nothing to take back" in wire.ask("finetune.rollback")["error"]["message"]
    assert wire.call("finetune.deployments") == {"deployments": [], "in_use": None}
