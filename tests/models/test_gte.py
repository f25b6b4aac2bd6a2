from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tokenizers import Tokenizer

from host.core.errors import ModelUnavailable
from host.models.embedding import Embedder, EmbeddingModel
from host.models.encoders import EncoderProcess
from tests.tiny_gte import HIDDEN, WINDOW, compute, write_gte

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEXTS = ["tea is hot", "the river rises and rain falls on the hill . how to brew a kettle of water ?", "code"]
WAIT_S = 120.0


@pytest.fixture(scope="module")
def process() -> Iterator[EncoderProcess]:
    made = EncoderProcess(threads=1)
    yield made
    made.close()


def embedder(folder: Path, process: EncoderProcess) -> Embedder:
    return Embedder(EmbeddingModel("gte", folder, HIDDEN, WINDOW), process)


@pytest.mark.model
def test_the_librarys_own_class_computes_what_the_published_code_does(
    tmp_path: Path, process: EncoderProcess
) -> None:
    write_gte(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    made = embedder(tmp_path, process).embed_passages(TEXTS)
    tokens = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    expected = np.stack([compute(tmp_path, tokens.encode(text).ids) for text in TEXTS])
    assert np.allclose(made, expected, atol=1e-5)
    # What was published stays as it is.
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.model
def test_positions_that_are_not_stretched_are_computed_too(tmp_path: Path, process: EncoderProcess) -> None:
    write_gte(tmp_path / "stretched")
    write_gte(tmp_path / "plain", rope_scaling=None)
    stretched = embedder(tmp_path / "stretched", process).embed_passages(TEXTS)
    plain = embedder(tmp_path / "plain", process).embed_passages(TEXTS)
    assert not np.allclose(stretched, plain, atol=1e-3)


@pytest.mark.model
def test_another_form_of_the_architecture_is_not_run_without_permission(
    tmp_path: Path, process: EncoderProcess
) -> None:
    write_gte(tmp_path, position_embedding_type="absolute")
    (tmp_path / "modeling.py").write_text("raise SystemExit('this must not run')", encoding="utf-8")
    settings = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    settings["auto_map"] = {"AutoModel": "modeling.NewModel"}
    (tmp_path / "config.json").write_text(json.dumps(settings), encoding="utf-8")
    with pytest.raises(ModelUnavailable, match="code of its own"):
        embedder(tmp_path, process).embed_passages(TEXTS)
