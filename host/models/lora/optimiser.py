"""Takes the steps: AdamW on weights in full precision, whatever the model computes in.

Loshchilov, Hutter, "Decoupled Weight Decay Regularization", 2019; "SGDR: Stochastic Gradient Descent with
Warm Restarts", 2017 (the cosine, without restarts).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from host.models.lora.options import TrainOptions

# The rate never falls to nothing, or the last batches would teach nothing.
_LEAST_SHARE = 0.02
_WARMUP_SHARE = 0.06
# Gradients longer than this are shortened: one odd row must not undo the others.
_LONGEST_GRADIENT = 1.0


class Optimiser:
    """Learns tensors that may have few digits by copies that have enough."""

    def __init__(self, trained: Mapping[str, Any], options: TrainOptions, steps: int) -> None:
        """Begin.

        Args:
            trained: tensors by name.
            options: rates and decay.
            steps: that will be taken in all.
        """
        import torch

        self._trained = dict(trained)
        self._full = {name: tensor.detach().float().clone() for name, tensor in self._trained.items()}
        self._adam = torch.optim.AdamW(
            self._full.values(), lr=options.learning_rate, weight_decay=options.weight_decay
        )
        self._rate = options.learning_rate
        self._steps = steps
        asked = options.warmup_steps
        self._warmup = max(1, round(_WARMUP_SHARE * steps) if asked is None else asked)
        self.taken = 0

    def step(self) -> None:
        """Take a step along the gradients that the tensors have, and clear them."""
        import torch

        for group in self._adam.param_groups:
            group["lr"] = self._rate * find_share(self.taken, self._steps, self._warmup)
        for name, tensor in self._trained.items():
            self._full[name].grad = None if tensor.grad is None else tensor.grad.float()
            tensor.grad = None
        torch.nn.utils.clip_grad_norm_(list(self._full.values()), _LONGEST_GRADIENT)
        self._adam.step()
        self.taken += 1
        self._copy_back()

    def state(self) -> dict[str, Any]:
        """All that is needed to go on."""
        return {"full": self._full, "adam": self._adam.state_dict(), "taken": self.taken}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where a state was kept.

        Raises:
            ValueError: it is that of another model or adapter.
        """
        self.put(state["full"])
        self._adam.load_state_dict(state["adam"])
        self.taken = int(state["taken"])

    def copy_weights(self) -> dict[str, Any]:
        """What was learned up to now."""
        return {name: tensor.detach().clone() for name, tensor in self._full.items()}

    def put(self, weights: Mapping[str, Any]) -> None:
        """Set what is learned.

        Raises:
            ValueError: it does not fit.
        """
        import torch

        if set(weights) != set(self._full):
            message = "these are the weights of another adapter"
            raise ValueError(message)
        with torch.no_grad():
            for name, tensor in self._full.items():
                if tensor.shape != weights[name].shape:
                    message = "these are the weights of another model"
                    raise ValueError(message)
                tensor.copy_(weights[name])
        self._copy_back()

    def _copy_back(self) -> None:
        import torch

        with torch.no_grad():
            for name, tensor in self._trained.items():
                tensor.copy_(self._full[name])


def find_share(step: int, steps: int, warmup: int) -> float:
    """The share of the highest rate at a step: a rise over the warm-up, then a cosine."""
    if step < warmup:
        return (step + 1) / warmup
    over = (step - warmup) / max(1, steps - warmup)
    return max(_LEAST_SHARE, 0.5 * (1.0 + math.cos(math.pi * min(1.0, over))))
