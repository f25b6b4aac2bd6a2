"""A model with an adapter on it, as torch computes it: what it thinks of the tokens of an answer.

What all rows begin with is computed once for a batch and not once for each row, with its gradients.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from host.models.label_paths import LabelPaths, weigh_labels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

Tokens = tuple[int, ...]
# Lengths are rounded up to these: torch keeps memory and kernels for each shape that it has met.
_STEP = 8


@dataclass(frozen=True)
class Lesson:
    """A row as tokens.

    Attributes:
        item: behind the head, up to where the answer begins.
        answer: the tokens that are wanted there, the one that ends an answer included.
    """

    item: Tokens
    answer: Tokens

    def __len__(self) -> int:
        """Tokens that are computed; the last of the answer is only expected."""
        return len(self.item) + len(self.answer) - 1


class Network:
    """A model with its adapter; see `host.models.lora.loading`."""

    def __init__(self, model: Any, head: Tokens, device: str, *, share_head: bool) -> None:
        """Wrap it.

        Args:
            model: of peft, around one of transformers.
            head: tokens that all rows begin with.
            device: where it computes.
            share_head: compute the head once a batch; not together with checkpoints of gradients, which
                leave no cache.
        """
        self.model = model
        self._inner = model.get_base_model()
        self._body = self._inner.get_decoder()
        self._out = self._inner.get_output_embeddings()
        self._head = head
        self._device = device
        self._share_head = share_head and bool(head)

    @property
    def trained(self) -> dict[str, Any]:
        """The tensors that are learned, by name."""
        return {name: tensor for name, tensor in self.model.named_parameters() if tensor.requires_grad}

    def compute_loss(self, lessons: Sequence[Lesson]) -> Any:
        """How surprised it is by the answers and by nothing else: the mean over the rows, in nats a token."""
        import torch

        hidden = self._compute([(*one.item, *one.answer[:-1]) for one in lessons])
        rows, places, wanted, weights = [], [], [], []
        for row, one in enumerate(lessons):
            for at, token in enumerate(one.answer):
                rows.append(row)
                places.append(len(one.item) - 1 + at)
                wanted.append(token)
                weights.append(1.0 / len(one.answer))
        logits = self._read_out(hidden[rows, places])
        target = torch.tensor(wanted, device=logits.device)
        losses = torch.nn.functional.cross_entropy(logits, target, reduction="none")
        return (losses * torch.tensor(weights, device=logits.device)).sum() / len(lessons)

    def score(self, items: Sequence[Tokens], tree: LabelPaths, at_once: int = 64) -> NDArray[np.float64]:
        """How likely each label is as the answer when nothing but a label may be written.

        Args:
            items: behind the head, up to where the answer begins.
            tree: where the labels part.
            at_once: items in one computation.

        Returns:
            Natural logarithms, shape (items, labels).
        """
        import torch

        found = np.zeros((len(items), len(tree.paths)))
        order = sorted(range(len(items)), key=lambda place: len(items[place]))
        was_training = self.model.training
        self.model.eval()
        with torch.inference_mode():
            for start in range(0, len(order), at_once):
                places = order[start : start + at_once]
                for place, logits in zip(
                    places, self._score_some([items[place] for place in places], tree), strict=True
                ):
                    found[place] = weigh_labels(tree, logits)
        self.model.train(was_training)
        return found

    def _score_some(
        self, items: Sequence[Tokens], tree: LabelPaths
    ) -> list[Mapping[Tokens, NDArray[np.float64]]]:
        found: list[dict[Tokens, NDArray[np.float64]]] = [{} for _ in items]
        for tail in tree.tails or ((),):
            hidden = self._compute([(*item, *tail) for item in items])
            for size in range(len(tail) + 1):
                choices = tree.choices.get(tail[:size])
                if choices is None or tail[:size] in found[0]:
                    continue
                places = [len(item) - 1 + size for item in items]
                rows = self._read_out(hidden[list(range(len(items))), places])
                for row, logits in enumerate(rows[:, list(choices)].double().cpu().numpy()):
                    found[row][tail[:size]] = logits
        return list(found)

    def _read_out(self, hidden: Any) -> Any:
        return self._out(hidden).float()

    def _compute(self, sequences: Sequence[Tokens]) -> Any:
        """The last hidden states behind the head, shape (rows, the longest, width)."""
        import torch

        head = () if self._share_head else self._head
        longest = len(head) + _round_up(max(map(len, sequences)))
        ids = torch.zeros(len(sequences), longest, dtype=torch.long)
        mask = torch.zeros(len(sequences), longest, dtype=torch.long)
        for row, sequence in enumerate(sequences):
            ids[row, : len(head) + len(sequence)] = torch.tensor((*head, *sequence))
            mask[row, : len(head) + len(sequence)] = 1
        ids, mask = ids.to(self._device), mask.to(self._device)
        if not self._share_head:
            hidden = self._body(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state
            return hidden[:, len(head) :]
        cache = self._compute_head(len(sequences))
        begin = len(self._head)
        positions = torch.arange(begin, begin + longest, device=self._device)[None].expand(len(sequences), -1)
        before = torch.ones(len(sequences), begin, dtype=torch.long, device=self._device)
        return self._body(
            input_ids=ids,
            attention_mask=torch.cat([before, mask], dim=1),
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
        ).last_hidden_state

    def _compute_head(self, rows: int) -> Any:
        import torch
        from transformers import DynamicCache

        cache = DynamicCache(config=self._inner.config)
        self._body(
            input_ids=torch.tensor([self._head], device=self._device), past_key_values=cache, use_cache=True
        )
        cache.batch_repeat_interleave(rows)
        return cache


def _round_up(length: int) -> int:
    return -(-length // _STEP) * _STEP
