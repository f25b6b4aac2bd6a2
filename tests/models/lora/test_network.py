"""What torch computes of a model with an adapter on it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

from host.models.label_paths import find_paths
from host.models.lora.network import Lesson, Network

# peft asks transformers by a name that is on its way out.
pytestmark = pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning")

HEAD = (5, 6, 7, 8)
LESSONS = [Lesson((1, 2, 3), (20, 30)), Lesson((4,), (21, 31, 30)), Lesson((2, 9, 9, 9, 1), (22, 30))]


@pytest.fixture(scope="module")
def model() -> Any:
    torch.manual_seed(2)
    config = LlamaConfig(
        vocab_size=40,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        attn_implementation="eager",
    )
    made = get_peft_model(
        LlamaForCausalLM(config),
        LoraConfig(r=4, target_modules="all-linear", task_type="CAUSAL_LM", init_lora_weights=False),
    )
    made.train()
    return made


def ask_plainly(model: Any, tokens: tuple[int, ...]) -> Any:
    return torch.log_softmax(model(input_ids=torch.tensor([tokens])).logits[0].detach().double(), dim=-1)


def take_gradients(network: Network) -> dict[str, Any]:
    network.compute_loss(LESSONS).backward()
    found = {name: tensor.grad.clone() for name, tensor in network.trained.items()}
    for tensor in network.trained.values():
        tensor.grad = None
    return found


def test_a_head_that_is_computed_once_gives_the_same_loss_and_gradients(model: Any) -> None:
    shared, apart = (Network(model, HEAD, "cpu", share_head=share) for share in (True, False))
    ours, theirs = (float(network.compute_loss(LESSONS).detach()) for network in (shared, apart))
    assert ours == pytest.approx(theirs, abs=1e-5)
    once, again = take_gradients(shared), take_gradients(apart)
    assert once.keys() == again.keys()
    for name, gradient in once.items():
        assert torch.allclose(gradient, again[name], atol=1e-5), name
    assert any(float(gradient.abs().max()) > 1e-3 for gradient in once.values())


def test_the_loss_is_that_of_the_answers_alone(model: Any) -> None:
    expected = []
    for one in LESSONS:
        whole = (*HEAD, *one.item, *one.answer)
        rows = ask_plainly(model, whole)
        begin = len(HEAD) + len(one.item) - 1
        expected.append(
            float(np.mean([-float(rows[begin + at, token].detach()) for at, token in enumerate(one.answer)]))
        )
    network = Network(model, HEAD, "cpu", share_head=True)
    assert float(network.compute_loss(LESSONS).detach()) == pytest.approx(float(np.mean(expected)), abs=1e-5)


def test_labels_of_several_tokens_are_weighed_as_a_walk_through_the_choices(model: Any) -> None:
    labels = [(20,), (21, 31), (21, 32, 33), (21, 32, 34)]
    tree = find_paths(labels, 30)
    items = [one.item for one in LESSONS]
    model.eval()
    found = Network(model, HEAD, "cpu", share_head=True).score(items, tree, at_once=2)
    assert np.exp(found).sum(axis=1) == pytest.approx(np.ones(len(items)))
    for row, item in zip(found, items, strict=True):
        first = ask_plainly(model, (*HEAD, *item))[-1]
        second = ask_plainly(model, (*HEAD, *item, 21))[-1]
        third = ask_plainly(model, (*HEAD, *item, 21, 32))[-1]

        def choose(logs: Any, token: int, among: tuple[int, ...]) -> float:
            return float(logs[token] - torch.logsumexp(logs[list(among)], 0))

        expected = [
            choose(first, 20, (20, 21)),
            choose(first, 21, (20, 21)) + choose(second, 31, (31, 32)),
            choose(first, 21, (20, 21)) + choose(second, 32, (31, 32)) + choose(third, 33, (33, 34)),
            choose(first, 21, (20, 21)) + choose(second, 32, (31, 32)) + choose(third, 34, (33, 34)),
        ]
        assert row == pytest.approx(np.array(expected), abs=1e-4)
    model.train()


def test_scoring_leaves_the_training_as_it_was(model: Any) -> None:
    network = Network(model, (), "cpu", share_head=True)
    network.score([(1, 2)], find_paths([(3,), (4,)], 30))
    assert model.training
    assert all(tensor.grad is None for tensor in network.trained.values())
