from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host.chat.evidence import Evidence
from host.chat.exchange import Turn
from host.chat.marks import render_answer
from host.chat.written import Patience, write_answer
from host.core.errors import Cancelled, Timeout
from host.models.language import InstructionModel, LanguageModel
from tests.chat.written_world import (
    LOCKED,
    QUESTION,
    STEEPED,
    TAKEN,
    TEXTS,
    UNTOLD,
    ScriptedWriter,
    make_evidence,
    make_passages,
)
from tests.conftest import INSTALLED_MODELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from host.chat.exchange import Draft

LOADING_S = 120.0
SAID = st.sampled_from(
    [
        LOCKED,
        TAKEN,
        STEEPED,
        UNTOLD,
        "See [1](http://x.example).",
        "- One.\n",
        "Dr. No?",
        " ",
        "\n| a | b |\n|---|---|\n",
        "\n```py\n",
    ]
)


def write(pieces: Sequence[str], **options: Any) -> tuple[Draft, list[str]]:
    """A scripted answer, and what was streamed of it."""
    heard: list[str] = []
    draft = write_answer(
        options.pop("writer", None) or ScriptedWriter(pieces),
        QUESTION,
        make_passages(),
        options.pop("turns", ()),
        options.pop("evidence", None) or make_evidence(),
        on_text=heard.append,
        **options,
    )
    return draft, heard


def split_words(text: str) -> list[str]:
    return [f" {word}" if place else word for place, word in enumerate(text.split(" "))]


def test_each_sentence_bears_the_passage_that_says_so_whatever_the_model_cites() -> None:
    said = f"{LOCKED[:-1]} [2]. {STEEPED[:-1]} (Passage 1)."
    draft, heard = write(split_words(said))
    assert "".join(heard) == f"{LOCKED} [1] {STEEPED} [2]"
    assert [sentence.citations for sentence in draft.sentences] == [(1,), (2,)]
    assert draft.sentences[0].quote in TEXTS[0]
    assert draft.raw == said


def test_a_sentence_that_no_passage_supports_is_marked() -> None:
    draft, heard = write([f"{LOCKED} {UNTOLD} {TAKEN}"])
    assert "".join(heard) == f"{LOCKED} [1] {UNTOLD} [?] {TAKEN} [1]"
    assert [sentence.supported for sentence in draft.sentences] == [True, False, True]


def test_a_sentence_that_no_passage_supports_is_never_shown_where_that_is_wanted() -> None:
    draft, heard = write(split_words(f"{UNTOLD} {LOCKED}\n\n- {UNTOLD} {TAKEN}"), omit_unsupported=True)
    assert "".join(heard) == f"{LOCKED} [1]\n\n- {TAKEN} [1]"
    assert all(sentence.supported for sentence in draft.sentences)


def test_an_answer_that_nothing_supports_is_followed_by_the_sentence_that_answers() -> None:
    draft, heard = write([UNTOLD])
    quoted = TEXTS[0].split(" A helicopter")[0]
    assert "".join(heard) == f"{UNTOLD} [?]\n\n{quoted} [1]"
    assert draft.raw == UNTOLD
    assert draft.sentences[-1].quote == quoted


def test_a_model_that_says_nothing_of_use_leaves_the_sentence_that_answers() -> None:
    for pieces in ([], ["[1]"], [UNTOLD]):
        draft, heard = write(pieces, omit_unsupported=True)
        assert "".join(heard) == render_answer(draft.sentences) == f"{TEXTS[0].split(' A heli')[0]} [1]"


def test_words_are_shown_before_their_sentence_is_judged() -> None:
    heard: list[str] = []
    seen: list[str] = []
    writer = ScriptedWriter(split_words(LOCKED), before=lambda _: seen.append("".join(heard)))
    write_answer(writer, QUESTION, make_passages(), (), make_evidence(), on_text=heard.append)
    assert seen[4].startswith("Three men")
    assert "[1]" not in seen[-1]


