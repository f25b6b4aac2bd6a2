"""Embedding models, cross-encoders and entailment models as their libraries run them.

For the encoder's process only: everything here needs torch.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from host.core.errors import InvalidInput, ModelUnavailable
from host.models.buffers import restore_buffers
from host.models.fast_form import FEW, encode_quickly, make_fast_form, use_one_thread

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from host.workers.server import Task

# Rows in one forward pass. On a CPU more gain nothing, and few let an interactive query in between and a
# cancellation be noticed soon.
ROWS = {"cpu": 16}
ROWS_ELSEWHERE = 64
# Characters in one forward pass, padding included: activations of a long window would take gigabytes.
CHARACTERS = 200_000
# More characters than this to a token are rare, so what is beyond is cut off by the model's window.
_CHARACTERS_A_TOKEN = 8
# Between the labels of an entailment model, as their owners write them, and our columns.
_COLUMNS = {"entailment": 0, "neutral": 1, "contradiction": 2, "not_entailment": 2}


class EmbeddingKind:
    """A sentence-transformers model: text to vectors."""

    def __init__(self, folder: Path, device: str, max_tokens: int, *, remote_code: bool) -> None:
        from sentence_transformers import SentenceTransformer

        self._model: Any = SentenceTransformer(
            str(folder),
            device=device,
            local_files_only=True,
            trust_remote_code=remote_code,
            model_kwargs=_model_options(),
        )
        if remote_code:
            restore_buffers(self._model)
        own = self._model.max_seq_length or max_tokens
        self._model.max_seq_length = min(int(own), max_tokens)
        self._rows = ROWS.get(device, ROWS_ELSEWHERE)
        self._device = device
        self._fast: Any = None

    def describe(self) -> dict[str, Any]:
        """Dimensions, and the window in tokens."""
        return {
            "dimensions": int(self._model.get_embedding_dimension()),
            "max_tokens": int(self._model.max_seq_length),
        }

    def warm(self) -> None:
        """One forward pass."""
        self._model.encode(["warm"], show_progress_bar=False)

    def embed(self, texts: Sequence[str], task: Task, *, fast: bool = False) -> NDArray[np.float32]:
        """Vectors of length 1, one a row; the task is asked between batches whether to go on.

        Args:
            texts: any number.
            task: the request.
            fast: by the copy that computes with integers; see `host.models.fast_form`.
        """
        model = self._find_fast() if fast else self._model
        alone = len(texts) <= FEW
        longest = _CHARACTERS_A_TOKEN * int(self._model.max_seq_length)
        made = np.empty((len(texts), int(self._model.get_embedding_dimension())), dtype=np.float32)
        for places in make_batches([min(len(text), longest) for text in texts], self._rows):
            task.check_cancelled()
            batch = [texts[place] for place in places]
            if fast and self._device == "cpu":
                with use_one_thread() if alone else nullcontext():
                    made[places] = encode_quickly(model, batch)
            else:
                made[places] = model.encode(
                    batch,
                    batch_size=len(places),
                    normalize_embeddings=True,
                    convert_to_numpy=True,
                    show_progress_bar=False,
                )
        return made

    def _find_fast(self) -> Any:
        if self._fast is None:
            self._fast = make_fast_form(self._model) if self._device == "cpu" else self._model
        return self._fast


class CrossEncoderKind:
    """A cross-encoder with one output: how well a passage answers a query."""

    def __init__(self, folder: Path, device: str, max_tokens: int, *, remote_code: bool) -> None:
        import torch
        from sentence_transformers import CrossEncoder

        self._model: Any = CrossEncoder(
            str(folder),
            device=device,
            local_files_only=True,
            trust_remote_code=remote_code,
            model_kwargs=_model_options(),
        )
        if self._model.num_labels != 1:
            message = "The model tells classes apart; it is no cross-encoder for ranking."
            raise ModelUnavailable(message, fix="Choose a model of the type reranker.")
        if remote_code:
            restore_buffers(self._model)
        own = self._model.max_seq_length or max_tokens
        self._model.max_seq_length = min(int(own), max_tokens)
        self._sigmoid = torch.nn.Sigmoid()
        self._rows = ROWS.get(device, ROWS_ELSEWHERE)

    def describe(self) -> dict[str, Any]:
        """The window in tokens, for query and passage together."""
        return {"max_tokens": int(self._model.max_seq_length)}

    def warm(self) -> None:
        """One forward pass."""
        self._model.predict([("warm", "warm")], show_progress_bar=False)

    def score(self, query: str, texts: Sequence[str], task: Task) -> NDArray[np.float32]:
        """0 to 1 for each text."""
        longest = _CHARACTERS_A_TOKEN * int(self._model.max_seq_length)
        made = np.empty(len(texts), dtype=np.float32)
        lengths = [min(len(query) + len(text), longest) for text in texts]
        for places in make_batches(lengths, self._rows):
            task.check_cancelled()
            made[places] = self._model.predict(
                [(query, texts[place]) for place in places],
                batch_size=len(places),
                activation_fn=self._sigmoid,
                show_progress_bar=False,
            )
        return made


class EntailmentKind:
    """A natural-language-inference model: whether a premise entails a hypothesis."""

    def __init__(self, folder: Path, device: str, max_tokens: int, *, remote_code: bool) -> None:
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        self._tokenizer: Any = AutoTokenizer.from_pretrained(
            str(folder), local_files_only=True, trust_remote_code=remote_code
        )
        model: Any = AutoModelForSequenceClassification.from_pretrained(
            str(folder), local_files_only=True, trust_remote_code=remote_code, **_model_options()
        )
        if remote_code:
            restore_buffers(model)
        self._columns = read_columns(model.config.id2label)
        self._model = model.eval().to(device)
        self._device = device
        positions = getattr(model.config, "max_position_embeddings", max_tokens)
        if "roberta" in model.config.model_type:
            # Its positions begin behind that of the padding.
            positions -= model.config.pad_token_id + 1
        self._max_tokens = int(min(max_tokens, positions, self._tokenizer.model_max_length))
        self._rows = ROWS.get(device, ROWS_ELSEWHERE)

    def describe(self) -> dict[str, Any]:
        """The window in tokens, for premise and hypothesis together."""
        return {"max_tokens": self._max_tokens}

    def warm(self) -> None:
        """One forward pass."""
        self._infer("warm", ["warm"])

    def entail(self, text: str, hypotheses: Sequence[str], task: Task) -> NDArray[np.float32]:
        """Probabilities of entailment, neutral and contradiction, a row for each hypothesis."""
        longest = max(len(ids) for ids in self._tokenizer(list(hypotheses))["input_ids"])
        # The separator between the two, and one token of the text at least.
        if longest + 3 > self._max_tokens:
            raise InvalidInput(
                "A category's description is longer than the model can read.", fix="Shorten it to a sentence."
            )
        rows = []
        for start in range(0, len(hypotheses), self._rows):
            task.check_cancelled()
            rows.append(self._infer(text, hypotheses[start : start + self._rows]))
        return np.concatenate(rows)

    def _infer(self, text: str, hypotheses: Sequence[str]) -> NDArray[np.float32]:
        import torch

        inputs = self._tokenizer(
            [text] * len(hypotheses),
            list(hypotheses),
            truncation="only_first",
            max_length=self._max_tokens,
            padding=True,
            return_tensors="pt",
        ).to(self._device)
        with torch.inference_mode():
            logits = self._model(**inputs).logits.float()
        shares = torch.softmax(logits, dim=-1).cpu().numpy()
        made = np.zeros((len(hypotheses), 3), dtype=np.float32)
        for label, column in enumerate(self._columns):
            made[:, column] += shares[:, label]
        return made


KINDS: dict[str, type[EmbeddingKind | CrossEncoderKind | EntailmentKind]] = {
    "embedding": EmbeddingKind,
    "reranker": CrossEncoderKind,
    "nli": EntailmentKind,
}


def make_batches(lengths: Sequence[int], rows: int) -> Iterator[list[int]]:
    """Places of texts of about the same length together, the longest first.

    Args:
        lengths: of the texts, in characters.
        rows: at most so many in a batch; fewer where they are long.

    Yields:
        Places in `lengths`; every place once.
    """
    order = sorted(range(len(lengths)), key=lambda place: -lengths[place])
    start = 0
    while start < len(order):
        fitting = max(1, CHARACTERS // max(1, lengths[order[start]]))
        yield order[start : start + min(rows, fitting)]
        start += min(rows, fitting)


def read_columns(labels: dict[int, str]) -> list[int]:
    """Which of our columns (0 entailment, 1 neutral, 2 contradiction) each label of a model belongs to.

    A model with two labels says only "entailment" and "not entailment"; what is not entailed is then counted
    as contradicted.

    Args:
        labels: the model's own names by number.

    Raises:
        ModelUnavailable: it does not say which label means entailment.
    """
    found = []
    for number in sorted(labels):
        name = str(labels[number]).strip().lower().replace("-", "_").replace(" ", "_")
        column = next((column for known, column in _COLUMNS.items() if name.startswith(known[:6])), None)
        if column is None:
            message = "The model does not say which of its labels means entailment."
            raise ModelUnavailable(message, fix="Choose a model of the type nli.")
        found.append(column)
    if 0 not in found:
        message = "The model has no label for entailment."
        raise ModelUnavailable(message, fix="Choose a model of the type nli.")
    return found


def _model_options() -> dict[str, Any]:
    import torch

    # Half precision, in which some are stored, is slow or missing on most processors; and while one model is
    # loaded the library sets its type as the default of the process, where others compute.
    return {"use_safetensors": True, "dtype": torch.float32}
