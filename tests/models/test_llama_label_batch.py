"""Labels behind many items at once, with a tiny model of random weights in this process."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host.core.errors import Cancelled, InvalidInput
from host.models.label_paths import find_paths, weigh_labels
from host.models.llama_engine import LlamaEngine
from host.models.llama_label_batch import find_end, score_items
from host.models.llama_loading import LoadOptions, load_llama
from host.models.llama_session import LlamaSession, read_piece
from host.models.tiny_gguf import write_tiny_gguf
from host.workers.server import Task
from tests.tiny_language_models import FAMILIES, write_language_model

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from host.workers.messages import Header

pytestmark = pytest.mark.model
HEAD = [{"role": "system", "content": "You sort."}, {"role": "user", "content": "Sort this: "}]
# Share of a label: the same sums in another order, in half precision, over random weights.
NOISE = 0.02


@pytest.fixture
def session(tmp_path: Path) -> Iterator[LlamaSession]:
    write_tiny_gguf(tmp_path / "tiny.gguf")
    made = LlamaSession(LlamaEngine(load_llama(tmp_path / "tiny.gguf", LoadOptions("tiny", threads=1))))
    yield made
    made.engine.close()


def ask(items: Sequence[str], labels: Sequence[str]) -> Header:
    return {"messages": HEAD, "items": list(items), "labels": list(labels)}


def score(
    session: LlamaSession, items: Sequence[str], labels: Sequence[str], *, urgent: bool = True
) -> NDArray[np.float64]:
    _, data = score_items(session, ask(items, labels), Task(), urgent=urgent)
    return np.exp(np.frombuffer(data).reshape(len(items), len(labels)))


def score_one_by_one(
    session: LlamaSession, items: Sequence[str], labels: Sequence[str]
) -> NDArray[np.float64]:
    """The same by computing every item and every choice by itself, from nothing."""
    engine = session.engine
    found = []
    for item in items:
        text = session.prompt.write([HEAD[0], {"role": "user", "content": HEAD[1]["content"] + item}])
        prompt = session.add_begin(engine.tokenise(text, special=True))
        end = find_end(session, HEAD)
        tree = find_paths([session.tokenise_label(text, label) for label in labels], end)
        rows = {
            before: engine.evaluate_all([*prompt, *before], lambda: False)[-1][list(tokens)].astype(
                np.float64
            )
            for before, tokens in tree.choices.items()
        }
        found.append(np.exp(weigh_labels(tree, rows)))
    return np.array(found)


def is_clean(session: LlamaSession) -> bool:
    """Whether nothing but the slots is in the cache, and nobody holds one."""
    engine = session.engine
    import llama_cpp

    memory = llama_cpp.llama_get_memory(engine.loaded.context)
    branches = range(engine.loaded.slots, engine.loaded.slots + engine.loaded.branches)
    return all(slot.user is None for slot in engine.slots) and all(
        llama_cpp.llama_memory_seq_pos_max(memory, number) == -1 for number in branches
    )


@pytest.mark.parametrize(
    "labels",
    [["a", "b", "c"], ["abc", "abd", "xyz"], ["a", "ab", "abc", "b"], ["only"], ["same", "same", "other"],
     [f"label {number}" for number in range(40)], ["abcdefghijklmnop", "abcdefghijklmnoq"]],
)  # fmt: skip
def test_many_items_score_as_when_each_is_computed_by_itself(
    session: LlamaSession, labels: list[str]
) -> None:
    items = [f"item {'x' * number}" for number in range(12)]
    together = score(session, items, labels)
    assert together.sum(axis=1) == pytest.approx(np.ones(12))
    assert together == pytest.approx(score_one_by_one(session, items, labels), abs=NOISE)
    assert is_clean(session)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_of_models_gives_the_shares_of_single_tokens(tmp_path: Path, family: str) -> None:
    write_language_model(tmp_path / "tiny.gguf", family)
    session = LlamaSession(LlamaEngine(load_llama(tmp_path / "tiny.gguf", LoadOptions("tiny", threads=1))))
    try:
        labels, items = ["a", "b", "the", "q"], ["one", "another thing", "in the or", ""]
        expected = []
        for item in items:
            messages = [HEAD[0], {"role": "user", "content": HEAD[1]["content"] + item}]
            plain = session.score_labels({"messages": messages, "labels": labels}, Task(), urgent=True)
            assert plain["label_tokens"] == [1, 1, 1, 1]
            shares = np.exp(plain["log_probabilities"])
            expected.append(shares / shares.sum())
        assert score(session, items, labels) == pytest.approx(np.array(expected), abs=NOISE)
    finally:
        session.engine.close()


def test_the_head_is_computed_once_and_kept_for_the_next_request(session: LlamaSession) -> None:
    first, _ = score_items(session, ask(["one", "two"], ["a", "b"]), Task(), urgent=True)
    again, _ = score_items(session, ask(["one", "two", "six"], ["a", "b"]), Task(), urgent=True)
    assert first["evaluated_tokens"] == first["prompt_tokens"]
    assert again["evaluated_tokens"] < again["prompt_tokens"] - 20


@pytest.mark.parametrize(("family", "end"), [("smollm2", "<|im_end|>"), ("llama", "<|eot_id|>")])
def test_an_answer_ends_as_the_models_own_template_says(tmp_path: Path, family: str, end: str) -> None:
    write_language_model(tmp_path / "tiny.gguf", family)
    session = LlamaSession(LlamaEngine(load_llama(tmp_path / "tiny.gguf", LoadOptions("tiny", threads=1))))
    try:
        found = read_piece(session.engine, find_end(session, HEAD), special=True)
    finally:
        session.engine.close()
    assert found.decode("utf-8") == end


def test_no_items_give_no_rows(session: LlamaSession) -> None:
    assert score(session, [], ["a", "b"]).shape == (0, 2)


def test_items_of_any_length_are_scored_in_their_order(session: LlamaSession) -> None:
    items = ["x" * 300, "", "y", "x" * 200, "z" * 10, "x" * 300]
    together = score(session, items, ["a", "b", "c"])
    assert together[0] == pytest.approx(together[5], abs=NOISE)
    assert together == pytest.approx(score_one_by_one(session, items, ["a", "b", "c"]), abs=NOISE)


def test_an_item_that_is_too_long_is_refused_with_the_numbers(session: LlamaSession) -> None:
    with pytest.raises(InvalidInput, match=r"tokens; the model takes 511"):
        score(session, ["short", "x" * 600], ["a", "b"])
    assert is_clean(session)


def test_an_empty_label_is_refused(session: LlamaSession) -> None:
    with pytest.raises(InvalidInput, match="empty"):
        score(session, ["x"], ["a", ""])


def test_control_tokens_in_an_item_stay_text(session: LlamaSession) -> None:
    plain, hostile = score(session, ["a b"], ["a", "b"]), score(session, ["a</s>b"], ["a", "b"])
    assert plain.shape == hostile.shape
    header, _ = score_items(session, ask(["</s>" * 20], ["a", "b"]), Task(), urgent=True)
    # As one control token each it would be twenty tokens.
    assert header["prompt_tokens"] > 80


def test_a_persons_question_goes_first_and_the_batch_ends_with_the_same_scores(
    session: LlamaSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    items, labels = [f"item {number} {'x' * 40}" for number in range(120)], ["abc", "abd", "x"]
    alone = score(session, items, labels, urgent=False)
    order: list[str] = []
    found: list[NDArray[np.float64]] = []
    started = threading.Event()
    decode = session.engine.decode

    def tell(count: int) -> bool:
        started.set()
        return decode(count)

    monkeypatch.setattr(session.engine, "decode", tell)

    def work() -> None:
        found.append(score(session, items, labels, urgent=False))
        order.append("background")

    background = threading.Thread(target=work)
    background.start()
    assert started.wait(30)
    person = {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 3, "temperature": 0.0}
    session.generate(person, Task(), urgent=True)
    order.append("person")
    background.join(60)
    assert order == ["person", "background"]
    assert found[0] == pytest.approx(alone, abs=NOISE)
    assert is_clean(session)


def test_a_batch_that_is_taken_back_ends_in_the_middle_and_leaves_nothing(
    session: LlamaSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = Task()
    decoded = 0
    decode = session.engine.decode

    def cancel_at_the_second(count: int) -> bool:
        nonlocal decoded
        decoded += 1
        if decoded == 2:
            task.cancel()
        return decode(count)

    monkeypatch.setattr(session.engine, "decode", cancel_at_the_second)
    with pytest.raises(Cancelled):
        score_items(session, ask(["x" * 50] * 100, ["a", "b"]), task, urgent=False)
    assert decoded <= 3
    assert is_clean(session)
