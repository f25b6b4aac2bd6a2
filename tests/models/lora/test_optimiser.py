"""The steps of a training."""

from __future__ import annotations

import copy

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from host.models.lora.optimiser import Optimiser, find_share
from host.models.lora.options import TrainOptions


def make(dtype: torch.dtype, rate: float = 1e-4) -> tuple[torch.Tensor, Optimiser]:
    weight = torch.ones(4, dtype=dtype, requires_grad=True)
    options = TrainOptions(learning_rate=rate, weight_decay=0.0, warmup_steps=0)
    return weight, Optimiser({"weight": weight}, options, 1000)


def take_step(weight: torch.Tensor, optimiser: Optimiser) -> None:
    weight.sum().backward()
    optimiser.step()


def test_steps_too_small_for_the_models_precision_are_not_lost() -> None:
    weight, optimiser = make(torch.bfloat16)
    take_step(weight, optimiser)
    assert weight.tolist() == [1.0] * 4
    for _ in range(200):
        take_step(weight, optimiser)
    assert float(weight.detach()[0]) == pytest.approx(1.0 - 201 * 1e-4, abs=5e-3)


def test_gradients_are_gone_after_a_step() -> None:
    weight, optimiser = make(torch.float32)
    take_step(weight, optimiser)
    assert weight.grad is None


def test_a_training_that_goes_on_takes_the_same_steps() -> None:
    one, first = make(torch.float32, rate=1e-2)
    for _ in range(3):
        take_step(one, first)
    other, second = make(torch.float32, rate=1e-2)
    second.restore(copy.deepcopy(first.state()))
    assert second.taken == 3
    for weight, optimiser in ((one, first), (other, second)):
        take_step(weight, optimiser)
    assert torch.equal(one, other)


def test_weights_of_something_else_are_refused() -> None:
    _, optimiser = make(torch.float32)
    with pytest.raises(ValueError, match="another adapter"):
        optimiser.put({"other": torch.ones(4)})
    with pytest.raises(ValueError, match="another model"):
        optimiser.put({"weight": torch.ones(5)})


@given(st.integers(1, 5000), st.integers(0, 500))
def test_the_rate_rises_to_its_height_once_and_then_only_falls(steps: int, warmup: int) -> None:
    shares = [find_share(step, steps, warmup) for step in range(steps)]
    assert all(0.0 < share <= 1.0 for share in shares)
    top = min(warmup, steps - 1)
    assert shares[:top] == sorted(shares[:top])
    assert shares[top:] == sorted(shares[top:], reverse=True)
