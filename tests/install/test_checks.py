from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from host.install.browsers import BROWSERS
from host.install.checks import Check, check_registration
from host.install.registration import apply_plan, plan_registration
from tests.install.layouts import make_layout

if TYPE_CHECKING:
    from pathlib import Path

    from host.install.layout import Layout

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="manifests lie in folders elsewhere only")


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user with no browser on PATH."""
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return tmp_path / "user"


@pytest.fixture
def layout(user: Path) -> Layout:
    """A checkout whose host is registered with Edge and whose llama.cpp was built."""
    made = make_layout(user)
    made.python.parent.mkdir(parents=True)
    made.python.write_text("#!/bin/sh\n", encoding="utf-8")
    made.python.chmod(0o755)
    record = {"version": "0.3.36", "rung": "native"}
    (made.environment / "llama-build.json").write_text(json.dumps(record), encoding="utf-8")
    apply_plan(plan_registration(made, [BROWSERS["edge"]], "linux", user), None)
    return made


def look(layout: Layout, user: Path) -> dict[str, Check]:
    return {check.name: check for check in check_registration(layout, "linux", user)}


def manifest_of(user: Path) -> Path:
    return user / ".config/microsoft-edge/NativeMessagingHosts/com.ai_history.host.json"


def test_what_the_installer_wrote_passes(layout: Layout, user: Path) -> None:
    found = look(layout, user)
    assert set(found) == {"Launcher", "Microsoft Edge", "llama.cpp"}
    assert all(check.ok and check.fix is None for check in found.values())


@pytest.mark.parametrize(
    ("damage", "name", "words"),
    [
        ("no launcher", "Launcher", "missing"),
        ("no executable bit", "Launcher", "not executable"),
        ("other launcher", "Launcher", "another installation"),
        ("no python", "Launcher", "its Python is missing"),
        ("torn manifest", "Microsoft Edge", "damaged"),
        ("other path", "Microsoft Edge", "another program"),
        ("no origin", "Microsoft Edge", "does not allow"),
        ("no llama", "llama.cpp", "not built"),
    ],
)
def test_each_damage_is_named_with_its_fix(
    layout: Layout, user: Path, damage: str, name: str, words: str
) -> None:
    launcher, manifest = layout.launchers / "ai-history-host", manifest_of(user)
    good = json.loads(manifest.read_text(encoding="utf-8"))
    match damage:
        case "no launcher":
            launcher.unlink()
        case "no executable bit":
            launcher.chmod(0o644)
        case "other launcher":
            launcher.write_text("#!/bin/sh\n", encoding="utf-8")
        case "no python":
            layout.python.unlink()
        case "torn manifest":
            manifest.write_text('{"name"', encoding="utf-8")
        case "other path":
            manifest.write_text(json.dumps({**good, "path": "/elsewhere"}), encoding="utf-8")
        case "no origin":
            manifest.write_text(json.dumps({**good, "allowed_origins": []}), encoding="utf-8")
        case "no llama":
            (layout.environment / "llama-build.json").unlink()
    check = look(layout, user)[name]
    assert not check.ok
    assert words in check.detail
    assert check.fix is not None
    assert "python3 -m host.install" in check.fix
