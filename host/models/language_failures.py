"""Why an instruction model is not there, told to a person."""

from __future__ import annotations

import re

from host.core.errors import ModelUnavailable, Timeout, WorkerDied

_SIGNAL = re.compile(r"\(signal (\d+)\)")
# An instruction that the processor does not have; killed, on a busy machine for want of memory.
_ILLEGAL_INSTRUCTION, _KILLED = 4, 9


def tell_late(model_id: str, timeout: float) -> Timeout:
    """The error of a model that takes too long to load, in seconds."""
    late = f"{model_id} was not loaded within {timeout:.0f} s."
    return Timeout(late, fix="Ask again in a minute, or choose a smaller model: classify model recommend")


def explain_death(model_id: str, death: WorkerDied) -> ModelUnavailable:
    """Why a model's process ended before it could answer anything, as far as its signal tells."""
    match = _SIGNAL.search(death.message)
    signal = int(match[1]) if match else 0
    if signal == _ILLEGAL_INSTRUCTION:
        return ModelUnavailable(
            f"{model_id} cannot be loaded: this build of llama.cpp does not run on this processor.",
            fix="Run python3 -m host.install again; it makes a build that does.",
        )
    if signal == _KILLED:
        return ModelUnavailable(
            f"{model_id} cannot be loaded: the system ended its process, most likely for want of memory.",
            fix="Try a smaller model or close other applications.",
        )
    how = f" (signal {signal})" if signal else ""
    return ModelUnavailable(
        f"{model_id} cannot be loaded: llama.cpp broke down while it read the file{how}.",
        fix=f"The file may be damaged. Check it: classify model verify {model_id}",
    )
