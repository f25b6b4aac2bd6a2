from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from host.tabs import heads
from host.tabs.examples import KEYS, find_revision
from host.tabs.heads import (
    SHIPPED,
    WORDS_FILE,
    VectorHead,
    WordHead,
    load_vector_head,
    load_word_head,
    save_vector_head,
    save_word_head,
)

if TYPE_CHECKING:
    from pathlib import Path

DIMENSIONS = 4


def _make(seed: int = 0, dimensions: int = DIMENSIONS) -> VectorHead:
    random = np.random.default_rng(seed)
    return VectorHead(random.normal(size=(len(KEYS), dimensions + 1)).astype(np.float32))


def test_what_is_shipped_was_learned_from_the_examples_that_are_shipped() -> None:
    files = sorted(SHIPPED.glob("*.npz"))
    assert {"all-minilm-l6-v2.npz", WORDS_FILE} <= {file.name for file in files}
    for file in files:
        with np.load(file, allow_pickle=False) as stored:
            revision = bytes(stored["revision"]).decode("ascii")
        assert revision == find_revision(), f"{file.name} is out of date. Run: python -m host.tabs.training"


def test_the_shipped_heads_rate_every_category() -> None:
    head = load_vector_head(SHIPPED / "all-minilm-l6-v2.npz", 384)
    assert head is not None
    for found in (
        head.rate(np.eye(3, 384, dtype=np.float32)),
        load_word_head().rate([{"w:news"}, set(), {"w:no such word"}]),
    ):
        assert found.shape == (3, len(KEYS))
        assert np.exp(found).sum(axis=1) == pytest.approx(np.ones(3))


def test_words_that_nobody_has_seen_change_nothing() -> None:
    rated = load_word_head().rate([set(), {"w:xqzzv"}, {"w:xqzzv", "w:news"}, {"w:news"}])
    assert rated[0] == pytest.approx(rated[1])
    assert rated[2] == pytest.approx(rated[3])
    assert KEYS[int(rated[3].argmax())] == "news"


def test_a_head_is_read_as_it_was_written(tmp_path: Path) -> None:
    head = _make()
    save_vector_head(tmp_path / "deep" / "one.npz", head)
    read = load_vector_head(tmp_path / "deep" / "one.npz", DIMENSIONS)
    assert read is not None
    assert read.weights == pytest.approx(head.weights, abs=2e-3)
    assert [file.name for file in (tmp_path / "deep").iterdir()] == ["one.npz"]


def test_the_same_head_makes_the_same_file(tmp_path: Path) -> None:
    for name in ("one", "two"):
        save_vector_head(tmp_path / f"{name}.npz", _make())
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


@pytest.mark.parametrize("damage", ["missing", "empty", "text", "cut", "folder", "no weights"])
def test_a_damaged_head_is_none(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "one.npz"
    save_vector_head(file, _make())
    content = file.read_bytes()
    file.unlink()
    if damage == "folder":
        file.mkdir()
    elif damage == "no weights":
        with file.open("wb") as stream:
            np.savez(stream, other=np.zeros(3))
    elif damage != "missing":
        damaged = {"empty": b"", "text": b"not a head", "cut": content[: len(content) // 2]}
        file.write_bytes(damaged[damage])
    assert load_vector_head(file, DIMENSIONS) is None


def test_the_head_of_another_model_or_of_other_examples_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "one.npz"
    save_vector_head(file, _make())
    assert load_vector_head(file, DIMENSIONS + 1) is None
    assert load_vector_head(file, DIMENSIONS) is not None
    monkeypatch.setattr(heads, "find_revision", lambda: "other")
    assert load_vector_head(file, DIMENSIONS) is None


def test_nothing_of_a_file_is_ever_run(tmp_path: Path) -> None:
    file, sign = tmp_path / "one.npz", tmp_path / "was-run"

    class Hostile:
        def __reduce__(self) -> tuple[object, ...]:
            return type(sign).touch, (sign,)

    with file.open("wb") as stream:
        np.savez(stream, weights=np.array([Hostile()], dtype=object), revision=np.zeros(1))
    assert load_vector_head(file, DIMENSIONS) is None
    assert not sign.exists()


def test_the_words_that_speak_most_for_a_category_are_told_first() -> None:
    weights = np.zeros((4, len(KEYS)), dtype=np.float32)
    dev = KEYS.index("dev")
    weights[:, dev] = [1.0, 3.0, -2.0, 9.0]
    head = WordHead(["w:code", "w:rust", "w:soup", "p:progr"], weights, np.zeros(len(KEYS), dtype=np.float32))
    features = {"w:code", "w:rust", "w:soup", "p:progr", "w:unknown"}
    assert head.find_telling(features, "dev") == ["rust", "code"]
    assert head.find_telling(features, "dev", most=1) == ["rust"]
    assert head.find_telling(features, "news") == ["soup"]


def test_the_head_over_words_is_written_as_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(0)
    names = ["w:a", "w:新聞", "h:x"]
    weights = random.normal(size=(3, len(KEYS))).astype(np.float32)
    bias = random.normal(size=len(KEYS)).astype(np.float32)
    save_word_head(tmp_path / WORDS_FILE, names, weights, bias)
    monkeypatch.setattr(heads, "SHIPPED", tmp_path)
    read = load_word_head.__wrapped__()
    asked: list[set[str]] = [{"w:a", "w:新聞"}, {"h:x"}, set()]
    assert read.rate(asked) == pytest.approx(WordHead(names, weights, bias).rate(asked), abs=5e-3)
