from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from host.install.browsers import BROWSERS
from host.install.removal import stop_daemon
from host.install.steps import StepError
from host.install.try_out import choose_browser, find_program, make_command, try_browser
from tests.install.layouts import make_layout

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="programs are found on PATH on Linux")

# A stand-in for a browser: it records its arguments and the manifest that it finds in its profile.
FAKE_BROWSER = """#!/bin/sh
for argument in "$@"; do
    case "$argument" in --user-data-dir=*) profile=${argument#--user-data-dir=} ;; esac
done
printf '%s\\n' "$@" > "$RECORD/arguments"
cp "$profile/NativeMessagingHosts/com.ai_history.host.json" "$RECORD/manifest"
ls "$AI_HISTORY_HOME/models" > "$RECORD/models"
"""


def put_program(folder: Path, name: str) -> Path:
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(FAKE_BROWSER, encoding="utf-8")
    program.chmod(0o755)
    return program


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with nothing on it but a shell's own tools and what the test puts there."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for tool in ("cp", "ls"):
        (folder / tool).symlink_to(shutil.which(tool) or f"/bin/{tool}")
    monkeypatch.setenv("PATH", str(folder))
    return folder


def test_a_browser_gets_a_throw_away_profile_and_leaves_nothing(
    tmp_path: Path, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_program(programs, "chromium")
    record = tmp_path / "record"
    record.mkdir()
    throw_away = tmp_path / "temporary"
    throw_away.mkdir()
    monkeypatch.setenv("RECORD", str(record))
    monkeypatch.setattr(tempfile, "tempdir", str(throw_away))
    layout = make_layout(tmp_path / "machine")
    (layout.paths.models / "a-model").mkdir(parents=True)
    try_browser(layout, list(BROWSERS.values()), "linux", None)
    arguments = (record / "arguments").read_text(encoding="utf-8").splitlines()
    assert f"--load-extension={layout.extension}" in arguments
    manifest = json.loads((record / "manifest").read_text(encoding="utf-8"))
    assert manifest["path"].startswith(str(throw_away))
    assert (record / "models").read_text(encoding="utf-8") == "a-model\n"
    assert list(throw_away.iterdir()) == []
    assert (layout.paths.models / "a-model").is_dir()


def test_the_daemon_of_the_throw_away_home_is_stopped_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECORD", str(tmp_path))
    layout = make_layout(tmp_path / "machine", home=tmp_path / "throw-away")
    layout.paths.create()
    layout.python.parent.mkdir(parents=True)
    layout.python.write_text('#!/bin/sh\necho "$AI_HISTORY_HOME" "$@" > "$RECORD/asked"\n', encoding="utf-8")
    layout.python.chmod(0o755)
    stop_daemon(layout)
    asked = (tmp_path / "asked").read_text(encoding="utf-8").split()
    assert asked == [str(tmp_path / "throw-away"), "-I", "-m", "host.cli", "daemon", "stop"]


def test_a_daemon_that_cannot_be_asked_is_ended(tmp_path: Path) -> None:
    layout = make_layout(tmp_path / "machine")
    layout.paths.create()
    layout.python.parent.mkdir(parents=True)
    layout.python.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    layout.python.chmod(0o755)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        (layout.paths.run / "daemon.json").write_text(f'{{"pid": {process.pid}}}', encoding="utf-8")
        stop_daemon(layout)
        assert process.wait(timeout=30) == -signal.SIGTERM


def test_chrome_alone_is_refused_with_what_to_do_instead(programs: Path) -> None:
    put_program(programs, "google-chrome")
    with pytest.raises(StepError) as caught:
        choose_browser([BROWSERS["chrome"]], "linux")
    assert "chrome://extensions" in caught.value.fix
    assert "--browser chromium" in caught.value.fix


def test_a_browser_that_can_is_preferred_to_chrome(programs: Path) -> None:
    put_program(programs, "google-chrome")
    brave = put_program(programs, "brave-browser")
    assert choose_browser(list(BROWSERS.values()), "linux") == (BROWSERS["brave"], brave)


def test_without_a_browser_it_is_said_which_to_install(programs: Path) -> None:
    assert find_program(BROWSERS["chromium"], "linux") is None
    with pytest.raises(StepError, match="not installed here: Chromium"):
        choose_browser([BROWSERS["chromium"]], "linux")


def test_the_sandbox_is_given_up_only_for_root() -> None:
    arguments = (Path("/b"), Path("/p"), Path("/e"))
    assert "--no-sandbox" in make_command(*arguments, root=True)
    assert "--no-sandbox" not in make_command(*arguments, root=False)
