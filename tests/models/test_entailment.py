from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host.core.errors import InvalidInput, ModelUnavailable
from host.models.encoder_kinds import make_batches, read_columns
from host.models.encoders import EncoderProcess
from host.models.entailment import Entailment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEXT = "the river rises in spring and rain falls on the hill"
HYPOTHESES = ["this text is about tea", "this text is about code", "this text is about the river and rain"]


@pytest.fixture(scope="module")
def process() -> Iterator[EncoderProcess]:
    made = EncoderProcess()
    yield made
    made.close()


@pytest.fixture(scope="module")
def entailment(tiny_models: dict[str, Path], process: EncoderProcess) -> Entailment:
    return Entailment("tiny", tiny_models["deberta_nli"], process)


def _relabel(source: Path, target: Path, labels: list[str]) -> Path:
    """The same model, whose configuration gives other names to its outputs."""
    shutil.copytree(source, target)
    settings = json.loads((target / "config.json").read_text(encoding="utf-8"))
    settings["id2label"] = dict(enumerate(labels))
    settings["label2id"] = {label: number for number, label in enumerate(labels)}
    (target / "config.json").write_text(json.dumps(settings), encoding="utf-8")
    return target


@pytest.mark.model
def test_every_hypothesis_gets_three_probabilities_that_add_up(entailment: Entailment) -> None:
    made = entailment.entail(TEXT, HYPOTHESES)
    assert made.shape == (3, 3)
    assert made.dtype == np.float32
    assert np.allclose(made.sum(axis=1), 1.0, atol=1e-5)
    assert len({tuple(row) for row in made.round(4)}) == 3


@pytest.mark.model
def test_a_hypothesis_is_judged_alike_alone_and_among_others(entailment: Entailment) -> None:
    together = entailment.entail(TEXT, HYPOTHESES * 8)
    alone = np.concatenate([entailment.entail(TEXT, [one]) for one in HYPOTHESES])
    assert together.shape == (24, 3)
    assert np.allclose(together, np.tile(alone, (8, 1)), atol=1e-5)


@pytest.mark.model
def test_the_columns_follow_the_names_that_the_model_gives_its_labels(
    entailment: Entailment, tiny_models: dict[str, Path], process: EncoderProcess, tmp_path: Path
) -> None:
    folder = _relabel(
        tiny_models["deberta_nli"], tmp_path / "other", ["CONTRADICTION", "Entailment", "neutral"]
    )
    other = Entailment("other", folder, process).entail(TEXT, HYPOTHESES)
    first = entailment.entail(TEXT, HYPOTHESES)
    assert np.allclose(other, first[:, [1, 2, 0]], atol=1e-6)


@pytest.mark.model
def test_the_end_of_a_long_text_is_cut_off_and_never_the_hypothesis(entailment: Entailment) -> None:
    long = entailment.entail(f"{TEXT} " * 100, HYPOTHESES)
    longer = entailment.entail(f"{TEXT} " * 200, HYPOTHESES)
    assert np.allclose(long, longer, atol=1e-6)
    assert len({tuple(row) for row in long.round(4)}) == 3


@pytest.mark.model
def test_a_hypothesis_that_fills_the_window_is_refused_with_a_fix(entailment: Entailment) -> None:
    with pytest.raises(InvalidInput) as caught:
        entailment.entail(TEXT, [HYPOTHESES[0], "tea " * 500])
    assert caught.value.fix


@pytest.mark.model
def test_a_model_without_named_labels_is_no_entailment_model(
    tiny_models: dict[str, Path], process: EncoderProcess, tmp_path: Path
) -> None:
    folder = _relabel(tiny_models["deberta_nli"], tmp_path / "bare", ["LABEL_0", "LABEL_1", "LABEL_2"])
    with pytest.raises(ModelUnavailable, match="entailment") as caught:
        Entailment("bare", folder, process).entail(TEXT, HYPOTHESES)
    assert "bare" in caught.value.message


def test_what_is_not_entailed_by_a_model_of_two_labels_counts_as_contradicted() -> None:
    assert read_columns({0: "entailment", 1: "not_entailment"}) == [0, 2]
    assert read_columns({0: "NOT ENTAILMENT", 1: "ENTAILMENT"}) == [2, 0]


def test_labels_may_come_in_any_order_and_case() -> None:
    assert read_columns({0: "Neutral", 1: "contradiction", 2: "ENTAILMENT"}) == [1, 2, 0]


def test_batches_hold_every_text_once_and_texts_of_about_one_length() -> None:
    lengths = [5, 900, 3, 870, 4, 1]
    batches = list(make_batches(lengths, 2))
    assert batches == [[1, 3], [0, 4], [2, 5]]


def test_long_texts_share_a_batch_with_fewer_others() -> None:
    batches = list(make_batches([90_000] * 3 + [10] * 3, 16))
    assert [len(batch) for batch in batches] == [2, 2, 2]
    assert sorted(place for batch in batches for place in batch) == list(range(6))
    assert list(make_batches([10**9], 16)) == [[0]]
    assert list(make_batches([], 16)) == []
