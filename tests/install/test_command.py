from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from host.install.command import CommandError, run_command

if TYPE_CHECKING:
    from pathlib import Path


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_lines_are_passed_on_and_returned() -> None:
    heard: list[str] = []
    lines = run_command(python("print('one'); import sys; print('two', file=sys.stderr)"), heard.append)
    assert sorted(lines) == ["one", "two"]
    assert "one" in heard


def test_a_failure_carries_its_code_and_the_line_that_says_why() -> None:
    code = (
        "print('Collecting x'); print('ERROR: No matching distribution'); print('more'); raise SystemExit(3)"
    )
    with pytest.raises(CommandError) as caught:
        run_command(python(code), lambda _: None)
    assert caught.value.code == 3
    assert caught.value.cause == "No matching distribution"


def test_a_compilers_complaint_is_the_cause() -> None:
    error = CommandError(
        ["pip"], 1, ["[1/2] x", "a.cpp:3:1: error: no such instruction", "ninja: build stopped"]
    )
    assert error.cause == "a.cpp:3:1: error: no such instruction"


def test_npms_complaint_is_the_cause() -> None:
    error = CommandError(
        ["npm"], 1, ["npm warn x", "npm error code EUSAGE", "npm error", "npm error no lock file"]
    )
    assert error.cause == "npm error no lock file"


def test_a_program_that_is_not_there_is_an_ordinary_failure(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as caught:
        run_command([str(tmp_path / "missing")], lambda _: None)
    assert caught.value.code == 127


def test_variables_are_added_to_ours() -> None:
    lines = run_command(
        python("import os; print(os.environ['SPECIAL'])"), lambda _: None, environment={"SPECIAL": "given"}
    )
    assert lines == ["given"]


def test_bytes_that_are_no_text_do_no_harm() -> None:
    assert len(run_command(python("import os; os.write(1, b'\\xff\\xfe bad\\n')"), lambda _: None)) == 1
