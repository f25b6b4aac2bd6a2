"""Whether there is room for a model before it is loaded."""

from __future__ import annotations

from pathlib import Path

import psutil

from host.core.errors import ModelUnavailable

MEGABYTE = 1_000_000
_CGROUPS = Path("/sys/fs/cgroup")
_OWN_CGROUPS = Path("/proc/self/cgroup")


def check_memory(name: str, needed_bytes: int, available_bytes: int | None = None) -> None:
    """Raise when a model would not fit.

    Args:
        name: the model, for the message.
        needed_bytes: what it takes when it is loaded.
        available_bytes: what there is on its device; by default this machine's free memory.

    Raises:
        ModelUnavailable: with both numbers.
    """
    available = find_available() if available_bytes is None else available_bytes
    if needed_bytes > available:
        raise ModelUnavailable(
            f"Insufficient memory to load {name}. Required: {_round_up(needed_bytes)} MB, "
            f"Available: {max(0, available) // MEGABYTE} MB.",
            fix="Try a smaller model or close other applications.",
        )


def find_available() -> int:
    """Bytes of memory that a process may still take: the machine's, and within any limit set for us."""
    room = read_cgroup_room()
    free: int = psutil.virtual_memory().available
    return free if room is None else min(free, room)


def find_total() -> int:
    """Bytes of memory that processes here may take at all: the machine's, and within any limit set for us."""
    limits = [limit for limit, _ in _read_cgroups(_CGROUPS, _OWN_CGROUPS)]
    total: int = psutil.virtual_memory().total
    return min([total, *limits])


def read_cgroup_room(root: Path = _CGROUPS, own: Path = _OWN_CGROUPS) -> int | None:
    """Bytes left below the memory limit of a container or a service.

    Args:
        root: where control groups are mounted.
        own: the file that names the groups of this process.

    Returns:
        None without a limit, and where there are no control groups.
    """
    return min((limit - used for limit, used in _read_cgroups(root, own)), default=None)


def _read_cgroups(root: Path, own: Path) -> list[tuple[int, int]]:
    """(limit, used) of every group that limits this process; cached files can be given up: not used."""
    try:
        lines = own.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            mount, names = root, ("memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
            mount = root / "memory"
        else:
            continue
        # A limit of any group above holds too. In a container the path may lie outside of what is mounted.
        inner = mount / path.lstrip("/")
        for folder in dict.fromkeys([inner, *inner.parents, mount]):
            if folder.is_relative_to(mount):
                found += _read_group(folder, *names)
    return found


def _read_group(folder: Path, limit_name: str, used_name: str, cache_name: str) -> list[tuple[int, int]]:
    try:
        limit = (folder / limit_name).read_text(encoding="ascii").strip()
        used = int((folder / used_name).read_text(encoding="ascii"))
        statistics = (folder / "memory.stat").read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return []
    if not limit.isdigit():
        return []
    cached = dict(zip(statistics[::2], statistics[1::2], strict=False)).get(cache_name, "0")
    return [(int(limit), max(0, used - int(cached)))]


def _round_up(count: int) -> int:
    return -(-count // MEGABYTE)
