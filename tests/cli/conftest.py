"""Fixtures of the command lines: a stand-in for the daemon, a project to classify, and commands to run."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from host.classify_cli import main as classify_main
from host.cli import main as history_main
from tests.cli.stand_in import StandIn, make_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from host.core.paths import Paths

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def daemon(home: Paths) -> Iterator[StandIn]:
    """A stand-in with one installed model of each type that classifies, and one to download."""
    made = StandIn(home)
    for model in (
        make_model("mini", roles=["search", "categories"]),
        make_model("talker", type="instruction", format="gguf", size=98_000_000),
        make_model("far", installed=False, state="available", languages=["mul"]),
        make_model("orderer", type="reranker"),
    ):
        made.models[model.id] = model
    made.roles["categories"] = "mini"
    made.start()
    yield made
    made.stop()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """Runs `classify` in this process; with `program="ai-history"` the other command line."""

    def call(*arguments: str | Path, program: str = "classify") -> Ended:
        monkeypatch.setattr(sys, "argv", [program, *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            (classify_main if program == "classify" else history_main)()
        captured = capsys.readouterr()
        code = ended.value.code
        assert code is None or isinstance(code, int)
        return Ended(code or 0, captured.out, captured.err)

    return call


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A few files of several kinds."""
    folder = tmp_path / "project"
    for name, text in {
        "src/main.py": "def main():\n    return 1\n",
        "src/util.py": "def help():\n    return 2\n",
        "README.md": "# A project\n\nIt does things.\n",
        "notes.txt": "",
        "build/out.py": "x = 1\n",
        ".gitignore": "build/\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    return folder


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts `classify` as a process of its own, in the environment of the test."""
    started: list[subprocess.Popen[str]] = []

    def begin(*arguments: str | Path) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "host.classify_cli", *map(str, arguments)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()
