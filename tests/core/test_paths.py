from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import platformdirs
import pytest

from host.core.paths import HOME_VARIABLE, Paths, find_paths


def test_one_folder_holds_everything_when_the_user_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "here"))
    paths = find_paths()
    for path in (paths.data, paths.models, paths.log, paths.run, paths.config_file):
        assert path.parent == tmp_path / "here"
    assert paths.database("one") == tmp_path / "here" / "data" / "one" / "history.db"


def test_a_home_relative_to_the_folder_or_the_user_is_made_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(HOME_VARIABLE, "here")
    assert find_paths().data == tmp_path / "here" / "data"
    monkeypatch.setenv(HOME_VARIABLE, "~/there")
    assert find_paths().data == Path.home() / "there" / "data"


@pytest.mark.skipif(sys.platform == "win32", reason="the folders there need the registry")
@pytest.mark.parametrize("with_variables", [False, True])
def test_the_places_are_those_of_platformdirs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, with_variables: bool
) -> None:
    monkeypatch.delenv(HOME_VARIABLE)
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        if with_variables:
            monkeypatch.setenv(name, str(tmp_path / name))
        else:
            monkeypatch.delenv(name, raising=False)
    paths = find_paths()
    data = Path(platformdirs.user_data_dir("ai-history", appauthor=False))
    assert paths.data == data / "data"
    assert paths.models == data / "models"
    if sys.platform == "linux":
        assert paths.log == Path(platformdirs.user_log_dir("ai-history", appauthor=False))
        assert paths.config_file.parent == Path(platformdirs.user_config_dir("ai-history", appauthor=False))


def test_asking_for_a_path_makes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "new"))
    find_paths().database("x")
    assert not (tmp_path / "new").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has access lists instead of modes")
def test_folders_are_their_owners_alone(tmp_path: Path) -> None:
    paths = Paths(*(tmp_path / name for name in ("data", "models", "log", "run", "config.toml")))
    paths.create()
    paths.create()
    for folder in (paths.data, paths.models, paths.log, paths.run):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
