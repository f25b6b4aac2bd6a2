from __future__ import annotations

import pytest

from host.install.toolchain import advise_package, read_family


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("ID=debian\n", "debian"),
        ('ID=ubuntu\nID_LIKE=debian\nNAME="Ubuntu"', "debian"),
        ('ID="linuxmint"\nID_LIKE="ubuntu debian"', "debian"),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"', "fedora"),
        ("ID=manjaro\nID_LIKE=arch", "arch"),
        ('ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"', "suse"),
        ("ID=alpine", "alpine"),
        ("ID=plan9", ""),
    ],
)
def test_a_system_is_put_into_its_family(text: str, family: str) -> None:
    assert read_family(text) == family


@pytest.mark.parametrize(
    ("need", "family", "sentence"),
    [
        ("compiler", "debian", "Run: sudo apt-get install g++"),
        ("compiler", "darwin", "Run: xcode-select --install"),
        ("compiler", "", "Install a C++ compiler (g++ or clang++)"),
        ("venv", "debian", "Run: sudo apt-get install python3-venv"),
        ("browser", "win32", "Install Chromium, Chrome, Edge, Brave or Vivaldi"),
    ],
)
def test_the_advice_names_what_to_install_on_this_system(need: str, family: str, sentence: str) -> None:
    assert advise_package(need, family) == sentence
