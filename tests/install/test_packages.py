from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from host.install import packages
from host.install.layout import Layout, find_layout
from host.install.packages import (
    advise_for_pip,
    list_installed,
    packages_step,
    read_requirements,
    requirement_name,
)
from host.install.steps import StepError
from host.install.torch_choice import TorchChoice
from tests.install.layouts import make_layout

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PYPROJECT = """
[project]
dependencies = ["apsw-sqlite3mc>=3", "llama-cpp-python>=0.3", "torch>=2.5,<3"]
[project.optional-dependencies]
test = ["pytest>=8"]
finetune = ["peft>=0.17,<1"]
"""


class Pip:
    """Stands in for pip at the edge: what is asked for is installed at once, in memory."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.installed: dict[str, str] = {}
        self.asked: list[list[str]] = []
        self.removed: list[list[str]] = []
        monkeypatch.setattr(packages, "install_with_pip", self.install)
        monkeypatch.setattr(packages, "uninstall_with_pip", self.uninstall)
        monkeypatch.setattr(packages, "list_installed", lambda _: dict(self.installed))
        monkeypatch.setattr(packages, "choose_torch", lambda *_: TorchChoice(("torch==2.6.0+cpu",)))

    def install(self, python: Path, arguments: Sequence[str], progress: Callable[[str], None]) -> None:
        progress(str(python))
        self.asked.append(list(arguments))
        if "--editable" in arguments:
            self.installed["ai-history"] = "0.1.0"
        else:
            wanted = [item for item in arguments if not item.startswith("--")]
            self.installed.update({requirement_name(item): "1" for item in wanted})

    def uninstall(self, python: Path, names: Sequence[str], progress: Callable[[str], None]) -> None:
        progress(str(python))
        self.removed.append(list(names))
        for name in names:
            self.installed.pop(name, None)


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch) -> Pip:
    return Pip(monkeypatch)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = make_layout(tmp_path)
    made.environment.mkdir(parents=True)
    (made.root / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    (made.environment / "pyvenv.cfg").write_text("version = 3.11.7\n", encoding="utf-8")
    return made


def ignore(_: str) -> None:
    """Takes progress and does nothing with it."""


def test_everything_but_llama_is_installed_and_then_it_is_done(layout: Layout, pip: Pip) -> None:
    step = packages_step(layout)
    assert step.check() is None
    step.run(ignore)
    assert pip.asked[0] == ["apsw-sqlite3mc>=3", "torch>=2.5,<3", "torch==2.6.0+cpu"]
    assert pip.asked[1] == [*packages.EDITABLE, str(layout.root)]
    assert step.check() is not None


def test_changed_requirements_are_installed(layout: Layout, pip: Pip) -> None:
    packages_step(layout).run(ignore)
    (layout.root / "pyproject.toml").write_text(
        PYPROJECT.replace("sqlite3mc>=3", "sqlite3mc>=4"), encoding="utf-8"
    )
    assert packages_step(layout).check() is None


def test_another_python_in_the_environment_installs_again(layout: Layout, pip: Pip) -> None:
    packages_step(layout).run(ignore)
    (layout.environment / "pyvenv.cfg").write_text("version = 3.12.1\n", encoding="utf-8")
    assert packages_step(layout).check() is None


def test_a_package_removed_by_hand_is_noticed(layout: Layout, pip: Pip) -> None:
    packages_step(layout).run(ignore)
    del pip.installed["apsw-sqlite3mc"]
    assert packages_step(layout).check() is None


def test_the_engine_without_encryption_leaves_an_environment_that_has_it(layout: Layout, pip: Pip) -> None:
    packages_step(layout).run(ignore)
    pip.installed["apsw"] = "3.50"
    step = packages_step(layout)
    assert step.check() is None
    step.run(ignore)
    # Both own one folder, so both go, and the wanted one is installed again by itself.
    assert pip.removed == [["apsw", "apsw-sqlite3mc"]]
    assert pip.asked[-2] == ["--no-deps", "apsw-sqlite3mc>=3"]
    assert "apsw" not in pip.installed
    assert pip.installed["apsw-sqlite3mc"] == "1"
    assert step.check() is not None


def test_an_exchange_of_engines_that_breaks_off_is_finished_by_the_next_run(
    layout: Layout, pip: Pip, monkeypatch: pytest.MonkeyPatch
) -> None:
    pip.installed["apsw"] = "3.50"
    whole = pip.install

    def break_off(python: Path, arguments: Sequence[str], progress: Callable[[str], None]) -> None:
        if "--no-deps" in arguments:
            raise StepError("pip install failed: no network", "Run this again.")
        whole(python, arguments, progress)

    monkeypatch.setattr(packages, "install_with_pip", break_off)
    with pytest.raises(StepError):
        packages_step(layout).run(ignore)
    assert not {"apsw", "apsw-sqlite3mc"} & pip.installed.keys()
    monkeypatch.setattr(packages, "install_with_pip", whole)
    packages_step(layout).run(ignore)
    assert pip.installed["apsw-sqlite3mc"] == "1"
    assert packages_step(layout).check() is not None


def test_the_test_extra_stays_when_the_plain_installer_runs_afterwards(layout: Layout, pip: Pip) -> None:
    packages_step(layout, ("test",)).run(ignore)
    assert packages_step(layout).check() is not None
    del pip.installed["apsw-sqlite3mc"]
    packages_step(layout).run(ignore)
    assert "pytest>=8" in pip.asked[2]
    assert packages_step(layout, ("test",)).check() is not None


def test_an_extra_is_installed_once_and_a_second_run_changes_nothing(layout: Layout, pip: Pip) -> None:
    packages_step(layout).run(ignore)
    step = packages_step(layout, ("finetune",))
    assert step.check() is None
    step.run(ignore)
    assert "peft>=0.17,<1" in pip.asked[2]
    assert step.check() is not None


def test_an_extra_of_an_earlier_run_is_repaired_without_being_named_again(layout: Layout, pip: Pip) -> None:
    packages_step(layout, ("finetune",)).run(ignore)
    del pip.installed["peft"]
    assert packages_step(layout).check() is None
    packages_step(layout).run(ignore)
    assert pip.installed["peft"] == "1"


def test_a_damaged_stamp_installs_again(layout: Layout, pip: Pip) -> None:
    packages_step(layout).run(ignore)
    (layout.environment / packages.STAMP_NAME).write_text("{", encoding="utf-8")
    assert packages_step(layout).check() is None
    packages_step(layout).run(ignore)
    assert packages_step(layout).check() is not None


def test_the_projects_own_requirements_can_be_read() -> None:
    file = find_layout().root / "pyproject.toml"
    names = {requirement_name(item) for item in read_requirements(file, ("test",))}
    assert {"apsw-sqlite3mc", "keyring", "llama-cpp-python", "torch", "lxml", "pytest"} <= names


def test_what_is_installed_is_listed_by_normalised_name() -> None:
    installed = list_installed(Path(sys.executable))
    assert "pydantic-core" in installed
    assert json.dumps(installed)


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("OSError: [Errno 28] No space left on device", "disk"),
        ("WARNING: Retrying after connection broken by 'NewConnectionError'", "network"),
        ("ERROR: No matching distribution found for torch", "Python"),
        ("something else", "message"),
    ],
)
def test_the_fix_of_a_failed_pip_fits_its_cause(line: str, word: str) -> None:
    assert word in advise_for_pip([line])
