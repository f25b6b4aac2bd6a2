"""What this machine has to compile with, and which package to install when something is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

# By need: the command per family of systems.
_ADVICE: dict[str, dict[str, str]] = {
    "compiler": {
        "debian": "sudo apt-get install g++",
        "fedora": "sudo dnf install gcc-c++",
        "arch": "sudo pacman -S gcc",
        "suse": "sudo zypper install gcc-c++",
        "alpine": "sudo apk add g++ linux-headers",
        "darwin": "xcode-select --install",
        "win32": 'install "Build Tools for Visual Studio" with "Desktop development with C++"',
        "": "install a C++ compiler (g++ or clang++)",
    },
    "venv": {
        "debian": "sudo apt-get install python3-venv",
        "": "install a Python 3.11 or newer that has the venv and ensurepip modules",
    },
    "browser": {
        "debian": "sudo apt-get install chromium",
        "fedora": "sudo dnf install chromium",
        "arch": "sudo pacman -S chromium",
        "suse": "sudo zypper install chromium",
        "alpine": "sudo apk add chromium",
        "": "install Chromium, Chrome, Edge, Brave or Vivaldi",
    },
}


def advise_package(need: str, family: str | None = None) -> str:
    """The sentence that says how to get what is missing.

    Args:
        need: compiler, venv or browser.
        family: the family of systems; this machine's when None.
    """
    advice = _ADVICE[need]
    words = advice.get(find_family() if family is None else family, advice[""])
    return f"I{words[1:]}" if words.startswith("install ") else f"Run: {words}"


def find_family() -> str:
    """The family of this system: debian, fedora, arch, suse, alpine, darwin, win32, or empty."""
    if sys.platform in {"darwin", "win32"}:
        return sys.platform
    try:
        text = Path("/etc/os-release").read_text(encoding="utf-8")
    except OSError:
        return ""
    return read_family(text)


def read_family(os_release: str) -> str:
    """The family named by the text of an `os-release` file, or an empty string."""
    words: list[str] = []
    for line in os_release.splitlines():
        key, _, value = line.partition("=")
        if key in {"ID", "ID_LIKE"}:
            words += value.strip("\"'").lower().split()
    known = {
        "debian": "debian",
        "ubuntu": "debian",
        "fedora": "fedora",
        "rhel": "fedora",
        "centos": "fedora",
        "arch": "arch",
        "suse": "suse",
        "opensuse": "suse",
        "alpine": "alpine",
    }
    return next((known[word] for word in words if word in known), "")


def find_compiler() -> str | None:
    """A C++ compiler, or None."""
    named = os.environ.get("CXX")
    for name in (named, "c++", "g++", "clang++", "cl"):
        found = shutil.which(name) if name else None
        if found:
            return found
    if sys.platform == "win32":
        return _find_visual_studio()
    return None


def _find_visual_studio() -> str | None:
    installer = (
        Path(os.environ.get("PROGRAMFILES(X86)", "C:/Program Files (x86)"))
        / "Microsoft Visual Studio/Installer"
    )
    try:
        answer = subprocess.run(
            [
                str(installer / "vswhere.exe"),
                *("-latest", "-products", "*", "-property", "installationPath"),
                *("-requires", "Microsoft.VisualStudio.Component.VC.Tools.x86.x64"),
            ],
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip() or None


def has_nvidia_gpu() -> bool:
    """Whether an NVIDIA GPU with a working driver is here."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return False
    try:
        answer = subprocess.run([program, "-L"], capture_output=True, timeout=20, check=False)
    except (OSError, subprocess.SubprocessError):
        return False
    return answer.returncode == 0 and b"GPU" in answer.stdout


def can_build_for_cuda() -> bool:
    """Whether code for an NVIDIA GPU can be built and run here."""
    return shutil.which("nvcc") is not None and has_nvidia_gpu()
