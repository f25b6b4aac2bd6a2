"""`finetune.state`: whether a training could be begun, as a page is told that before anybody asks for one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from host.improvement.readiness import NEEDED
from tests.tiny_language_models import install_language_model

if TYPE_CHECKING:
    from host.core.paths import Paths
    from tests.wire import Wire


def test_what_is_missing_for_a_training_is_said_one_thing_after_another(wire: Wire, home: Paths) -> None:
    assert "No model that can be trained is installed." in wire.call("finetune.state")["hindrance"]
    install_language_model(home.models, "tiny")
    assert "There are no corrections to learn from so far" in wire.call("finetune.state")["hindrance"]
    for number in range(NEEDED):
        wire.call("tabs.correct", url=f"https://s{number}.example/", title=f"Page {number}", category="Dev")
    state = wire.call("finetune.state")
    assert state.get("hindrance") is None
    assert state["job"]["state"] == "none"
    assert f"{NEEDED} corrections" in state["job"]["text"]


def test_while_a_training_is_wanted_nothing_stands_in_its_way(wire: Wire, home: Paths) -> None:
    install_language_model(home.models, "tiny")
    for number in range(NEEDED):
        wire.call("tabs.correct", url=f"https://s{number}.example/", title=f"Page {number}", category="Dev")
    assert wire.call("finetune.improve")["job"]["state"] == "waiting"
    wire.call("tabs.forget", all=True)
    state = wire.call("finetune.state")
    assert state["job"]["state"] == "waiting"
    assert state.get("hindrance") is None
    assert wire.call("finetune.cancel")["job"]["state"] == "cancelled"
    assert "no corrections" in wire.call("finetune.state")["hindrance"]


@pytest.mark.parametrize("how", ["tabs.forget", "pages.delete"])
def test_what_is_taken_back_is_gone_from_a_training_that_has_not_ended(
    wire: Wire, home: Paths, how: str
) -> None:
    install_language_model(home.models, "tiny")
    for number in range(NEEDED):
        wire.call("tabs.correct", url=f"https://s{number}.example/", title=f"Page {number}", category="Dev")
    wire.call("finetune.improve")
    job = json.loads((home.data / "finetune" / "job.json").read_text(encoding="utf-8"))
    file = Path(job["folder"]) / "train.jsonl"
    file.parent.mkdir()
    rows = [
        {"title": f"Page {number}", "url": f"https://s{number}.example/", "source": "correction"}
        for number in range(NEEDED)
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    if how == "tabs.forget":
        (first,) = wire.call("tabs.corrections", limit=1, offset=0)["corrections"]
        wire.call("tabs.forget", ids=[first["id"]])
        gone = first["url"]
    else:
        gone = "https://s0.example/"
        wire.call("pages.delete", urls=[gone])
    left = [json.loads(line)["url"] for line in file.read_text(encoding="utf-8").splitlines()]
    assert left == [row["url"] for row in rows if row["url"] != gone]
    assert len(left) == NEEDED - 1


def test_a_model_that_was_trained_for_categories_is_told_as_good_for_nothing_else(
    wire: Wire, home: Paths
) -> None:
    file = install_language_model(home.models, "tiny")
    wire.call("finetune.deploy", file=str(file), base="tiny", kind="merged", id="sorter", use=False)
    models = {model["id"]: model for model in wire.call("models.list")["models"]}
    assert models["sorter"]["only_for"] == ["categories"]
    assert models["tiny"]["only_for"] == []
