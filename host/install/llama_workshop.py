"""Builds, installs and tries llama.cpp on this machine."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from typing import TYPE_CHECKING

from host.install.command import CommandError, run_command
from host.install.llama_climb import Trial
from host.install.packages import LLAMA, PIP_VARIABLES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from host.install.layout import Layout
    from host.install.llama_ladder import Rung

TRIAL_SECONDS = 180
_NINJA_STEP = re.compile(r"\[(\d+)/(\d+)\]")


class MachineWorkshop:
    """The real workshop.

    Wheels are kept in a cache of our own under the flags that they were built with: pip's cache does not
    know the flags, and would hand out a build that traps again and again.

    Args:
        layout: the checkout.
        requirement: the project's requirement on llama-cpp-python.
        fingerprint: of the processor.
        model: a GGUF file to try it with, or None for a tiny one made for the occasion.
    """

    def __init__(self, layout: Layout, requirement: str, fingerprint: str, model: Path | None) -> None:
        self._layout = layout
        self._requirement = requirement
        self._fingerprint = fingerprint
        self._model = model

    def find_wheel(self, rung: Rung) -> Path | None:
        """A wheel built like this before, or None."""
        wheels = sorted(self._folder(rung).glob("*.whl"))
        return wheels[-1] if wheels else None

    def build(self, rung: Rung, progress: Callable[[str], None]) -> Path:
        """A wheel of llama.cpp built like this, out of the cache when it is there."""
        known = self.find_wheel(rung)
        if known:
            return known
        folder = self._folder(rung)
        folder.mkdir(parents=True, exist_ok=True)
        command = [str(self._layout.python), "-m", "pip", "-v", "wheel", "--no-deps", "--no-cache-dir"]
        command += ["--no-binary", LLAMA, "--wheel-dir", str(folder), self._requirement]
        # The user's own CMAKE_ARGS come last: CMake lets the last definition win.
        flags = " ".join([*rung.flags, os.environ.get("CMAKE_ARGS", "")]).strip()
        variables = {
            **PIP_VARIABLES,
            "CMAKE_ARGS": flags,
            "CMAKE_BUILD_PARALLEL_LEVEL": os.environ.get("CMAKE_BUILD_PARALLEL_LEVEL")
            or str(os.cpu_count() or 1),
        }
        run_command(command, _BuildProgress(rung, progress).hear, environment=variables)
        built = self.find_wheel(rung)
        if built is None:
            raise CommandError(command, 0, ["pip built no wheel"])
        return built

    def install(self, wheel: Path, progress: Callable[[str], None]) -> None:
        """Install a wheel over whatever is there, then the packages that it needs."""
        pip = [str(self._layout.python), "-m", "pip", "install", "--quiet"]
        run_command([*pip, "--no-deps", "--force-reinstall", str(wheel)], progress, environment=PIP_VARIABLES)
        run_command([*pip, str(wheel)], progress, environment=PIP_VARIABLES)

    def remove(self, progress: Callable[[str], None]) -> None:
        """Uninstall it: a build that cannot evaluate must not be found by a worker."""
        pip = [str(self._layout.python), "-m", "pip", "uninstall", "--yes", LLAMA]
        run_command(pip, progress, environment=PIP_VARIABLES)

    def try_out(self) -> Trial:
        """Evaluate a few tokens in a child process."""
        command = [str(self._layout.python), "-I", "-m", "host.models.llama_trial"]
        command += [str(self._model)] if self._model else []
        try:
            answer = subprocess.run(
                command,
                capture_output=True,
                text=True,
                encoding="utf-8",
                errors="replace",
                timeout=TRIAL_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Trial(1, complaint=f"no answer within {TRIAL_SECONDS} s")
        if answer.returncode != 0:
            said = answer.stderr.strip().splitlines()
            return Trial(answer.returncode, complaint=said[-1] if said else "")
        return Trial(0, report=json.loads(answer.stdout))

    def _folder(self, rung: Rung) -> Path:
        parts = [self._requirement, self._fingerprint, *rung.flags, os.environ.get("CMAKE_ARGS", "")]
        key = hashlib.sha256("\0".join(parts).encode("utf-8")).hexdigest()[:16]
        return self._layout.cache / "wheels" / f"llama-{key}"


class _BuildProgress:
    """Turns a compiler's thousands of lines into how far it is."""

    def __init__(self, rung: Rung, progress: Callable[[str], None]) -> None:
        self._text = f"building for {rung.name}"
        self._at = "preparing"
        self._progress = progress

    def hear(self, line: str) -> None:
        step = _NINJA_STEP.search(line)
        if step:
            self._at = f"{step.group(1)} of {step.group(2)} files"
        self._progress(f"{self._text}, {self._at}")
