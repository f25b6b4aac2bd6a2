"""Answers requests with an engine: generates text, scores labels, counts tokens."""

from __future__ import annotations

import ctypes
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from host.core.errors import InvalidInput
from host.models.chat_prompt import ChatPrompt
from host.models.llama_loading import OUTPUTS
from host.models.llama_sampling import TokenSampler, write_grammar
from host.models.text_stream import TextStream
from host.models.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from host.models.llama_engine import LlamaEngine, Slot
    from host.models.turns import Turn
    from host.workers.messages import Header
    from host.workers.server import Task

T = TypeVar("T")
# A message for every token would cost as much as the token itself on a small model.
_SEND_EVERY_S = 0.05
# Enough of the prompt's end to see how a label is split behind it.
_ANCHOR_CHARACTERS = 48
_CONTROL, _UNKNOWN, _USER_DEFINED = 1 << 3, 1 << 0, 1 << 4


@dataclass(frozen=True)
class Borrowed:
    """The sequence of a request at work, and what it looks at between two steps."""

    slot: Slot
    check: Callable[[], bool]


class LlamaSession:
    """The operations of a language worker over one engine."""

    def __init__(self, engine: LlamaEngine) -> None:
        self.engine = engine
        self._turns = Turns(engine.loaded.abort.set)
        self.prompt = _make_prompt(engine)
        self._pieces: dict[int, bytes] = {}

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text has."""
        return [len(self.engine.tokenise(text, special=False)) for text in texts]

    def generate(self, header: Header, task: Task, *, urgent: bool) -> Header:
        """Answer messages; see `LanguageModel.generate`."""
        engine = self.engine
        prompt = self._tokenise_prompt(header["messages"])
        room = engine.context_size - len(prompt)
        if room < 1:
            raise refuse_length(len(prompt), engine.context_size)
        limit = min(int(header["max_tokens"]), room)
        grammar = header.get("grammar")
        if header.get("json_schema") is not None:
            grammar = write_grammar(header["json_schema"])
        stop = header.get("stop") or ()

        def work(turn: Turn) -> Header:
            task.check_cancelled()
            stream, sender = TextStream(stop), _Sender(task)
            with self.borrow(turn, task, prompt, limit, sender.flush) as borrowed:
                sampler = TokenSampler(
                    engine, temperature=float(header["temperature"]), seed=header.get("seed"), grammar=grammar
                )
                try:
                    return self._answer(borrowed, prompt, limit, sampler, stream, sender)
                finally:
                    sampler.close()

        return self.run(work, task, urgent=urgent)

    def score_labels(self, header: Header, task: Task, *, urgent: bool) -> Header:
        """Score labels; see `LanguageModel.score_labels`."""
        engine = self.engine
        text = self.prompt.write(header["messages"])
        prompt = self.add_begin(engine.tokenise(text, special=True))
        labels = [self.tokenise_label(text, label) for label in header["labels"]]
        longest = sum(len(label) - 1 for label in labels)
        if len(prompt) + longest > engine.context_size:
            raise refuse_length(len(prompt) + longest, engine.context_size)

        def work(turn: Turn) -> Header:
            task.check_cancelled()
            with self.borrow(turn, task, prompt, longest, lambda: None) as borrowed:
                began = time.perf_counter()
                evaluated = engine.evaluate(borrowed.slot, prompt, borrowed.check)
                first = _log_softmax(engine.read_logits())
                scores = [float(first[label[0]]) for label in labels]
                evaluated += self._score_rest(borrowed, prompt, labels, scores)
            return {
                "log_probabilities": scores,
                "label_tokens": [len(label) for label in labels],
                "prompt_tokens": len(prompt),
                "evaluated_tokens": evaluated,
                "took_s": time.perf_counter() - began,
            }

        return self.run(work, task, urgent=urgent)

    def try_out(self, tokens: int) -> None:
        """Compute so many tokens together and one by itself, as answers do, and forget them."""
        engine, slot = self.engine, self.engine.slots[0]

        def work(_: Turn) -> None:
            several = [token % engine.vocabulary_size for token in range(tokens)]
            engine.evaluate(slot, several, lambda: False)
            engine.evaluate(slot, [*several, 0], lambda: False)
            engine.forget(slot)

        self._turns.run(work, urgent=True)

    def run(self, work: Callable[[Turn], T], task: Task, *, urgent: bool) -> T:
        """Do some work in its turn; a request that is taken back ends its computation."""

        def stop() -> None:
            self.engine.loaded.abort.set()
            self._turns.wake()

        task.on_cancel(stop)
        return self._turns.run(work, urgent=urgent, abandoned=task.cancelled.is_set)

    @contextmanager
    def borrow(
        self, turn: Turn, task: Task, prompt: list[int], more: int, on_pause: Callable[[], None]
    ) -> Iterator[Borrowed]:
        """A sequence for a request, with room for its prompt and `more` tokens."""
        engine, needed = self.engine, len(prompt) + more
        slot = engine.take_slot(prompt, task, urgent=turn.is_urgent)

        def check() -> bool:
            task.check_cancelled()
            if not turn.is_wanted:
                return False
            on_pause()
            turn.give_way()
            task.check_cancelled()
            engine.make_room(needed, slot)
            return True

        try:
            engine.make_room(needed, slot)
            yield Borrowed(slot, check)
        finally:
            engine.leave_slot(slot, task)

    def _answer(
        self,
        borrowed: Borrowed,
        prompt: list[int],
        limit: int,
        sampler: TokenSampler,
        stream: TextStream,
        sender: _Sender,
    ) -> Header:
        began = time.perf_counter()
        tokens = list(prompt)
        evaluated = self.engine.evaluate(borrowed.slot, tokens, borrowed.check)
        first = time.perf_counter()
        stopped = self._continue(borrowed, tokens, limit, sampler, stream, sender)
        sender.add(stream.finish())
        sender.flush()
        return {
            "text": stream.text,
            "stopped_by": stopped,
            "prompt_tokens": len(prompt),
            "evaluated_tokens": evaluated,
            "generated_tokens": len(tokens) - len(prompt),
            "prompt_s": first - began,
            "generation_s": time.perf_counter() - first,
        }

    def _continue(
        self,
        borrowed: Borrowed,
        tokens: list[int],
        limit: int,
        sampler: TokenSampler,
        stream: TextStream,
        sender: _Sender,
    ) -> str:
        """Add tokens one by one; returns why it ended."""
        import llama_cpp

        vocabulary = self.engine.loaded.vocabulary
        for number in range(limit):
            if number:
                self.engine.evaluate(borrowed.slot, tokens, borrowed.check)
            token = sampler.sample()
            if token is None or llama_cpp.llama_vocab_is_eog(vocabulary, token):
                return "end"
            tokens.append(token)
            sender.add(stream.add(self._read_piece(token)))
            if stream.stopped:
                return "stop"
        return "length"

    def _score_rest(
        self, borrowed: Borrowed, prompt: list[int], labels: list[list[int]], scores: list[float]
    ) -> int:
        """Add the tokens of labels behind their first; returns how many were computed."""
        computed = 0
        for group in _group(
            [place for place, label in enumerate(labels) if len(label) > 1], labels, self._branches
        ):
            branches = [labels[place][:-1] for place in group]
            while not (rows := self.engine.branch(borrowed.slot, branches, borrowed.check)):
                computed += self.engine.evaluate(borrowed.slot, prompt, borrowed.check)
            computed += sum(map(len, branches))
            for place, found in zip(group, rows, strict=True):
                for row, token in zip(found, labels[place][1:], strict=True):
                    scores[place] += float(_log_softmax(self.engine.read_logits(row))[token])
        return computed

    @property
    def _branches(self) -> int:
        return self.engine.loaded.branches

    def _tokenise_prompt(self, messages: Sequence[Mapping[str, str]]) -> list[int]:
        return self.add_begin(self.engine.tokenise(self.prompt.write(messages), special=True))

    def add_begin(self, tokens: list[int]) -> list[int]:
        """The tokens behind the one that each text of this model begins with, unless it is there."""
        import llama_cpp

        vocabulary = self.engine.loaded.vocabulary
        begin = int(llama_cpp.llama_vocab_bos(vocabulary))
        if llama_cpp.llama_vocab_get_add_bos(vocabulary) and tokens[:1] != [begin]:
            return [begin, *tokens]
        return tokens

    def tokenise_label(self, prompt: str, label: str) -> list[int]:
        """The tokens that the model would write for a label behind the prompt."""
        text = self.prompt.neutralise(label)
        if not text:
            raise InvalidInput("A label is empty.")
        anchor = prompt[-_ANCHOR_CHARACTERS:]
        before = self.engine.tokenise(anchor, special=True)
        both = self.engine.tokenise(anchor + text, special=True)
        joined = both[: len(before)] == before and len(both) > len(before)
        tokens = both[len(before) :] if joined else self.engine.tokenise(text, special=False)
        if len(tokens) > OUTPUTS:
            raise InvalidInput("A label is too long to be scored.", fix="Use a few words.")
        return tokens

    def _read_piece(self, token: int) -> bytes:
        piece = self._pieces.get(token)
        if piece is None:
            piece = self._pieces[token] = read_piece(self.engine, token)
        return piece


class _Sender:
    """Sends text ahead of the answer, a few tokens at a time."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._text = ""
        self._sent = 0.0

    def add(self, text: str) -> None:
        self._text += text
        if self._text and time.perf_counter() - self._sent >= _SEND_EVERY_S:
            self.flush()

    def flush(self) -> None:
        if self._text:
            self._task.progress({"text": self._text})
            self._text, self._sent = "", time.perf_counter()


