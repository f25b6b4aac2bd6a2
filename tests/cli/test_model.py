"""`classify model …`, which is also `ai-history model …`."""

from __future__ import annotations

import json
import re
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.stand_in import make_model
from tests.makers import WAIT_S, wait_until

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended
    from tests.cli.stand_in import StandIn

    Run = Callable[..., Ended]


def test_the_list_says_what_is_here_and_what_it_is_used_for(run: Run, daemon: StandIn) -> None:
    ended = run("model", "list")
    assert ended.code == 0
    lines = {line.split()[0]: line for line in ended.out.splitlines()}
    columns = ["name", "type", "size", "languages", "licence", "state", "fits", "used for"]
    assert re.split(r"\s{2,}", lines["name"].strip()) == columns
    assert "installed" in lines["mini"]
    assert "search, categories" in lines["mini"]
    assert "not installed" in lines["far"]
    assert "about 100" in lines["far"]


def test_the_list_can_be_narrowed_and_read_by_programs(run: Run, daemon: StandIn) -> None:
    def names(*options: str) -> list[str]:
        return [model["id"] for model in json.loads(run("model", "list", "--json", *options).out)["models"]]

    assert names() == ["mini", "talker", "far", "orderer"]
    assert names("--installed") == ["mini", "talker", "orderer"]
    assert names("--type", "instruction") == ["talker"]


def test_both_command_lines_have_the_same_commands(run: Run, daemon: StandIn) -> None:
    ours = run("model", "list")
    theirs = run("model", "list", program="ai-history")
    assert (ours.code, ours.out) == (theirs.code, theirs.out)


def test_all_that_is_known_of_a_model_is_shown(run: Run, daemon: StandIn) -> None:
    ended = run("model", "info", "mini")
    for part in (
        "mini",
        "Apache-2.0",
        "256 tokens",
        "'query: '",
        "model hub: owner/name at 1234",
        "85.8 MiB",
    ):
        assert part in ended.out
    assert json.loads(run("model", "info", "mini", "--json").out)["model"]["id"] == "mini"


@pytest.mark.parametrize(
    "command",
    [
        ["info", "tlaker"],
        ["download", "tlaker"],
        ["remove", "tlaker"],
        ["verify", "tlaker"],
        ["load", "tlaker"],
        ["unload", "tlaker"],
        ["use", "chat", "tlaker"],
        ["optimise", "tlaker"],
    ],
    ids=lambda command: command[0],
)
def test_a_misspelt_name_is_answered_with_the_right_one(
    run: Run, daemon: StandIn, command: list[str]
) -> None:
    ended = run("model", *command)
    assert ended.code == 1
    assert "Did you mean talker?" in ended.err
    assert daemon.asked == []


