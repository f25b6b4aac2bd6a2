"""How much of a model fits where: tokens of context in memory, layers on an accelerator. Pure arithmetic."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from host.core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# The longest context that is made unless more is asked for, and the shortest that is of use.
LONGEST_CONTEXT = 8192
SHORTEST_CONTEXT = 512
# Buffers of a computation, the vocabulary, Python itself.
OVERHEAD = 160 * 1024**2
# Of what is free after the weights are there, the share that the context may take.
_CONTEXT_SHARE = 0.5
_HALF_PRECISION_BYTES = 2
# Left free on an accelerator, for its own buffers and for the screen.
_DEVICE_RESERVE = 512 * 1024**2
_OFFLOADED = re.compile(r"offloaded (\d+)/(\d+) layers to (\w+)")
_BUFFER = re.compile(r"\b([A-Za-z]+)\w* model buffer size")


def count_context_bytes(metadata: Mapping[str, object]) -> int:
    """Bytes that one token of context takes in the key-value cache, in half precision.

    Args:
        metadata: of a GGUF file. Where heads differ from layer to layer the most possible are counted.
    """
    name = str(metadata.get("general.architecture", ""))
    layers = _read(metadata, f"{name}.block_count", 0)
    heads = _read(metadata, f"{name}.attention.head_count", 1)
    shared = _read(metadata, f"{name}.attention.head_count_kv", heads)
    width = _read(metadata, f"{name}.embedding_length", 0) // max(1, heads)
    key = _read(metadata, f"{name}.attention.key_length", width)
    value = _read(metadata, f"{name}.attention.value_length", width)
    return layers * shared * (key + value) * _HALF_PRECISION_BYTES


def choose_context(asked: int | None, limit: int, bytes_a_token: int, free: int) -> int:
    """The context to make, in tokens.

    Args:
        asked: what was asked for, or None.
        limit: what the model was trained for.
        bytes_a_token: see `count_context_bytes`.
        free: bytes of memory that are free once the weights are there.

    Raises:
        InvalidInput: less than a token was asked for.
    """
    if asked is not None and asked < 1:
        raise InvalidInput("The context must have at least one token.")
    wanted = min(asked or LONGEST_CONTEXT, limit)
    fitting = int(free * _CONTEXT_SHARE) // max(1, bytes_a_token)
    return max(min(wanted, fitting), min(wanted, SHORTEST_CONTEXT))


def plan_offload(layers: int, weights: int, free: int) -> list[int]:
    """How many layers to put on an accelerator: the first try, then fewer after each failure, at last none.

    Args:
        layers: of the model, its output counted as one.
        weights: bytes of all of them, with their share of the context.
        free: bytes on the accelerator.
    """
    share = (free - _DEVICE_RESERVE) / max(1, weights)
    first = max(0, min(layers, int(layers * share)))
    tries = [first, first * 3 // 4, first // 2, first // 4, 0]
    return sorted(set(tries), reverse=True)


def read_offload(lines: Iterable[str]) -> tuple[int, int | None]:
    """Layers that are on the accelerator, and of how many (None: not said), by llama.cpp's own log."""
    found = [match for line in lines if (match := _OFFLOADED.search(line))]
    return (int(found[-1][1]), int(found[-1][2])) if found else (0, None)


def read_device(lines: Iterable[str], layers_on_device: int) -> str:
    """Where the weights are: `cpu`, `cuda`, `metal`, or what else llama.cpp calls its device.

    Args:
        lines: of its log.
        layers_on_device: see `read_offload`.
    """
    if layers_on_device == 0:
        return "cpu"
    for line in lines:
        if match := _BUFFER.search(line):
            name = match[1].lower()
            if not name.startswith("cpu"):
                return "metal" if name.startswith(("metal", "mtl")) else name.removesuffix("_")
    return "cpu"


def _read(metadata: Mapping[str, object], key: str, default: int) -> int:
    value = metadata.get(key)
    if isinstance(value, int | float):
        return int(value)
    return int(value) if isinstance(value, str) and value.isdigit() else default