def test_the_mark_stands_before_the_white_space_that_follows() -> None:
    _, heard = write([f"1. {LOCKED}\n", f"2. {STEEPED}\n\n"])
    assert "".join(heard) == f"1. {LOCKED} [1]\n2. {STEEPED} [2]"


def test_an_abbreviation_or_a_number_ends_no_sentence() -> None:
    draft, _ = write(["Dr. Smith paid 3.5 million for it, e.g. for oil. It was dear."])
    assert [sentence.text for sentence in draft.sentences[:2]] == [
        "Dr. Smith paid 3.5 million for it, e.g. for oil.",
        " It was dear.",
    ]


def test_a_sentence_said_again_ends_the_answer_and_is_not_shown_again() -> None:
    writer = ScriptedWriter(split_words(f"{LOCKED} {TAKEN} {LOCKED} {UNTOLD}"))
    draft, heard = write([], writer=writer)
    assert "".join(heard) == f"{LOCKED} [1] {TAKEN} [1]"
    assert draft.raw == f"{LOCKED} {TAKEN}"
    assert not draft.stopped


def test_words_in_a_circle_end_the_answer() -> None:
    draft, heard = write(split_words("It was " + "on the rock and " * 30))
    assert "".join(heard).count("rock") < 8
    assert draft.sentences[-1].citations == (1,)


def test_the_answer_so_far_is_kept_when_it_is_stopped() -> None:
    cancelled = threading.Event()
    writer = ScriptedWriter(
        split_words(f"{LOCKED} A helicopter took them"),
        before=lambda place: cancelled.set() if place == 17 else None,
    )
    draft, heard = write([], writer=writer, cancelled=cancelled)
    assert draft.stopped
    assert "".join(heard) == render_answer(draft.sentences)
    assert "".join(heard).startswith(f"{LOCKED} [1] A helicopter")
    assert f"{LOCKED} A helicopter took them".startswith(draft.raw)


def test_a_stop_while_a_sentence_is_judged_loses_nothing_that_was_shown() -> None:
    class Interrupted(Evidence):
        def find_support(self, text: str) -> Any:
            raise Cancelled(text)

    cancelled = threading.Event()
    writer = ScriptedWriter(split_words(LOCKED + " And"))
    draft, heard = write(
        [], writer=writer, cancelled=cancelled, evidence=Interrupted(QUESTION, make_passages(), None)
    )
    assert "".join(heard) == render_answer(draft.sentences)


def test_a_stop_while_the_model_loads_or_counts_is_no_failure() -> None:
    cancelled = threading.Event()
    cancelled.set()
    draft, heard = write([LOCKED], cancelled=cancelled)
    assert draft.stopped
    assert draft.sentences == ()
    assert heard == []


def test_a_stop_in_the_midst_of_a_repetition_keeps_the_answer() -> None:
    said = f"1. {LOCKED}\n2. {LOCKED}\n"
    for stopped_at in range(1, len(said)):
        cancelled = threading.Event()

        def stop(place: int, at: int = stopped_at, event: threading.Event = cancelled) -> None:
            if place == at:
                event.set()

        draft, heard = write([], writer=ScriptedWriter(list(said), before=stop), cancelled=cancelled)
        assert "".join(heard) == render_answer(draft.sentences)
        if stopped_at > len(LOCKED) + 8:
            assert "".join(heard) == f"1. {LOCKED} [1]"


def test_a_sentence_that_a_stop_cut_off_is_not_called_wrong() -> None:
    for said in (f"{LOCKED} {UNTOLD}", UNTOLD):
        pieces = split_words(said)
        last = next(place for place, piece in enumerate(pieces) if "whale" in piece)
        cancelled = threading.Event()

        def stop(place: int, at: int = last, event: threading.Event = cancelled) -> None:
            if place == at:
                event.set()

        writer = ScriptedWriter(pieces, before=stop)
        draft, heard = write([], writer=writer, cancelled=cancelled)
        assert draft.stopped
        assert "".join(heard) == render_answer(draft.sentences)
        assert "".join(heard).endswith("The lamp")
        assert draft.sentences[-1].supported
        assert draft.sentences[-1].citations == ()


