"""Which build of torch to install: without an NVIDIA GPU, one that leaves out gigabytes of CUDA."""

from __future__ import annotations

import platform
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.install.command import CommandError, run_command
from host.install.steps import StepError
from host.install.toolchain import has_nvidia_gpu

if TYPE_CHECKING:
    from collections.abc import Mapping

    from host.install.layout import Layout

CUDA_BYTES = 9 * 1024**3
LOCAL_CPU = "+cpu"


@dataclass(frozen=True)
class TorchChoice:
    """Requirements that settle the build of torch, and a word about it for a person, or None."""

    constraints: tuple[str, ...]
    note: str | None = None


def choose_torch(layout: Layout, requirement: str, installed: Mapping[str, str]) -> TorchChoice:
    """Decide on torch for this machine.

    Only Linux has to choose: elsewhere the ordinary build has no CUDA in it. pip is asked which
    builds its own indexes offer; a "+cpu" one is taken where there is one.

    Args:
        layout: the checkout.
        requirement: the project's requirement on torch.
        installed: what the environment holds already.

    Raises:
        StepError: only the CUDA build is on offer and the disk has no room for it.
    """
    if platform.system() != "Linux" or has_nvidia_gpu() or installed.get("torch", "").endswith(LOCAL_CPU):
        return TorchChoice(())
    try:
        answer = run_command([str(layout.python), "-m", "pip", "index", "versions", "torch"], lambda _: None)
    except CommandError:
        answer = []
    version = find_cpu_version("\n".join(answer), requirement)
    if version:
        return TorchChoice((f"torch=={version}",))
    free = shutil.disk_usage(layout.root).free
    if free < CUDA_BYTES:
        raise StepError(
            f"pip's index offers torch for Linux only with CUDA ({CUDA_BYTES >> 30} GB), "
            f"and {free >> 30} GB are free",
            "Free some space, or let pip's extra-index-url point at PyTorch's CPU index, and run this again.",
        )
    return TorchChoice(
        (), "pip's index has no CPU-only torch, so CUDA libraries of several GB come with it, unused here"
    )


def find_cpu_version(listing: str, requirement: str) -> str | None:
    """The newest CPU-only version that fits a requirement such as `torch>=2.5,<3`.

    Args:
        listing: what `pip index versions torch` printed.
        requirement: lower and upper bound are read from it.
    """
    line = re.search(r"^Available versions: (.*)$", listing, re.MULTILINE)
    if line is None:
        return None
    lowest = _numbers(_bound(requirement, ">=") or "0")
    upper = _bound(requirement, "<")
    fitting = [
        version.strip()
        for version in line.group(1).split(",")
        if version.strip().endswith(LOCAL_CPU)
        and lowest <= _numbers(version)
        and (upper is None or _numbers(version) < _numbers(upper))
    ]
    return max(fitting, key=_numbers, default=None)


def _bound(requirement: str, sign: str) -> str | None:
    found = re.search(rf"{sign}\s*([0-9.]+)", requirement)
    return found.group(1) if found else None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version.split("+", maxsplit=1)[0]))
