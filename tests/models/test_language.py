"""The real starter model in its process."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
import psutil
import pytest

from host.core.errors import Cancelled, InvalidInput, Timeout, WorkerDied
from host.models.cores import count_cores
from host.models.language import InstructionModel, LanguageModel, Message
from tests.conftest import INSTALLED_MODELS
from tests.makers import wait_until
from tests.models.plain_llama import score_plainly

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.model
LOADING_S = 120.0
HEAD = Message("system", "You sort files. Answer with one word. " + "Be brief and be right. " * 20)


def describe_starter() -> InstructionModel:
    files = sorted((INSTALLED_MODELS / "smollm2-135m-instruct").glob("*.gguf"))
    if not files:
        pytest.fail("The starter models are missing. Run: python3 -m tests")
    return InstructionModel("smollm2-135m-instruct", files[0], 8192)


@pytest.fixture(scope="module")
def model() -> Iterator[LanguageModel]:
    made = LanguageModel(describe_starter(), context=2048)
    assert made.wait_ready(LOADING_S), made.failure
    yield made
    made.close()


def ask(content: str) -> list[Message]:
    return [HEAD, Message("user", content)]


def test_an_answer_streams_in_pieces_that_are_together_its_text(model: LanguageModel) -> None:
    pieces: list[str] = []
    answer = model.generate(
        [Message("user", "Count from one to ten in words.")], max_tokens=60, on_text=pieces.append
    )
    assert "".join(pieces) == answer.text
    assert len(pieces) > 1
    assert answer.generated_tokens <= 60
    assert answer.stopped_by in ("end", "length")
    assert answer.prompt_s > 0
    assert answer.generation_s > 0


def test_characters_of_many_bytes_are_never_cut(model: LanguageModel) -> None:
    pieces: list[str] = []
    answer = model.generate(
        ask("Say it."), max_tokens=40, grammar='root ::= "日本語 – 😀😀 é" "!"', on_text=pieces.append
    )
    assert answer.text == "日本語 – 😀😀 é!"
    assert "\ufffd" not in "".join(pieces)
    assert answer.stopped_by == "end"


def test_a_common_beginning_is_read_once(model: LanguageModel) -> None:
    first = model.generate(ask("The first file is main.py."), max_tokens=4)
    second = model.generate(ask("The other one is notes.txt."), max_tokens=4)
    assert second.prompt_tokens > 100
    assert second.evaluated_tokens < 40 < first.prompt_tokens
    scores = model.score_labels(ask("The third is data.csv."), ["code", "data"])
    assert scores.evaluated_tokens < 40


def test_label_scores_are_those_of_llama_cpp_asked_directly(model: LanguageModel) -> None:
    messages = ask("def add(a, b): return a + b")
    labels = ["code", "documentation", "configuration file", "test", "Build system"]
    scores = model.score_labels(messages, labels)
    expected = score_plainly(model.model.file, [asdict(message) for message in messages], labels)
    # Which tokens are computed together moves the last digits, and the small model blows them up.
    ours, theirs = np.exp(scores.log_probabilities), np.exp(expected)
    assert ours / ours.sum() == pytest.approx(theirs / theirs.sum(), abs=0.05)
    assert scores.label_tokens[0] == 1 < scores.label_tokens[2]


def test_a_schema_makes_every_answer_json_that_fits_it(model: LanguageModel) -> None:
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string", "maxLength": 12}, "kind": {"enum": ["code", "data"]}},
        "required": ["name", "kind"],
        "additionalProperties": False,
    }
    answer = model.generate(ask("Describe main.py as JSON."), max_tokens=80, json_schema=schema)
    found = json.loads(answer.text)
    assert found.keys() == {"name", "kind"}
    assert found["kind"] in ("code", "data")
    assert len(found["name"]) <= 12


def test_a_stop_text_ends_the_answer_and_is_not_in_it(model: LanguageModel) -> None:
    answer = model.generate(
        ask("Count."), max_tokens=40, stop=["three"], grammar='root ::= "one two three four"'
    )
    assert (answer.text, answer.stopped_by) == ("one two ", "stop")


def test_the_likeliest_answer_is_always_the_same_and_chance_follows_its_seed(model: LanguageModel) -> None:
    question = [Message("user", "Tell me of rivers.")]
    model.generate(question, max_tokens=12)
    sure = {model.generate(question, max_tokens=12).text for _ in range(3)}
    assert len(sure) == 1
    first, again, other = (
        model.generate(question, max_tokens=12, temperature=1.2, seed=seed).text for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


@pytest.mark.parametrize("place", ["prompt", "answer"])
def test_a_cancelled_answer_ends_at_once_and_the_next_is_right(model: LanguageModel, place: str) -> None:
    expected = model.generate(ask("Is main.py code?"), max_tokens=8).text
    cancelled = threading.Event()
    words = 1500 if place == "prompt" else 1
    pieces: list[str] = []

    def cancel(text: str) -> None:
        pieces.append(text)
        cancelled.set()

    if place == "prompt":
        # Set while the prompt is read: no text comes that could set it.
        threading.Timer(0.2, cancelled.set).start()
    with pytest.raises(Cancelled):
        model.generate(
            [Message("user", "word " * words)],
            max_tokens=400,
            grammar="root ::= [a-z ] root",
            on_text=cancel,
            cancelled=cancelled,
        )
    assert len(pieces) <= 3
    assert model.generate(ask("Is main.py code?"), max_tokens=8).text == expected


def test_a_person_is_answered_while_background_work_is_under_way(model: LanguageModel) -> None:
    under_way, ended = threading.Event(), threading.Event()
    found: list[int] = []

    def work() -> None:
        answer = model.generate(
            [Message("user", "Work.")],
            max_tokens=200,
            grammar="root ::= [a-z ] root",
            on_text=lambda _: under_way.set(),
            lane="background",
        )
        found.append(answer.generated_tokens)
        ended.set()

    background = threading.Thread(target=work)
    background.start()
    assert under_way.wait(LOADING_S)
    model.generate(ask("Is it code?"), max_tokens=3)
    assert not ended.is_set()
    background.join()
    assert found == [200]


def test_tokens_are_counted_as_text_also_where_they_look_like_control(model: LanguageModel) -> None:
    plain, control, nothing = model.count_tokens(["kettle", "<|im_start|>", ""])
    assert plain in (1, 2)
    assert control > 1
    assert nothing == 0


def test_it_says_where_it_is_and_what_it_holds(model: LanguageModel) -> None:
    facts = model.describe()
    assert facts.file_size == model.model.file.stat().st_size
    assert facts.context == 2048
    assert facts.threads == count_cores()
    assert facts.layers == 31
    assert (facts.device == "cpu") == (facts.layers_on_device == 0)
    assert facts.quantisation == "Q4_1"
    assert facts.resident > facts.file_size / 2
    assert model.load_share == 1.0


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"max_tokens": 0}, "token"),
        ({"grammar": "root ::= x", "json_schema": {}}, "not both"),
        ({"stop": [""]}, "empty"),
        ({"grammar": "root ::= ("}, "grammar"),
    ],
)
def test_what_cannot_be_asked_is_a_clear_error(
    model: LanguageModel, changes: dict[str, object], match: str
) -> None:
    with pytest.raises(InvalidInput, match=match):
        model.generate(ask("x"), **({"max_tokens": 5} | changes))  # type: ignore[arg-type]


def test_no_label_and_a_text_over_the_context_are_clear_errors(model: LanguageModel) -> None:
    with pytest.raises(InvalidInput, match="no label"):
        model.score_labels(ask("x"), [])
    with pytest.raises(InvalidInput, match="the model takes 2047"):
        model.generate(ask("word " * 3000), max_tokens=5)


def test_a_killed_model_costs_the_answer_under_way_and_comes_back() -> None:
    model = LanguageModel(describe_starter(), context=512)
    try:
        assert model.wait_ready(LOADING_S), model.failure
        process = psutil.Process(model.worker.pid)
        with pytest.raises(WorkerDied, match="stopped") as died:
            model.generate(
                [Message("user", "Go on.")],
                max_tokens=400,
                grammar="root ::= [a-z ] root",
                on_text=lambda _: process.kill(),
            )
        assert "smollm2-135m-instruct" in str(died.value)
        wait_until(lambda: not process.is_running(), "no process is left")
        assert model.generate(ask("Is it code?"), max_tokens=3).generated_tokens > 0
        assert model.worker.starts == 2
    finally:
        model.close()


def test_an_answer_that_takes_too_long_is_given_up() -> None:
    model = LanguageModel(describe_starter(), context=512)
    try:
        with pytest.raises(Timeout):
            model.generate(ask("x"), max_tokens=400, timeout=0.01)
    finally:
        model.close()
