"""The process that a daemon is tied to."""

from __future__ import annotations

import subprocess
import sys

import pytest

from host.core.parent import PARENT_VARIABLE, Parent
from tests.makers import wait_until


@pytest.mark.parametrize("named", [None, "", "nobody"])
def test_without_a_parent_none_is_missed(monkeypatch: pytest.MonkeyPatch, named: str | None) -> None:
    monkeypatch.delenv(PARENT_VARIABLE, raising=False)
    if named is not None:
        monkeypatch.setenv(PARENT_VARIABLE, named)
    assert not Parent().is_gone


def test_a_parent_is_gone_when_it_has_ended_even_before_anybody_asks_how(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    process = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    monkeypatch.setenv(PARENT_VARIABLE, str(process.pid))
    parent = Parent()
    assert not parent.is_gone
    assert process.stdin is not None
    process.stdin.close()
    wait_until(lambda: parent.is_gone, "it is missed")
    process.wait()
    wait_until(lambda: Parent().is_gone, "a late daemon misses it, too")
