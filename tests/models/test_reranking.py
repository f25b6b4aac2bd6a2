from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.core.errors import ModelUnavailable
from host.models.reranking import Reranker

if TYPE_CHECKING:
    from pathlib import Path

WAIT_S = 90.0

# Makes and saves a cross-encoder of the real architecture that is small and untrained. It runs in a process
# of its own, because the test process must not load torch.
_MAKE = """
import sys
from pathlib import Path
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast
folder = Path(sys.argv[1])
words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
words += ["tea", "is", "hot", "how", "to", "brew", "rain", "falls"]
inner = Tokenizer(models.WordLevel({word: place for place, word in enumerate(words)}, unk_token="[UNK]"))
inner.pre_tokenizer = pre_tokenizers.Whitespace()
inner.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, unk_token="[UNK]", pad_token="[PAD]",
    cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]", model_max_length=64)
tokenizer.save_pretrained(folder)
config = BertConfig(vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
    intermediate_size=32, max_position_embeddings=64, num_labels=1)
BertForSequenceClassification(config).save_pretrained(folder)
"""


@pytest.fixture(scope="module")
def tiny_cross_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import subprocess
    import sys

    folder = tmp_path_factory.mktemp("cross-encoder")
    subprocess.run([sys.executable, "-c", _MAKE, str(folder)], check=True, capture_output=True)
    return folder


@pytest.mark.model
def test_a_cross_encoder_gives_each_passage_a_score_between_nought_and_one(tiny_cross_encoder: Path) -> None:
    reranker = Reranker("tiny", tiny_cross_encoder)
    try:
        scores = reranker.score("how to brew tea", ["tea is hot", "rain falls", ""], wait_s=WAIT_S)
        again = reranker.score("how to brew tea", ["rain falls", "tea is hot", ""])
    finally:
        reranker.close()
    assert len(scores) == 3
    assert all(0.0 < score < 1.0 for score in scores)
    assert scores == pytest.approx([again[1], again[0], again[2]], abs=1e-5)


@pytest.mark.model
def test_a_folder_without_a_model_is_refused_with_a_fix(tmp_path: Path) -> None:
    reranker = Reranker("none", tmp_path)
    try:
        with pytest.raises(ModelUnavailable) as caught:
            reranker.score("tea", ["tea"], wait_s=WAIT_S)
    finally:
        reranker.close()
    assert caught.value.fix