def test_a_sentence_that_nobody_could_judge_is_never_shown_where_only_supported_ones_are() -> None:
    class Interrupted(Evidence):
        def find_support(self, text: str) -> Any:
            raise Cancelled(text)

    evidence = Interrupted(QUESTION, make_passages(), None)
    draft, _ = write([UNTOLD], evidence=evidence, omit_unsupported=True)
    assert all(UNTOLD not in sentence.text for sentence in draft.sentences)


def test_a_model_that_no_passage_can_be_shown_is_not_asked() -> None:
    writer = ScriptedWriter([UNTOLD], context=60)
    draft, heard = write([], writer=writer)
    assert writer.asked == []
    assert draft.engine == "extractive"
    assert "".join(heard) == render_answer(draft.sentences)
    assert draft.sentences[0].citations == (1,)


def test_a_model_is_given_so_long_to_speak() -> None:
    writer = ScriptedWriter([LOCKED])
    write([], writer=writer)
    write([], writer=writer, patience=Patience(5.0, 2.0))
    assert writer.patience == [(90.0, 30.0), (5.0, 2.0)]


def test_a_model_that_stays_silent_is_a_failure_that_says_what_to_do() -> None:
    def stay_silent(_place: int) -> None:
        message = "The language model did not say anything for too long."
        raise Timeout(message)

    with pytest.raises(Timeout, match="scripted") as silent:
        write([], writer=ScriptedWriter([LOCKED], before=stay_silent))
    assert "smaller model" in str(silent.value.fix)


def test_a_table_is_one_sentence_with_its_mark_behind_it() -> None:
    table = "| day | did |\n| --- | --- |\n| ninth of March 1988 | three men locked the door. Skerrow Light |"
    for said in (f"It was so:\n\n{table}\n\n{TAKEN}", f"It was so:\n{table}\n{TAKEN}"):
        draft, heard = write(list(said))
        shown = "".join(heard)
        assert table in shown
        assert shown == render_answer(draft.sentences)
        assert re.search(r"Light \|\n\n\[[1?]\]\n\n?\n", shown)
        assert shown.endswith(f"{TAKEN} [1]")
        assert len(draft.sentences) == 3


def test_a_table_without_outer_bars_is_one_sentence_too() -> None:
    draft, heard = write(list("day | did\n--- | ---\nninth | locked\n\nSo."))
    assert draft.sentences[0].text.startswith("day | did\n--- | ---")
    assert "".join(heard).startswith("day | did\n--- | ---")


def test_a_table_of_many_columns_is_no_loop() -> None:
    rule = "| " + "--- | " * 8
    _, heard = write(list("| " + " | ".join("abcdefgh") + f" |\n{rule}\n| " + " | ".join("ijklmnop") + " |"))
    assert "| i | j |" in "".join(heard)


@pytest.mark.parametrize("lead", ["", "1. ", "- "])
def test_fenced_code_is_one_sentence_with_its_mark_behind_it(lead: str) -> None:
    code = "```python\nprint('It is. So?')\n\n    # Two.\nx = 1\n```"
    draft, heard = write(list(f"{lead}{code}\n{TAKEN}"))
    shown = "".join(heard)
    assert shown.startswith(f"{lead}{code}\n\n[?]\n")
    assert shown == render_answer(draft.sentences)
    assert len(draft.sentences) == 2


def test_fenced_code_that_the_model_left_open_is_closed() -> None:
    _, heard = write(list("So:\n~~~~\nx = 1"))
    assert re.search(r"~~~~\nx = 1\n~~~~\n\n\[[1?]\]\n", "".join(heard))


