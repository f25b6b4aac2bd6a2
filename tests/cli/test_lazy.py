from __future__ import annotations

import importlib
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest

from host.cli_commands.lazy import LazyGroup
from host.cli_commands.program import cli
from tests.cli.conftest import ROOT
from tests.command_reference import list_commands

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from tests.cli.conftest import Ended

_SEE = """
import sys
from host.cli_commands.program import cli
try:
    cli.main([sys.argv[1], "--help"], prog_name="ai-history")
except SystemExit:
    pass
print(*sorted(name for name in sys.modules if name.startswith("host.")), file=sys.stderr)
"""


def _modules_of(command: str) -> set[str]:
    ended = subprocess.run(
        [sys.executable, "-c", _SEE, command],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return set(ended.stderr.split())


def test_a_command_pays_for_no_other() -> None:
    loaded = _modules_of("search")
    assert "host.cli_commands.search" in loaded
    assert {name for name in loaded if name.startswith(("host.evaluation", "host.finetune"))} == set()
    assert "host.cli_commands.ask" not in loaded
    assert "host.cli_commands.finetune" not in loaded


def test_every_command_that_is_named_can_be_imported() -> None:
    found = list_commands(cli)
    assert {"search", "ask", "bench", "finetune", "import"} <= found.keys()
    assert sorted(list_commands(found["finetune"])) == [  # type: ignore[arg-type]
        "convert",
        "dataset",
        "deploy",
        "evaluate",
        "improve",
        "pipeline",
        "train",
    ]


def test_an_unknown_command_is_wrong_usage(run: Callable[..., Ended]) -> None:
    ended = run("frob", program="ai-history")
    assert ended.code == 2
    assert "No such command 'frob'" in ended.err


def test_a_place_that_holds_no_command_is_an_error() -> None:
    group = LazyGroup(places={"wrong": "host.version:VERSION"})
    with pytest.raises(TypeError, match="is no command"):
        group.get_command(click.Context(group), "wrong")


@pytest.mark.parametrize("module", ["host.cli_commands.program", "host.cli_commands.search"])
def test_an_interrupt_while_a_command_is_imported_ends_without_a_traceback(
    module: str, run: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    load = importlib.import_module

    def interrupt(name: str, package: str | None = None) -> ModuleType:
        if name == module:
            raise KeyboardInterrupt
        return load(name, package)

    # Commands stay imported for as long as the group lives: this one has to be looked for again.
    monkeypatch.setattr(cli, "commands", {})
    monkeypatch.setattr(importlib, "import_module", interrupt)
    ended = run("search", "--help", program="ai-history")
    assert ended.code == 1
    assert ended.err.strip() == "Error: Stopped."
