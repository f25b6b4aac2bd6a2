"""What this processor can do according to the system, and what the compiler believes it can."""

from __future__ import annotations

import hashlib
import platform
import re
import subprocess
from pathlib import Path

_EXTENSIONS = re.compile(r"__((?:AVX|AMX|FMA|F16C|BMI2)[A-Z0-9_]*?)__")


def find_features() -> frozenset[str]:
    """The features that the system offers to programs, by their Linux names; empty where it does not tell.

    A virtual machine may announce more to the processor's own query than its system allows to be used.
    """
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return frozenset()
    return read_features(text)


def read_features(cpuinfo: str) -> frozenset[str]:
    """The features in the text of `/proc/cpuinfo`."""
    line = re.search(r"^(?:flags|Features)\s*:\s*(.*)$", cpuinfo, re.MULTILINE)
    return frozenset(line.group(1).split()) if line else frozenset()


def find_overreach(compiler: str, features: frozenset[str]) -> tuple[str, ...]:
    """Features that `-march=native` would use although the system does not offer them.

    Args:
        compiler: a compiler with GCC's options.
        features: what the system offers.

    Returns:
        Their names; empty when all is well, and when the compiler cannot be asked.
    """
    if not features:
        return ()
    try:
        answer = subprocess.run(
            [compiler, "-march=native", "-dM", "-E", "-x", "c++", "-"],
            input="",
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=30,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ()
    return read_overreach(answer.stdout, features)


def read_overreach(macros: str, features: frozenset[str]) -> tuple[str, ...]:
    """As `find_overreach`, from the macros that the compiler defines."""
    offered = {feature.replace("_", "") for feature in features}
    believed = {name for line in macros.splitlines() for name in _EXTENSIONS.findall(line)}
    return tuple(sorted(name.lower() for name in believed if name.lower().replace("_", "") not in offered))


def find_fingerprint(features: frozenset[str]) -> str:
    """A short text that changes when the disk is moved to another kind of processor."""
    text = " ".join([platform.system(), platform.machine(), *sorted(features)])
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]