def test_a_name_like_no_other_is_answered_with_where_to_look(run: Run, daemon: StandIn) -> None:
    assert "classify model list" in run("model", "info", "zzzzzz").err


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command may ask the network."""
    monkeypatch.delenv("AI_HISTORY_OFFLINE")


@pytest.mark.parametrize(
    "arguments",
    [["download", "far"], ["download", "mini", "far"], ["add", "owner/name"], ["recommend", "--download"]],
    ids=" ".join,
)
def test_offline_no_daemon_is_asked_to_fetch_anything(
    run: Run, daemon: StandIn, arguments: list[str]
) -> None:
    daemon.models["best"] = make_model("best", installed=False, state="available")
    ended = run("model", *arguments)
    assert ended.code == 1
    assert "AI_HISTORY_OFFLINE=1 is set, so nothing is downloaded" in ended.err
    assert daemon.asked == []


def test_offline_what_is_here_is_here(run: Run, daemon: StandIn) -> None:
    ended = run("model", "download", "mini")
    assert ended.code == 0
    assert ended.out.startswith("mini is installed")
    assert daemon.asked == []


def test_downloads_are_fetched_one_after_the_other(run: Run, daemon: StandIn, online: None) -> None:
    daemon.models["gated"] = make_model("gated", installed=False, state="available")
    ended = run("model", "download", "far", "gated", "--allow-remote-code", "owner/name")
    assert ended.code == 0
    assert [params.id for _, params in daemon.asked] == ["far", "gated"]
    assert {params.allow_remote_code for _, params in daemon.asked} == {"owner/name"}
    assert ended.out.splitlines() == ["far is installed (85.8 MiB).", "gated is installed (85.8 MiB)."]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal for a process of its own")
def test_ctrl_c_stops_a_download(
    start: Callable[..., subprocess.Popen[str]], daemon: StandIn, online: None
) -> None:
    daemon.hold = lambda name: name == "far"
    process = start("model", "download", "far")
    assert daemon.waiting.wait(WAIT_S)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=WAIT_S)
    assert process.returncode == 1
    assert "Stopped." in said
    assert "Traceback" not in said
    wait_until(lambda: daemon.cancelled == 1, "the request is taken back")


def test_removing_says_what_is_free_again(run: Run, daemon: StandIn) -> None:
    ended = run("model", "remove", "talker", "--force")
    assert ended.out == "talker is removed; 93.5 MiB are free again.\n"
    assert daemon.asked[-1][1].force


def test_checking_names_what_is_damaged_and_how_to_mend_it(run: Run, daemon: StandIn) -> None:
    assert run("model", "verify").code == 0
    daemon.models["torn"] = make_model("torn", state="damaged")
    ended = run("model", "verify")
    assert ended.code == 1
    assert "torn: damaged: model.safetensors" in ended.out
    assert "mini: whole" in ended.out
    assert "classify model download torn" in ended.err


def test_a_model_of_ones_own_is_named_by_its_whole_path(
    run: Run, daemon: StandIn, online: None, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    assert run("model", "add", tmp_path / "mine" / ".." / "mine", "--id", "mine", "--type", "nli").code == 0
    assert run("model", "add", "owner/name@main").code == 0
    sources = [params.source for _, params in daemon.asked]
    assert sources == [str((tmp_path / "mine").resolve()), "owner/name@main"]


def test_what_is_loaded_says_where_it_computes(run: Run, daemon: StandIn) -> None:
    assert "No model is loaded" in run("model", "ps").err
    assert run("model", "load", "mini").code == 0
    daemon.models["talker"] = make_model(
        "talker", state="ready", device="cuda", layers=30, layers_on_device=24, resident=2**30, idle_s=12.0
    )
    lines = {line.split()[0]: line for line in run("model", "ps").out.splitlines()}
    assert lines["mini"].split()[1:4] == ["loaded", "cpu", "256.0"]
    assert "24 of 30" in lines["talker"]
    assert "12 s" in lines["talker"]
    assert [model["id"] for model in json.loads(run("model", "ps", "--json").out)] == ["mini", "talker"]


def test_unloading_says_whether_it_was_loaded(run: Run, daemon: StandIn) -> None:
    assert run("model", "unload", "mini").out == "mini was not loaded.\n"
    run("model", "load", "mini")
    assert run("model", "unload", "mini").out == "mini is unloaded.\n"


def test_a_job_gets_another_model_and_auto_gives_it_back(run: Run, daemon: StandIn) -> None:
    ended = run("model", "use", "search", "mini")
    assert ended.out.splitlines()[0] == "search: mini"
    assert "made anew" in ended.out
    assert run("model", "use", "chat", "auto").code == 0
    assert [(params.role, params.id) for _, params in daemon.asked] == [("search", "mini"), ("chat", None)]


def test_what_is_recommended_is_downloaded_when_asked(
    run: Run, daemon: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AI_HISTORY_OFFLINE")
    daemon.models["best"] = make_model("best", installed=False, state="available")
    ended = run("model", "recommend", "--language", "DE")
    assert "best" in ended.out
    assert "It is last." in ended.out
    assert "languages: de" in ended.out
    assert daemon.asked == []
    assert run("model", "recommend", "--download").code == 0
    assert [params.id for _, params in daemon.asked] == ["best"]


def test_what_was_measured_is_shown(run: Run, daemon: StandIn) -> None:
    ended = run("model", "optimise", "talker")
    assert ended.out.splitlines()[0].split() == ["quantisation", "prompt", "tokens", "per", "s", "divergence"]
    assert "746.2" in ended.out
    assert ended.out.splitlines()[-1] == "talker is kept as Q4_0."
    assert "as downloaded" in run("model", "optimise", "talker", "--restore").out


@pytest.mark.parametrize(
    "arguments",
    [
        ["model", "use", "dreams", "mini"],
        ["model", "list", "--type", "poem"],
        ["model", "download"],
        ["model", "frob"],
    ],
    ids=["role", "type", "no name", "no command"],
)
def test_wrong_usage_ends_with_2(run: Run, daemon: StandIn, arguments: list[str]) -> None:
    assert run(*arguments).code == 2


def test_every_command_shows_how_it_is_called(run: Run) -> None:
    from host.cli_commands.model import model

    for name in model.commands:
        ended = run("model", name, "--help")
        assert ended.code == 0
        assert f"  classify model {name}" in ended.out, name