def read_piece(engine: LlamaEngine, token: int, *, special: bool = False) -> bytes:
    """The bytes of a token; those of control tokens only when they are asked for."""
    import llama_cpp

    size = 64
    while True:
        text = ctypes.create_string_buffer(size)
        count = llama_cpp.llama_token_to_piece(engine.loaded.vocabulary, token, text, size, 0, special)
        if count >= 0:
            return text.raw[:count]
        size = -count


def _make_prompt(engine: LlamaEngine) -> ChatPrompt:
    import llama_cpp

    vocabulary = engine.loaded.vocabulary

    def read(token: int) -> str:
        return read_piece(engine, token, special=True).decode("utf-8", "replace") if token >= 0 else ""

    control = []
    for token in range(engine.vocabulary_size):
        kind = llama_cpp.llama_vocab_get_attr(vocabulary, token)
        if kind & (_CONTROL | _UNKNOWN):
            control.append(read(token))
        elif kind & _USER_DEFINED and (text := read(token))[:1] + text[-1:] in ("<>", "[]"):
            control.append(text)
    return ChatPrompt(
        engine.loaded.metadata,
        begin=read(int(llama_cpp.llama_vocab_bos(vocabulary))),
        end=read(int(llama_cpp.llama_vocab_eos(vocabulary))),
        control=control,
    )


def _group(places: list[int], labels: list[list[int]], most: int) -> list[list[int]]:
    """The places in groups that are computed at once: few enough, and few enough tokens."""
    groups: list[list[int]] = []
    tokens = 0
    for place in places:
        size = len(labels[place]) - 1
        if not groups or len(groups[-1]) == most or tokens + size > OUTPUTS:
            groups.append([])
            tokens = 0
        groups[-1].append(place)
        tokens += size
    return groups


def _log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    shifted = logits.astype(np.float64) - float(logits.max())
    return shifted - np.log(np.exp(shifted).sum())  # type: ignore[no-any-return]


def refuse_length(tokens: int, context: int) -> InvalidInput:
    """The error for a text that does not fit."""
    return InvalidInput(
        f"The text has {tokens} tokens; the model takes {context - 1}.",
        fix="Ask with less text, or load the model with a longer context.",
    )
