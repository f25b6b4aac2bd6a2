from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from host.core.paths import Paths, find_paths
from host.models import download
from host.models.store import ModelStore
from tests.models.conftest import CONTENTS, HUB, make_entry, read_model

if TYPE_CHECKING:
    import pytest

    from tests.hub_server import HubServer


def add_tiny(paths: Paths) -> ModelStore:
    store = ModelStore(paths.models)
    store.add_entry(make_entry(HUB))
    return store


def test_models_are_installed_from_a_terminal_with_a_line_for_every_percent(
    home: Paths, hub: HubServer, capsys: pytest.CaptureFixture[str]
) -> None:
    add_tiny(home)
    assert download.main(["tiny", "--lines"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "  tiny: 3 of 3 MB (100 %)"
    assert len(lines) == len(set(lines))
    assert read_model(find_paths().models / "tiny") == CONTENTS


def test_a_wait_is_printed(home: Paths, hub: HubServer, capsys: pytest.CaptureFixture[str]) -> None:
    add_tiny(home)
    hub.fail("api", "503")
    assert download.main(["tiny", "--lines"]) == 0
    assert "trying again in 1 s" in capsys.readouterr().out


def test_a_failure_is_told_with_its_fix_and_an_exit_code(
    home: Paths, hub: HubServer, capsys: pytest.CaptureFixture[str]
) -> None:
    add_tiny(home)
    hub.add_repository("owner/tiny", CONTENTS, gated=True)
    assert download.main(["tiny"]) == 1
    said = capsys.readouterr().err.splitlines()
    assert "owner/tiny is gated" in said[0]
    assert said[1].startswith("Fix: Accept the licence")


def test_an_unknown_name_is_told_with_the_known_ones(home: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    assert download.main(["unknown"]) == 1
    assert "all-minilm-l6-v2" in capsys.readouterr().err


def test_asking_what_is_installed_loads_no_download_library() -> None:
    code = (
        "import sys, pathlib, host.models.downloads; from host.models.download import find_installed;"
        "find_installed('all-minilm-l6-v2', pathlib.Path('/nowhere'));"
        "heavy = {'huggingface_hub', 'tqdm', 'numpy', 'torch', 'httpx2', 'pydantic'};"
        "sys.exit(' '.join(sorted(heavy & sys.modules.keys())) or 0)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (answer.returncode, answer.stderr) == (0, b"")
