from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from host.install.environment import environment_step
from host.install.steps import StepError
from tests.install.layouts import make_layout

if TYPE_CHECKING:
    from pathlib import Path

    from host.install.layout import Layout


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = make_layout(tmp_path)
    made.root.mkdir()
    return made


def ignore(_: str) -> None:
    """Takes progress and does nothing with it."""


@pytest.mark.skipif(sys.platform == "win32", reason="a running program cannot be replaced there")
def test_an_environment_is_made_then_reused_and_a_broken_one_repaired(layout: Layout) -> None:
    step = environment_step(layout)
    assert step.check() is None
    version = ".".join(str(part) for part in sys.version_info[:3])
    assert step.run(ignore) == f"Python {version} in {layout.environment}"
    assert step.check() is not None
    layout.python.unlink()
    layout.python.symlink_to(layout.root / "uninstalled-python")
    assert step.check() is None
    assert step.run(ignore).startswith("repaired: ")
    assert step.check() is not None


def test_a_folder_that_is_no_environment_is_left_alone(layout: Layout) -> None:
    layout.environment.mkdir()
    letter = layout.environment / "letter.txt"
    letter.write_text("mine", encoding="utf-8")
    with pytest.raises(StepError) as caught:
        environment_step(layout).run(ignore)
    assert str(layout.environment) in caught.value.fix
    assert letter.read_text(encoding="utf-8") == "mine"
