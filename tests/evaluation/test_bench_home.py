"""The temporary home of a measurement."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from host.core.paths import HOME_VARIABLE, find_paths
from host.evaluation.bench.home import temporary_home
from host.models.roles import Choices

if TYPE_CHECKING:
    from host.core.paths import Paths


def test_models_are_those_installed_and_a_choice_made_meanwhile_is_gone_with_the_home(home: Paths) -> None:
    (home.models / "mini").mkdir()
    (home.models / "mini" / "weights").write_text("w", encoding="utf-8")
    Choices(home.models).choose("chat", "mini")
    with temporary_home(models=True) as paths:
        assert paths.models != home.models
        assert (paths.models / "mini" / "weights").read_text(encoding="utf-8") == "w"
        assert Choices(paths.models).read() == {"chat": "mini"}
        Choices(paths.models).choose("chat", "other")
        Choices(paths.models).choose("search", "mini")
    assert Choices(home.models).read() == {"chat": "mini"}
    assert (home.models / "mini" / "weights").is_file()
    assert not paths.models.exists()


def test_the_installation_is_the_former_one_afterwards(home: Paths) -> None:
    with temporary_home(models=False) as paths:
        assert find_paths() == paths
        assert list(paths.models.iterdir()) == []
    assert os.environ[HOME_VARIABLE]
    assert find_paths() == home


def test_without_a_models_folder_there_are_none(home: Paths) -> None:
    home.models.rmdir()
    with temporary_home(models=True) as paths:
        assert list(paths.models.iterdir()) == []


def test_what_is_fetched_in_a_home_is_not_begun_in_the_installation(home: Paths) -> None:
    (home.models / ".partial").mkdir()
    with temporary_home(models=True) as paths:
        assert not (paths.models / ".partial").exists()
