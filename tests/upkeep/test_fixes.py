"""An error about a person's data says what they can do about it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from host.core import errors

HOST = Path(errors.__file__).parents[1]
# What somebody took back themselves needs no advice.
WITHOUT = {"Cancelled"}
NAMES = {name for name, one in vars(errors).items() if isinstance(one, type)} - WITHOUT


def _find_bare(file: Path) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Raise)
        and isinstance(node.exc, ast.Call)
        and isinstance(node.exc.func, ast.Name)
        and node.exc.func.id in NAMES
        and not any(keyword.arg == "fix" for keyword in node.exc.keywords)
    ]


@pytest.mark.parametrize("folder", ["upkeep", "explorer"])
def test_every_error_says_what_to_do(folder: str) -> None:
    files = sorted((HOST / folder).glob("*.py"))
    assert files
    assert {file.name: lines for file in files if (lines := _find_bare(file))} == {}
