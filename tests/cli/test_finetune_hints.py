"""What a person is told to run can be run."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import click
import pytest

from host.cli_commands.program import cli
from tests.cli.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# A command ends where a sentence or a clause of it does.
_HINT = re.compile(r"ai-history (finetune(?: [^\s.;:,()`]+(?:\.\w+)?)*)")
_PLACE = "VALUE"


def find_hints(file: Path) -> Iterator[str]:
    """Commands in the texts of a file, but for its docstrings; what is filled in is one word."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Expr):
            # A docstring; its constant is walked to as well.
            if isinstance(node.value, ast.Constant):
                node.value.value = None
        elif isinstance(node, ast.JoinedStr):
            parts = [str(one.value) if isinstance(one, ast.Constant) else _PLACE for one in node.values]
            yield from _HINT.findall("".join(parts))
            for one in node.values:
                if isinstance(one, ast.Constant):
                    one.value = None
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _HINT.findall(re.sub(r"\{\w+\}", _PLACE, node.value))


def read_all() -> dict[str, str]:
    """Every hint, with the file that has it."""
    return {
        hint: file.relative_to(ROOT).as_posix()
        for file in sorted((ROOT / "host").rglob("*.py"))
        for hint in find_hints(file)
    }


HINTS = read_all()


def take(words: list[str]) -> click.Command:
    """The command that words name, after its options and their values were taken off them.

    Raises:
        click.UsageError: it has no such option, or takes no such word.
    """
    command: click.Command = cli
    while isinstance(command, click.Group):
        found = command.get_command(click.Context(command), words.pop(0))
        assert found is not None
        command = found
    options = {name: one for one in command.params for name in (*one.opts, *one.secondary_opts)}
    takes_words = any(isinstance(one, click.Argument) for one in command.params)
    while words:
        word = words.pop(0)
        if not word.startswith("-"):
            if word.islower():
                # "A folder of ai-history finetune train has …": prose goes on.
                break
            if not takes_words:
                raise click.UsageError(f"{word} is no option of {command.name}")
            continue
        option = options.get(word)
        if option is None:
            raise click.UsageError(f"{command.name} has no {word}")
        if isinstance(option, click.Option) and not option.is_flag:
            if not words:
                raise click.UsageError(f"{word} needs a value")
            words.pop(0)
    return command


def test_the_hints_are_found() -> None:
    assert "finetune convert --model VALUE" in HINTS
    assert "finetune train --resume --output VALUE" in HINTS
    assert len(HINTS) > 10


@pytest.mark.parametrize("hint", HINTS)
def test_a_command_that_a_person_is_told_to_run_is_taken(hint: str) -> None:
    assert take(hint.split()).name in hint.split(), HINTS[hint]


@pytest.mark.parametrize(
    "hint", ["finetune convert VALUE", "finetune convert --folder VALUE", "finetune convert --model"]
)
def test_a_command_that_would_be_refused_is_noticed(hint: str) -> None:
    with pytest.raises(click.UsageError):
        take(hint.split())
