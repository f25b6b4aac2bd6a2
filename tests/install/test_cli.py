from __future__ import annotations

import ast
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from host.core.origins import EXTENSION_ID
from host.install import cli
from host.install.browsers import BROWSERS
from host.install.cli import main
from host.install.layout import find_layout

if TYPE_CHECKING:
    from pathlib import Path

    from host.install.layout import Layout
    from host.install.steps import Step


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user whose home is empty and whose programs are none."""
    folder = tmp_path / "user"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    monkeypatch.setenv("AI_HISTORY_HOME", str(folder / "ai-history"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return folder


def test_the_extensions_id_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--extension-id"]) == 0
    assert capsys.readouterr().out == f"{EXTENSION_ID}\n"


@pytest.mark.skipif(sys.platform == "win32", reason="the registry has the manifests there")
def test_print_shows_every_file_and_writes_none(user: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--browser", "all", "--print"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("com.ai_history.host.json") == len(BROWSERS)
    assert str(user / "ai-history" / "bin" / "ai-history-host") in shown
    assert list(user.iterdir()) == []


def test_uninstall_on_a_clean_machine_says_so(user: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--uninstall", "--purge"]) == 0
    assert "Nothing was registered." in capsys.readouterr().out
    assert list(user.iterdir()) == []


def test_purge_alone_is_refused() -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--purge"])
    assert caught.value.code == 2


def test_an_unknown_extra_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--extra", "finetuning"])
    assert caught.value.code == 2
    said = capsys.readouterr().err
    assert "'finetuning'" in said
    assert "'finetune'" in said
    assert "'remote'" in said


def test_extras_are_handed_to_the_step_that_installs_packages(
    user: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []

    def note(_: Layout, *, extras: tuple[str, ...], models: bool) -> list[Step]:
        assert not models
        asked.append(extras)
        return []

    monkeypatch.setattr(cli, "list_environment_steps", note)
    monkeypatch.setattr(cli, "_try", lambda *_: 0)
    assert (
        main(["--extra", "finetune", "--extra", "remote", "--extra", "finetune", "--no-models", "--try"]) == 0
    )
    assert asked == [("finetune", "remote")]


@pytest.mark.parametrize("wrong", ["*", "chrome-extension://x/", "abc", "z" * 32])
def test_only_an_extension_id_can_be_allowed(wrong: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--allow-extension", wrong, "--print"])
    assert caught.value.code == 2


def test_the_installer_starts_with_the_standard_library_alone() -> None:
    # -S leaves out site-packages: what works then works on a bare machine.
    answer = subprocess.run(
        [sys.executable, "-S", "-m", "host.install", "--browser", "chrome", "--print"],
        cwd=find_layout().root,
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert "allowed_origins" in answer.stdout


@pytest.mark.parametrize("name", ["host/__init__.py", "host/install/__init__.py", "host/install/__main__.py"])
def test_an_old_python_can_read_far_enough_to_be_told_that_it_is_too_old(name: str) -> None:
    text = (find_layout().root / name).read_text(encoding="utf-8")
    ast.parse(text, feature_version=(3, 7))
    assert "annotations" not in text
