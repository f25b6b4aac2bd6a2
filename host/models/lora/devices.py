"""On what and with which numbers a model is trained: the fastest that really works on this machine."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.core.errors import ModelUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from host.models.lora.options import Device, Precision

# A machine that does much else takes minutes to load torch.
TRIAL_TIMEOUT_S = 400.0
# What is worth a trial on each, the likeliest first. Half precision without bfloat16's range needs scaling
# of the loss, so it is only taken where somebody asks for it.
_WORTH: dict[str, tuple[Precision, ...]] = {
    "cuda": ("bfloat16", "float32"),
    "mps": ("float32",),
    "cpu": ("bfloat16", "float32"),
}
# A way with fewer digits must be worth it.
_GAIN = 1.15


@dataclass(frozen=True)
class Way:
    """A way to compute.

    Attributes:
        device: `cpu`, `cuda` or `mps`.
        precision: name of a floating-point type of torch.
        tokens_per_s: of a tiny model, for comparison.
    """

    device: str
    precision: str
    tokens_per_s: float = 0.0


def choose_way(
    devices: Sequence[str],
    device: Device,
    precision: Precision,
    run: Callable[[str, str], float | None] | None = None,
) -> Way:
    """The fastest way that works.

    Args:
        devices: that torch finds here, the best first.
        device: what is asked for, or "auto".
        precision: the same.
        run: tries a way; its speed, or None when it does not work. By default in a child process.

    Raises:
        ModelUnavailable: nothing that is asked for works here.
    """
    run = run or run_trial
    for one in devices if device == "auto" else [device]:
        if one not in devices:
            break
        wanted = _WORTH[one] if precision == "auto" else (precision,)
        tried = [(name, run(one, name)) for name in wanted]
        ways = [Way(one, name, speed) for name, speed in tried if speed is not None]
        if ways:
            plain = next((way for way in ways if way.precision == "float32"), None)
            best = max(ways, key=lambda way: way.tokens_per_s)
            worth = plain is None or best.tokens_per_s > _GAIN * plain.tokens_per_s
            return best if worth or plain is None else plain
    raise ModelUnavailable(
        f"Training on {device} with {precision} does not work on this machine.",
        fix="Leave the device and the precision to the program.",
    )


def run_trial(device: str, precision: str) -> float | None:
    """Tokens a second of a tiny model, or None when it cannot be trained so here."""
    command = [sys.executable, "-m", "host.models.lora.trial", device, precision]
    try:
        done = subprocess.run(command, capture_output=True, timeout=TRIAL_TIMEOUT_S, check=False)
        return float(json.loads(done.stdout)["tokens_per_s"]) if done.returncode == 0 else None
    except (subprocess.TimeoutExpired, OSError, ValueError, KeyError):
        return None
