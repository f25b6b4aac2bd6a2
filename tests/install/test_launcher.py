from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from host.install.launcher import write_launcher

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell runs it")
# A stand-in for Python that says how it was called.
FAKE_PYTHON = '#!/bin/sh\nprintf "%s\\n" "$AI_HISTORY_HOME" "$@"\n'


def run_launcher(folder: Path, home: Path | None, arguments: list[str], **variables: str) -> list[str]:
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(FAKE_PYTHON, encoding="utf-8")
    python.chmod(0o755)
    launcher = folder / "launcher"
    launcher.write_bytes(write_launcher("linux", python, home))
    launcher.chmod(0o755)
    environment = {key: value for key, value in os.environ.items() if key != "AI_HISTORY_HOME"}
    answer = subprocess.run(
        [str(launcher), *arguments],
        env={**environment, **variables},
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    return answer.stdout.splitlines()


@posix_only
@pytest.mark.parametrize("name", ["plain", "with space", "it's", 'say "hi"', "$HOME `id` \\ back", "ümläut"])
def test_the_launcher_survives_any_folder_name(tmp_path: Path, name: str) -> None:
    origin = "chrome-extension://egladjbpjcpoeigoammplpnelkkplhli/"
    folder = tmp_path / name
    said = run_launcher(folder, folder / "home", [origin, "two words"])
    assert said == [str(folder / "home"), "-I", "-m", "host", origin, "two words"]


@posix_only
def test_the_launcher_prefers_the_home_of_its_own_environment(tmp_path: Path) -> None:
    said = run_launcher(tmp_path, tmp_path / "recorded", [], AI_HISTORY_HOME="/given")
    assert said[0] == "/given"


@posix_only
def test_without_a_home_the_launcher_sets_none(tmp_path: Path) -> None:
    assert run_launcher(tmp_path, None, [])[0] == ""


@posix_only
def test_a_launcher_whose_python_is_gone_names_the_command_that_repairs_it(tmp_path: Path) -> None:
    launcher = tmp_path / "launcher"
    launcher.write_bytes(write_launcher("linux", tmp_path / "gone" / "python", None))
    answer = subprocess.run(
        ["/bin/sh", str(launcher)], capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert answer.returncode == 127
    assert "python3 -m host.install" in answer.stderr
    assert answer.stdout == ""


def test_the_windows_launcher_quotes_its_paths_and_keeps_percent_signs() -> None:
    text = write_launcher("win32", Path("C:/100% mine/python.exe"), Path("C:/My Data")).decode("utf-8")
    assert '"C:/100%% mine/python.exe" -I -m host %*\r\n' in text
    assert 'if not defined AI_HISTORY_HOME set "AI_HISTORY_HOME=C:/My Data"\r\n' in text
    assert text.startswith("@echo off\r\n")
    assert "\n" not in text.replace("\r\n", "")
