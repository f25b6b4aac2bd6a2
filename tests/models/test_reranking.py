from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.core.errors import ModelUnavailable
from host.models.encoders import EncoderProcess
from host.models.reranking import Reranker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WAIT_S = 90.0
pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def process() -> Iterator[EncoderProcess]:
    made = EncoderProcess()
    yield made
    made.close()


@pytest.mark.parametrize("name", ["bert_cross_encoder", "xlm_roberta_cross_encoder"])
def test_a_cross_encoder_gives_each_passage_a_score_between_nought_and_one(
    name: str, tiny_models: dict[str, Path], process: EncoderProcess
) -> None:
    reranker = Reranker(name, tiny_models[name], process)
    scores = reranker.score("how to brew tea", ["tea is hot", "rain falls", ""], wait_s=WAIT_S)
    again = reranker.score("how to brew tea", ["rain falls", "tea is hot", ""])
    assert len(scores) == 3
    assert all(0.0 < score < 1.0 for score in scores)
    assert len(set(scores)) == 3
    assert scores == pytest.approx([again[1], again[0], again[2]], abs=1e-5)


def test_a_passage_beyond_the_window_is_scored_by_its_beginning(
    tiny_models: dict[str, Path], process: EncoderProcess
) -> None:
    reranker = Reranker("bert_cross_encoder", tiny_models["bert_cross_encoder"], process)
    long, longer = reranker.score("how to brew tea", ["tea " * 500, "tea " * 900], wait_s=WAIT_S)
    assert long == pytest.approx(longer, abs=1e-6)


def test_a_model_of_classes_is_no_cross_encoder(
    tiny_models: dict[str, Path], process: EncoderProcess
) -> None:
    with pytest.raises(ModelUnavailable, match="classes") as caught:
        Reranker("classes", tiny_models["deberta_nli"], process).score("tea", ["tea"], wait_s=WAIT_S)
    assert caught.value.fix


def test_a_folder_without_a_model_is_refused_with_a_fix(tmp_path: Path, process: EncoderProcess) -> None:
    with pytest.raises(ModelUnavailable) as caught:
        Reranker("none", tmp_path, process).score("tea", ["tea"], wait_s=WAIT_S)
    assert caught.value.fix
