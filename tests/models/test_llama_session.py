"""Requests to an engine, with a tiny model of random weights in this process."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from host.core.errors import Cancelled, InvalidInput
from host.models.llama_engine import LlamaEngine
from host.models.llama_loading import LoadOptions, load_llama
from host.models.llama_session import LlamaSession
from host.models.tiny_gguf import write_tiny_gguf
from host.workers.server import Task

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from host.workers.messages import Header

pytestmark = pytest.mark.model
END = 2
ENDLESS = "root ::= [a-z] root"
# Nats a token: the same sums in another order, in half precision, over random weights.
NOISE = 1e-2


@pytest.fixture
def session(tmp_path: Path) -> Iterator[LlamaSession]:
    write_tiny_gguf(tmp_path / "tiny.gguf")
    made = LlamaSession(LlamaEngine(load_llama(tmp_path / "tiny.gguf", LoadOptions("tiny", threads=1))))
    yield made
    made.engine.close()


def ask(content: str, max_tokens: int = 12, **more: Any) -> Header:
    return {
        "messages": [{"role": "user", "content": content}],
        "max_tokens": max_tokens,
        "temperature": 0.0,
        **more,
    }


def never() -> bool:
    return False


def test_the_same_beginning_is_not_computed_again_and_the_answer_is_the_same(session: LlamaSession) -> None:
    first = session.generate(ask("tell me of kettles"), Task(), urgent=True)
    again = session.generate(ask("tell me of kettles"), Task(), urgent=True)
    other = session.generate(ask("tell me of kittens"), Task(), urgent=True)
    assert first["evaluated_tokens"] == first["prompt_tokens"] > 20
    assert again["evaluated_tokens"] == 1
    assert 1 < other["evaluated_tokens"] < first["prompt_tokens"]
    assert again["text"] == first["text"]


def test_requests_between_do_not_change_an_answer(session: LlamaSession) -> None:
    header = ask("tell me of kittens", labels=["a", "bcd", "the end"])
    alone = session.score_labels(header, Task(), urgent=True)["log_probabilities"]
    for slot in session.engine.slots:
        session.engine.forget(slot)
    session.generate(ask("tell me of kettles"), Task(), urgent=True)
    session.score_labels(ask("tell me of k", labels=["a", "bc"]), Task(), urgent=False)
    session.generate(ask("tell me of kitchens"), Task(), urgent=True)
    after = session.score_labels(header, Task(), urgent=True)
    assert after["evaluated_tokens"] < after["prompt_tokens"]
    assert after["log_probabilities"] == pytest.approx(alone, abs=NOISE * 7)


def test_a_persons_conversation_survives_any_number_of_background_requests(session: LlamaSession) -> None:
    session.generate(ask("a question"), Task(), urgent=True)
    for number in range(6):
        session.generate(ask(f"{number} background", 1), Task(), urgent=False)
    assert session.generate(ask("a question"), Task(), urgent=True)["evaluated_tokens"] == 1


def test_many_prompts_of_the_background_are_kept_side_by_side(session: LlamaSession) -> None:
    prompts = [ask(name * 12, labels=["ab", "cd"]) for name in "abcdefg"]
    first = [session.score_labels(prompt, Task(), urgent=False)["evaluated_tokens"] for prompt in prompts]
    again = [session.score_labels(prompt, Task(), urgent=False)["evaluated_tokens"] for prompt in prompts]
    # The last token of the prompt, and the labels but for their last.
    assert max(again) <= 1 + 2
    assert min(first) > max(again)


def test_a_person_is_not_slowed_down_by_what_the_background_keeps(session: LlamaSession) -> None:
    for name in "abc":
        session.score_labels(ask(name * 12, labels=["ab", "cd"]), Task(), urgent=False)
    assert sum(len(slot.tokens) for slot in session.engine.slots) > 60
    answer = session.generate(ask("a question", 3), Task(), urgent=True)
    kept = sum(len(slot.tokens) for slot in session.engine.slots)
    assert kept <= answer["prompt_tokens"] + answer["generated_tokens"]


def test_when_the_context_is_full_the_oldest_sequences_make_room(session: LlamaSession) -> None:
    alone = session.generate(ask("x" * 250, 20), Task(), urgent=True)
    for filler in "abc":
        session.generate(ask(filler * 250, 20), Task(), urgent=filler == "b")
    assert sum(len(slot.tokens) for slot in session.engine.slots) <= session.engine.context_size
    assert session.generate(ask("x" * 250, 20), Task(), urgent=True)["text"] == alone["text"]


def test_a_text_that_is_too_long_is_refused_with_the_numbers(session: LlamaSession) -> None:
    with pytest.raises(InvalidInput, match=r"tokens; the model takes 511"):
        session.generate(ask("x" * 600), Task(), urgent=True)
    with pytest.raises(InvalidInput, match="tokens"):
        session.score_labels(ask("x" * 600, labels=["a"]), Task(), urgent=True)
    assert session.generate(ask("short"), Task(), urgent=True)["generated_tokens"] > 0


def test_an_answer_ends_where_the_context_ends(session: LlamaSession) -> None:
    prompt = session.generate(ask("x" * 400, 1), Task(), urgent=True)["prompt_tokens"]
    answer = session.generate(ask("x" * 400, 5000, grammar='root ::= "a" root'), Task(), urgent=True)
    assert answer["stopped_by"] == "length"
    assert answer["prompt_tokens"] + answer["generated_tokens"] == session.engine.context_size
    assert answer["prompt_tokens"] == prompt


def test_control_tokens_in_a_page_stay_text(session: LlamaSession) -> None:
    def count_ends(content: str) -> int:
        messages = [{"role": "user", "content": content}]
        return session._tokenise_prompt(messages).count(END)

    assert session.engine.tokenise("</s>", special=True) == [END]
    assert count_ends("a</s>b</s>") == count_ends("ab") == 0


def test_a_computation_that_is_broken_off_leaves_no_trace(session: LlamaSession) -> None:
    engine = session.engine
    slot, tokens = engine.slots[0], [3 + at % 200 for at in range(400)]
    engine.evaluate(slot, tokens, never)
    expected = engine.read_logits().copy()
    engine.forget(slot)
    engine.evaluate(slot, tokens[:100], never)
    looks = iter([True, False])

    def break_off_once() -> bool:
        if next(looks, False):
            # After the look, as when somebody cancels while the model computes.
            engine.loaded.abort.set()
        return False

    engine.evaluate(slot, tokens, break_off_once)
    assert slot.tokens == tokens
    assert np.allclose(engine.read_logits(), expected, atol=1e-3)


def test_labels_score_as_when_each_is_computed_by_itself(session: LlamaSession) -> None:
    engine = session.engine
    labels = ["a", "ab", "abc", "x y", "w9", "abcdefghijklmnop"] + [f"label {n}" for n in range(20)]
    scores = session.score_labels(ask("which", labels=labels), Task(), urgent=True)
    text = session.prompt.write(ask("which")["messages"])
    prompt = session.add_begin(engine.tokenise(text, special=True))
    for label, score, count in zip(labels, scores["log_probabilities"], scores["label_tokens"], strict=True):
        tokens = session.tokenise_label(text, label)
        rows = engine.evaluate_all([*prompt, *tokens], never)[len(prompt) - 1 : -1].astype(np.float64)
        shares = rows - np.log(np.exp(rows).sum(axis=1, keepdims=True))
        assert score == pytest.approx(float(shares[np.arange(len(tokens)), tokens].sum()), abs=NOISE * count)
        assert count == len(tokens)


def test_scoring_again_computes_the_labels_and_one_token_of_the_prompt(session: LlamaSession) -> None:
    header = ask("which", labels=["abc", "abd"])
    first = session.score_labels(header, Task(), urgent=True)
    again = session.score_labels(header, Task(), urgent=True)
    inner = sum(count - 1 for count in first["label_tokens"])
    assert first["evaluated_tokens"] == first["prompt_tokens"] + inner
    assert again["evaluated_tokens"] == 1 + inner
    assert again["log_probabilities"] == pytest.approx(first["log_probabilities"], abs=NOISE * 3)


def test_an_empty_label_is_refused(session: LlamaSession) -> None:
    with pytest.raises(InvalidInput, match="empty"):
        session.score_labels(ask("which", labels=["a", ""]), Task(), urgent=True)


def test_background_work_pauses_for_a_person_and_ends_with_the_same_answer(session: LlamaSession) -> None:
    long = ask("a long piece of work", 200, grammar=ENDLESS)
    alone = session.generate(long, Task(), urgent=False)
    for slot in session.engine.slots:
        session.engine.forget(slot)
    under_way, order = threading.Event(), []
    found: dict[str, Header] = {}

    def work() -> None:
        found["background"] = session.generate(long, Task(lambda _: under_way.set()), urgent=False)
        order.append("background")

    background = threading.Thread(target=work)
    background.start()
    assert under_way.wait(30)
    session.generate(ask("a question", 5), Task(), urgent=True)
    order.append("person")
    background.join()
    assert order == ["person", "background"]
    assert found["background"]["text"] == alone["text"]


def test_a_cancelled_request_ends_in_the_middle_and_the_next_one_is_right(session: LlamaSession) -> None:
    expected = session.generate(ask("hello"), Task(), urgent=True)
    pieces: list[str] = []

    def cancel_at_once(value: Header) -> None:
        pieces.append(value["text"])
        task.cancel()

    task = Task(cancel_at_once)
    with pytest.raises(Cancelled):
        session.generate(ask("b", 300, grammar=ENDLESS), task, urgent=True)
    assert len(pieces) == 1
    assert session.generate(ask("hello"), Task(), urgent=True)["text"] == expected["text"]
    assert all(slot.user is None for slot in session.engine.slots)


def test_a_request_that_was_cancelled_before_its_turn_computes_nothing(session: LlamaSession) -> None:
    task = Task()
    task.cancel()
    with pytest.raises(Cancelled):
        session.generate(ask("hello"), task, urgent=True)
    assert all(not slot.tokens for slot in session.engine.slots)


@pytest.mark.parametrize(
    "grammar", ["root ::= (", 'other ::= "a"', "root ::= nothing", "", 'root ::= root "a"']
)
def test_a_bad_grammar_is_a_clear_error_and_breaks_nothing(session: LlamaSession, grammar: str) -> None:
    with pytest.raises(InvalidInput, match="grammar") as caught:
        session.generate(ask("hello", grammar=grammar), Task(), urgent=True)
    assert caught.value.fix
    assert session.generate(ask("hello", grammar='root ::= "yes"'), Task(), urgent=True)["text"] == "yes"


def test_a_schema_that_cannot_be_translated_is_a_clear_error(session: LlamaSession) -> None:
    with pytest.raises(InvalidInput, match="schema"):
        session.generate(ask("hello", json_schema={"$ref": "nowhere"}), Task(), urgent=True)


def test_chance_is_the_same_for_the_same_seed_and_follows_the_grammar(session: LlamaSession) -> None:
    header = ask("dice", 40, temperature=1.5, grammar="root ::= [a-d]+") | {"temperature": 1.5}
    first, again, other = (
        session.generate(header | {"seed": seed}, Task(), urgent=True)["text"] for seed in (1, 1, 2)
    )
    assert first == again != other
    assert set(first + other) <= set("abcd")
