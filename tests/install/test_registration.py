from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from host.install.browsers import BROWSERS
from host.install.registration import Plan, apply_plan, find_differences, plan_registration
from host.install.removal import list_registered, purge, remove_registration
from tests.install.layouts import make_layout


class MemoryRegistry:
    """The Windows registry in memory, held to the same protocol."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def read(self, key: str) -> str | None:
        return self.values.get(key)

    def write(self, key: str, value: str) -> None:
        self.values[key] = value

    def delete(self, key: str) -> bool:
        return self.values.pop(key, None) is not None


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder that stands for a whole machine and a user's home."""
    folder = tmp_path / "machine"
    folder.mkdir()
    return folder


def plan_all(folder: Path) -> Plan:
    return plan_registration(make_layout(folder), list(BROWSERS.values()), "linux", folder)


def snapshot(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    return {
        str(path): (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_mode)
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_registration_names_the_launcher_and_the_extension_for_every_browser(machine: Path) -> None:
    apply_plan(plan_all(machine), None)
    manifests = sorted(machine.rglob("com.ai_history.host.json"))
    assert len(manifests) == len(BROWSERS)
    for path in manifests:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        assert Path(manifest["path"]).is_absolute()
        assert os.access(manifest["path"], os.X_OK)
        assert manifest["name"] == "com.ai_history.host"
        assert manifest["type"] == "stdio"
        assert manifest["allowed_origins"] == ["chrome-extension://egladjbpjcpoeigoammplpnelkkplhli/"]


def test_a_second_registration_changes_nothing(machine: Path) -> None:
    apply_plan(plan_all(machine), None)
    before = snapshot(machine)
    assert find_differences(plan_all(machine), None) == []
    assert apply_plan(plan_all(machine), None) == []
    assert snapshot(machine) == before


def test_a_manifest_with_a_wrong_path_is_repaired_and_nothing_else_written(machine: Path) -> None:
    apply_plan(plan_all(machine), None)
    broken = machine / ".config/vivaldi/NativeMessagingHosts/com.ai_history.host.json"
    good = broken.read_bytes()
    broken.write_bytes(good.replace(b"share", b"gone"))
    assert apply_plan(plan_all(machine), None) == [str(broken)]
    assert broken.read_bytes() == good


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no executable bit")
def test_a_launcher_that_lost_its_executable_bit_gets_it_back(machine: Path) -> None:
    plan = plan_all(machine)
    apply_plan(plan, None)
    launcher = plan.files[0].path
    launcher.chmod(0o644)
    assert apply_plan(plan, None) == [str(launcher)]
    assert os.access(launcher, os.X_OK)


def test_a_moved_checkout_rewrites_the_launcher(machine: Path) -> None:
    apply_plan(plan_all(machine), None)
    moved = replace(make_layout(machine), root=machine / "moved")
    plan = plan_registration(moved, [BROWSERS["chrome"]], "linux", machine)
    assert apply_plan(plan, None) == [str(plan.files[0].path)]
    assert str(machine / "moved") in plan.files[0].path.read_text(encoding="utf-8")


def test_uninstall_leaves_no_file_and_no_folder_behind(machine: Path) -> None:
    (machine / ".config").mkdir()
    (machine / ".config" / "other.txt").write_text("mine", encoding="utf-8")
    apply_plan(plan_all(machine), None)
    files = list_registered(make_layout(machine), "linux", machine)
    removed = remove_registration(files, None, frozenset({machine}))
    assert len(removed) == len(BROWSERS) + 1
    assert sorted(str(path.relative_to(machine)) for path in machine.rglob("*")) == [
        ".config",
        ".config/other.txt",
    ]


def test_uninstall_leaves_the_hosts_of_others_alone(machine: Path) -> None:
    apply_plan(plan_all(machine), None)
    other = machine / ".config/chromium/NativeMessagingHosts/org.example.json"
    other.write_text("{}", encoding="utf-8")
    files = list_registered(make_layout(machine), "linux", machine)
    remove_registration(files, None, frozenset({machine}))
    assert [path for path in machine.rglob("*") if path.is_file()] == [other]


def test_purge_deletes_data_and_models_and_nothing_beside_them(machine: Path) -> None:
    home = machine / "home"
    layout = make_layout(machine, home=home)
    layout.paths.create()
    (layout.paths.data / "history.db").write_text("rows", encoding="utf-8")
    (layout.paths.models / "model.bin").write_text("weights", encoding="utf-8")
    layout.paths.config_file.write_text("", encoding="utf-8")
    (machine / "letter.txt").write_text("mine", encoding="utf-8")
    purge(layout, frozenset({machine}))
    assert [path.name for path in machine.iterdir()] == ["letter.txt"]


def test_a_custom_profile_folder_is_registered_and_released(machine: Path) -> None:
    profile = machine / "profile"
    layout = make_layout(machine)
    apply_plan(plan_registration(layout, [], "linux", machine, profiles=[profile]), None)
    manifest = profile / "NativeMessagingHosts" / "com.ai_history.host.json"
    assert manifest.is_file()
    files = list_registered(layout, "linux", machine, profiles=[profile])
    profile_and_home = frozenset({machine, profile})
    assert str(manifest) in remove_registration(files, None, profile_and_home)
    assert list(profile.iterdir()) == []


def test_release_channels_are_registered_where_they_are_used(machine: Path) -> None:
    beta = machine / ".config" / "google-chrome-beta"
    beta.mkdir(parents=True)
    plan = plan_registration(make_layout(machine), [BROWSERS["chrome"]], "linux", machine)
    folders = [entry.path.parents[1].name for entry in plan.files[1:]]
    assert folders == ["google-chrome", "google-chrome-beta"]


def test_windows_gets_one_manifest_and_a_key_for_each_family_of_browsers(machine: Path) -> None:
    registry = MemoryRegistry()
    layout = make_layout(machine)
    plan = plan_registration(layout, list(BROWSERS.values()), "win32", machine)
    apply_plan(plan, registry)
    manifest = layout.launchers / "com.ai_history.host.json"
    assert json.loads(manifest.read_text(encoding="utf-8"))["path"].endswith("ai-history-host.bat")
    assert registry.values == {
        rf"Software\{family}\NativeMessagingHosts\com.ai_history.host": str(manifest)
        for family in (r"Google\Chrome", "Chromium", r"Microsoft\Edge")
    }
    assert find_differences(plan, registry) == []
    remove_registration(list_registered(layout, "win32", machine), registry, frozenset({machine}))
    assert registry.values == {}
    assert list(machine.iterdir()) == []


def test_a_key_that_points_elsewhere_is_set_right(machine: Path) -> None:
    registry = MemoryRegistry()
    plan = plan_registration(make_layout(machine), [BROWSERS["edge"]], "win32", machine)
    apply_plan(plan, registry)
    key = plan.registry[0].key
    registry.values[key] = r"C:\old.json"
    assert apply_plan(plan, registry) == [key]
    assert registry.values[key] == plan.registry[0].value


def test_further_extensions_are_allowed_beside_ours(machine: Path) -> None:
    other = "a" * 32
    plan = plan_registration(make_layout(machine), [BROWSERS["edge"]], "linux", machine, extra_ids=[other])
    origins = json.loads(plan.files[1].content)["allowed_origins"]
    assert origins == [
        "chrome-extension://egladjbpjcpoeigoammplpnelkkplhli/",
        f"chrome-extension://{other}/",
    ]
