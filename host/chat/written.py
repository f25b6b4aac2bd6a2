"""An answer that a language model writes, sentence by sentence held against the passages.

The model is asked for sentences and nothing else. What it says of sources is cut (`output_filter`); which
passage a sentence stands on is found by `Evidence` when the sentence is finished, while the model writes on.
Where no passage says anything of what it wrote, the sentence of the passages that answers best stands at the
end, quoted.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from host.chat.answer_writing import AnswerWriting, Enough
from host.chat.exchange import Draft, Usage
from host.chat.extractive import compose_answer
from host.chat.prompt import PASSAGE_TOKENS, PASSAGE_TOKENS_ACCELERATED, Room, build_prompt
from host.core.errors import Cancelled, Timeout

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from host.chat.evidence import Evidence
    from host.chat.exchange import Passage, Sentence, Turn
    from host.chat.prompt import Prompt
    from host.models.language import Message
    from host.models.language_answers import Generation, LanguageFacts

# Another wording: by chance, but not wild.
_FRESH_TEMPERATURE = 0.7
_SEEDS = 2**31


@dataclass(frozen=True)
class Patience:
    """How long a model that is loaded may be silent, in seconds.

    Attributes:
        first_s: before its first word, while it reads.
        between_s: between two words.
    """

    first_s: float = 90.0
    between_s: float = 30.0


_PATIENCE = Patience()


class Writer(Protocol):
    """Writes answers; see `host.models.language.LanguageModel`."""

    @property
    def model_id(self) -> str:
        """Which model."""

    def describe(self) -> LanguageFacts:
        """What is loaded and where."""

    def count_tokens(self, texts: Sequence[str], *, cancelled: threading.Event | None = None) -> list[int]:
        """How many tokens each text has."""

    def generate(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        seed: int | None = None,
        on_text: Callable[[str], None] | None = None,
        cancelled: threading.Event | None = None,
        first_s: float,
        between_s: float,
    ) -> Generation:
        """The next message of a conversation."""


def write_answer(
    language: Writer,
    question: str,
    passages: Sequence[Passage],
    turns: Sequence[Turn],
    evidence: Evidence,
    *,
    system_prompt: str = "",
    omit_unsupported: bool = False,
    fresh: bool = False,
    on_text: Callable[[str], None] = lambda _: None,
    on_writing: Callable[[], None] = lambda: None,
    cancelled: threading.Event | None = None,
    patience: Patience = _PATIENCE,
) -> Draft:
    """Have an answer written.

    Args:
        language: writes it.
        question: that is asked.
        passages: best first; as many as fit are shown to the model.
        turns: earlier ones, oldest first, all of them.
        evidence: of the passages.
        system_prompt: instead of the built-in one; changes neither citations nor links, which are not the
            model's to make.
        omit_unsupported: a sentence that no passage supports is left out and never shown; else it is marked.
        fresh: another wording than the likeliest.
        on_text: gets the answer's Markdown with its marks, piece by piece; together they are
            `marks.render_answer` of the sentences.
        on_writing: called when the model has read all and begins to write.
        cancelled: stops it within a token, also while the model loads.
        patience: with a model that says nothing.

    Returns:
        the answer, as far as it came where it was stopped. Without any sentence when the model had nothing to
        say, or nothing that a passage supports. Sentences of the passages where the model has no room for
        any passage.

    Raises:
        AppError: the model cannot be loaded, died, or took too long.
    """
    draft = Draft((), "written", model=language.model_id)
    try:
        quotes = compose_answer(evidence)
        prompt = _prepare(language, question, passages, turns, quotes, system_prompt, cancelled)
    except Cancelled:
        return replace(draft, stopped=True)
    if not prompt.grounded:
        return _quote(quotes, evidence, on_text)
    writing = AnswerWriting(
        evidence, on_text, omit_unsupported=omit_unsupported, language=_find_language(passages)
    )
    begun = False

    def take(text: str) -> None:
        nonlocal begun
        if not begun:
            begun = True
            on_writing()
        writing.feed(text)

    draft = replace(draft, shown=prompt.shown)
    try:
        generation = language.generate(
            prompt.messages,
            max_tokens=prompt.answer_tokens,
            temperature=_FRESH_TEMPERATURE if fresh else 0.0,
            seed=secrets.randbelow(_SEEDS) if fresh else None,
            on_text=take,
            cancelled=cancelled,
            first_s=patience.first_s,
            between_s=patience.between_s,
        )
        writing.finish()
        if cancelled is not None and cancelled.is_set():
            draft = replace(draft, stopped=True)
        else:
            writing.quote(quotes[:1])
    except Enough:
        writing.end()
        # A model that reads how it repeated itself does so again.
        kept = "".join(sentence.text for sentence in writing.sentences)
        raw = kept if writing.raw.startswith(kept) else writing.raw
        writing.quote(quotes[:1])
        return replace(draft, sentences=tuple(writing.sentences), raw=raw)
    except Cancelled:
        writing.stop()
        return replace(draft, sentences=tuple(writing.sentences), raw=writing.raw, stopped=True)
    except Timeout as error:
        raise Timeout(
            f"The language model {language.model_id} said nothing for too long.",
            fix="Ask again later, or choose a smaller model: classify model recommend",
        ) from error
    usage = Usage(
        generation.prompt_tokens,
        generation.evaluated_tokens,
        generation.generated_tokens,
        generation.prompt_s * 1000,
        generation.generation_s * 1000,
    )
    return replace(draft, sentences=tuple(writing.sentences), raw=writing.raw, usage=usage)


def _prepare(
    language: Writer,
    question: str,
    passages: Sequence[Passage],
    turns: Sequence[Turn],
    quotes: Sequence[Sentence],
    system_prompt: str,
    cancelled: threading.Event | None,
) -> Prompt:
    # The first count waits until the model is there, and only then it can be asked what it is.
    return build_prompt(
        question,
        passages,
        turns,
        count_tokens=partial(language.count_tokens, cancelled=cancelled),
        describe=lambda: _find_room(language.describe()),
        nearest="".join(sentence.text for sentence in quotes),
        system_prompt=system_prompt,
    )


def _quote(quotes: Sequence[Sentence], evidence: Evidence, on_text: Callable[[str], None]) -> Draft:
    """The answer of a model that can be shown no passage: it would make something up."""
    writing = AnswerWriting(evidence, on_text)
    writing.quote(quotes)
    return Draft(tuple(writing.sentences), "extractive")


def _find_room(facts: LanguageFacts) -> Room:
    """What a model takes; where its prompt is computed quickly, more passages are worth their time."""
    accelerated = facts.layers_on_device > 0
    return Room(facts.context, PASSAGE_TOKENS_ACCELERATED if accelerated else PASSAGE_TOKENS)


def _find_language(passages: Sequence[Passage]) -> str:
    """The language whose abbreviations an answer is likely to hold."""
    return next((one.language for one in passages if one.language), None) or "en"
