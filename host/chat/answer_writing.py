"""An answer while it is written: what is shown of it, its sentences with what stands behind them."""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from host.chat.blocks import extract_words, find_open_fence, is_fenced, is_table
from host.chat.cleaning import clean_statement
from host.chat.exchange import Sentence
from host.chat.marks import mark
from host.chat.output_filter import OutputFilter
from host.chat.plain_markdown import quote_markdown
from host.chat.sentence_stream import SentenceStream, split_lead
from host.core.errors import Cancelled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from host.chat.sentence_stream import Piece
    from host.chat.support import Support

_EMPHASIS = re.compile(r"[*_`]+(?=\S)|(?<=\S)[*_`]+|^#+\s*")
_NUMBER = re.compile(r"\s*\d{1,3}")
# So many words that repeat themselves at once are a loop; a short run is said oftener before it is one.
_LONGEST_LOOP = 12
_REPEATS, _REPEATS_OF_WORDS = 3, 5


class Enough(Exception):  # noqa: N818 - nothing is wrong
    """The model begins to repeat itself; what there is stands."""


class SentenceSupport(Protocol):
    """Knows what the passages say; see `host.chat.evidence.Evidence`."""

    def find_support(self, text: str) -> Support:
        """What stands behind a sentence."""


class AnswerWriting:
    """Takes a model's text as it comes, and shows what may be shown of it.

    Attributes:
        raw: what the model wrote, exactly.
        sentences: those that are finished. What was shown is `marks.render_answer` of them, and the sentence
            under way.
    """

    def __init__(
        self,
        evidence: SentenceSupport,
        on_text: Callable[[str], None],
        *,
        omit_unsupported: bool = False,
        language: str = "en",
    ) -> None:
        """Begin.

        Args:
            evidence: says what stands behind a sentence.
            on_text: gets what is shown, piece by piece.
            omit_unsupported: a sentence is shown once it is known that a passage says so, and else never.
            language: ISO 639-1 code, for the ends of sentences.
        """
        self.raw = ""
        self.sentences: list[Sentence] = []
        self._evidence = evidence
        self._on_text = on_text
        self._omit = omit_unsupported
        self._filter = OutputFilter()
        self._stream = SentenceStream(language)
        self._sentence = ""
        self._shown = 0
        self._ready = ""
        self._said: dict[str, Sentence] = {}
        self._words: list[str] = []
        self._lead = ""

    def feed(self, text: str) -> None:
        """More of the model's text.

        Raises:
            Enough: the model repeats itself.
        """
        self.raw += text
        self._take(self._stream.feed(self._filter.feed(text)))

    def finish(self) -> None:
        """The text is over, wherever it stands. What is left of it is shown."""
        try:
            self._take(self._stream.feed(self._filter.finish()) + self._stream.finish())
        except Enough:
            return

    def end(self) -> None:
        """The model loops: the sentence under way ends as it is shown now, and is judged."""
        self._sentence = self._sentence[: self._shown]
        with contextlib.suppress(Enough):
            if self._sentence:
                self._end()
        self._flush()

    def stop(self) -> None:
        """The reader stopped it: the sentence under way ends as it is shown now.

        Half a sentence says nothing that could be right or wrong, so it is not judged and gets no mark.
        """
        self._sentence = self._sentence[: self._shown]
        if self._sentence:
            self._close(Sentence(self._sentence), "")
        self._flush()

    def quote(self, quotes: Sequence[Sentence]) -> None:
        """Put sentences of the passages behind an answer of which no passage says anything.

        Args:
            quotes: the best ones, with the passages that they are from.
        """
        if any(sentence.citations for sentence in self.sentences):
            return
        lead = "\n\n" if self.sentences else ""
        for quote in quotes:
            text = quote_markdown(clean_statement(quote.text)).strip()
            if text:
                self._sentence = lead + text
                self._close(replace(quote, text=self._sentence), "")
                lead = " "
        self._flush()

    def _take(self, pieces: list[Piece]) -> None:
        try:
            for piece in pieces:
                self._add(piece.text)
                if piece.ends:
                    self._end()
        finally:
            self._flush()

    def _add(self, text: str) -> None:
        if not text:
            return
        if not self.sentences and not self._sentence:
            text = text.lstrip()
        if text[:1].isspace() and self._is_loop():
            raise Enough
        self._sentence += text
        self._note_word(text)
        if not self._omit and (self._shown or not self._may_repeat()):
            self._show_rest()

    def _end(self) -> None:
        text, key = self._sentence, _fold(self._sentence)
        if key and key in self._said:
            if self._shown:
                self._close(replace(self._said[key], text=text), "")
            self._sentence = ""
            raise Enough
        sentence = self._judge(text) if key else Sentence(text)
        if self._omit and (sentence is None or not sentence.supported):
            self._lead = self._lead or split_lead(text)[0]
            self._sentence, self._shown = "", 0
            return
        self._close(sentence or Sentence(text), key)

    def _close(self, sentence: Sentence, key: str) -> None:
        if self._omit:
            sentence = self._place(sentence)
            self._sentence = sentence.text
        if fence := find_open_fence(self._sentence):
            # Whatever follows would be code too.
            self._sentence += f"\n{fence}"
            sentence = replace(sentence, text=self._sentence)
        self._show_rest()
        self._ready += mark(sentence)
        self.sentences.append(sentence)
        if key:
            self._said[key] = sentence
        self._sentence, self._shown = "", 0

    def _place(self, sentence: Sentence) -> Sentence:
        """Where a sentence stands when those before it were left out: where the first of them would have."""
        lead, words = split_lead(sentence.text)
        if "\n" in self._lead and "\n" not in lead:
            lead = self._lead
        self._lead = ""
        text = lead + words if self.sentences else (lead + words).lstrip()
        return Sentence(text, sentence.citations, sentence.supported, sentence.quote)

    def _judge(self, text: str) -> Sentence | None:
        words = split_lead(text)[1].strip()
        block = is_fenced(words) or is_table(words)
        words = extract_words(words) if block else _EMPHASIS.sub("", words).strip()
        try:
            support = self._evidence.find_support(words)
        except Cancelled:
            # Nobody waits for the judgement any more, so it is neither said to be right nor to be wrong.
            return None
        return Sentence(text, support.citations, support.supported, support.quote)

    def _may_repeat(self) -> bool:
        # A number may yet become a list mark.
        key = "" if _NUMBER.fullmatch(self._sentence) else _fold(self._sentence)
        return not key or any(said.startswith(key) for said in self._said)

    def _note_word(self, text: str) -> None:
        if text[0].isspace() or not self._words:
            self._words.append("")
        self._words[-1] += text.strip().casefold()
        del self._words[: -_LONGEST_LOOP * _REPEATS - 1]

    def _is_loop(self) -> bool:
        for length in range(1, _LONGEST_LOOP + 1):
            repeats = _REPEATS if length > 2 else _REPEATS_OF_WORDS
            tail = self._words[-length * repeats :]
            if len(tail) == length * repeats and tail == tail[:length] * repeats:
                # Rules and empty cells of a table are no words.
                return any(character.isalnum() for word in tail for character in word)
        return False

    def _show_rest(self) -> None:
        self._ready += self._sentence[self._shown :]
        self._shown = len(self._sentence)

    def _flush(self) -> None:
        if self._ready:
            ready, self._ready = self._ready, ""
            self._on_text(ready)


def _fold(text: str) -> str:
    """What makes two sentences the same: letters and digits, without a list mark."""
    return "".join(character for character in split_lead(text)[1].casefold() if character.isalnum())