def test_another_wording_is_left_to_chance() -> None:
    writer = ScriptedWriter([LOCKED])
    write([], writer=writer)
    write([], writer=writer, fresh=True)
    assert writer.temperatures[0] == 0.0
    assert writer.temperatures[1] > 0.0
    assert writer.asked[0] == writer.asked[1]


def test_tokens_are_counted_once_an_answer() -> None:
    writer = ScriptedWriter([LOCKED])
    write([], writer=writer)
    assert writer.counted == 1


def test_writing_begins_once_and_before_the_first_word() -> None:
    order: list[str] = []
    write_answer(
        ScriptedWriter(split_words(LOCKED)),
        QUESTION,
        make_passages(),
        (),
        make_evidence(),
        on_text=lambda _: order.append("text"),
        on_writing=lambda: order.append("writing"),
    )
    assert order[0] == "writing"
    assert order.count("writing") == 1


@settings(deadline=None, max_examples=60)
@given(st.lists(SAID, max_size=6), st.integers(1, 9), st.booleans())
def test_what_is_streamed_is_the_answer_in_every_division(said: list[str], size: int, omit: bool) -> None:
    text = " ".join(said)
    pieces = [text[place : place + size] for place in range(0, len(text), size)]
    draft, heard = write(pieces, omit_unsupported=omit)
    whole, at_once = write([text], omit_unsupported=omit)
    assert "".join(heard) == render_answer(draft.sentences)
    assert ("".join(heard), draft.sentences) == ("".join(at_once), whole.sentences)
    assert "](" not in "".join(heard)
    assert "http" not in "".join(heard)


@pytest.fixture(scope="module")
def starter() -> Iterator[LanguageModel]:
    """The real starter model."""
    files = sorted((INSTALLED_MODELS / "smollm2-135m-instruct").glob("*.gguf"))
    if not files:
        pytest.fail("The starter models are missing. Run: python3 -m tests")
    made = LanguageModel(InstructionModel("smollm2-135m-instruct", files[0], 8192), context=2048)
    assert made.wait_ready(LOADING_S), made.failure
    yield made
    made.close()


@pytest.mark.model
def test_a_real_models_stream_is_its_answer(starter: LanguageModel) -> None:
    draft, heard = write([], writer=starter)
    assert draft.sentences
    assert len(heard) > 1
    assert "".join(heard) == render_answer(draft.sentences)
    assert draft.model == "smollm2-135m-instruct"


@pytest.mark.model
def test_a_second_question_reads_only_what_is_new(starter: LanguageModel) -> None:
    first, _ = write([], writer=starter)
    turn = Turn(QUESTION, QUESTION, "", shown=first.shown, raw=first.raw)
    heard: list[str] = []
    passages = make_passages("A rye starter is fed with flour and water every day.")
    second = write_answer(
        starter, "How is rye fed?", passages, (turn,), make_evidence(passages), on_text=heard.append
    )
    assert second.usage is not None
    new = starter.count_tokens([second.shown])[0]
    # The control tokens between two messages, and where an answer's last word is split otherwise.
    assert second.usage.evaluated_tokens <= new + 16
    assert second.usage.prompt_tokens > new + starter.count_tokens([first.shown])[0]


@pytest.mark.model
def test_a_real_model_stops_within_a_token(starter: LanguageModel) -> None:
    cancelled = threading.Event()
    heard: list[str] = []

    def stop(text: str) -> None:
        heard.append(text)
        cancelled.set()

    draft = write_answer(
        starter, QUESTION, make_passages(), (), make_evidence(), on_text=stop, cancelled=cancelled
    )
    assert draft.stopped
    assert "".join(heard) == render_answer(draft.sentences)
    # What the worker had sent when it was told; it sends several times a second.
    assert len(starter.count_tokens([draft.raw])) == 1
    assert starter.count_tokens([draft.raw])[0] < 30
