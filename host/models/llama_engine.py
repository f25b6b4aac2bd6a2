"""Computes with a loaded model: several sequences whose beginnings are kept, one computation at a time.

What is in the key-value cache is written down here, token by token. A request takes the sequence that begins
like its prompt, and only what is new is computed. A computation that was broken off is taken back and done
again, so no request ever sees another's tokens.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from host.core.errors import InvalidInput, WorkerError
from host.models.llama_loading import OUTPUTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from host.models.llama_loading import LoadedModel

_ABORTED = 2
_NO_ROOM = 1
# A sequence is gone on with when this share of it, or of the prompt, is common to both.
_CLOSE = 0.5
# Sequences that people work in; the others are the background's, such as a prompt for each category.
_OF_PEOPLE = 2


@dataclass
class Slot:
    """One sequence of the cache.

    Attributes:
        number: llama.cpp's name for it.
        tokens: what is in the cache.
        user: the request that works with it, or None.
        used: when it was last taken.
    """

    number: int
    tokens: list[int] = field(default_factory=list)
    user: object | None = None
    used: int = 0


class LlamaEngine:
    """Sequences of tokens through one model. Used by whoever holds the turn, and by nobody else."""

    def __init__(self, loaded: LoadedModel) -> None:
        import llama_cpp

        self.loaded = loaded
        self.context_size = loaded.facts.context
        self.vocabulary_size = int(llama_cpp.llama_vocab_n_tokens(loaded.vocabulary))
        self._memory = llama_cpp.llama_get_memory(loaded.context)
        self.capacity = int(llama_cpp.llama_n_batch(loaded.context))
        self._batch = llama_cpp.llama_batch_init(self.capacity, 0, 1)
        shape = (self.capacity,)
        self._tokens = np.ctypeslib.as_array(self._batch.token, shape)
        self._positions = np.ctypeslib.as_array(self._batch.pos, shape)
        self._wants = np.ctypeslib.as_array(self._batch.logits, shape)
        np.ctypeslib.as_array(self._batch.n_seq_id, shape)[:] = 1
        # One row of sequence numbers each; their addresses lie scattered.
        self._sequences = [self._batch.seq_id[place] for place in range(self.capacity)]
        self._numbers: list[int] = [-1] * self.capacity
        self._clock = itertools.count(1)
        self.slots = [Slot(number) for number in range(loaded.slots)]

    def tokenise(self, text: str, *, special: bool, begin: bool = False) -> list[int]:
        """The tokens of a text.

        Args:
            text: any.
            special: whether the names of control tokens in it stand for these tokens.
            begin: whether the model's own first token is put before it.
        """
        import llama_cpp

        data = text.encode("utf-8", "replace")
        size = len(data) + 8
        while True:
            tokens = (llama_cpp.llama_token * size)()
            count = llama_cpp.llama_tokenize(
                self.loaded.vocabulary, data, len(data), tokens, size, begin, special
            )
            if count >= 0:
                return tokens[:count]  # type: ignore[no-any-return]
            # One character can take several tokens of one byte each.
            if -count <= size:
                raise WorkerError("The text cannot be split into tokens.")
            size = -count

    def take_slot(self, tokens: Sequence[int], user: object, *, urgent: bool) -> Slot:
        """The sequence to work in, with as much of the tokens in it as is known already.

        Args:
            tokens: of the prompt.
            user: who works with it until `leave_slot`.
            urgent: a person's requests and the background's keep sequences of their own.
        """
        border = min(_OF_PEOPLE, len(self.slots) // 2)
        own = [slot for slot in (self.slots[:border] if urgent else self.slots[border:]) if slot.user is None]
        common = {slot.number: count_common(slot.tokens, tokens) for slot in self.slots}
        best = max(own, key=lambda slot: (common[slot.number], -len(slot.tokens)))
        likely = common[best.number] > _CLOSE * min(len(tokens), max(1, len(best.tokens)))
        chosen = best if likely else min(own, key=lambda slot: slot.used)
        source = max(self.slots, key=lambda slot: common[slot.number])
        if self.loaded.partial and common[source.number] > common[chosen.number]:
            self._copy(source, chosen, common[source.number])
        else:
            self._cut(chosen, common[chosen.number])
        chosen.user, chosen.used = user, next(self._clock)
        if urgent:
            # What is in the cache slows down who is at work; a person does not pay for the background.
            for slot in self.slots[border:]:
                if slot.user is None and slot.tokens:
                    self.forget(slot)
        return chosen

    def leave_slot(self, slot: Slot, user: object) -> None:
        """Give the sequence back; what is in it stays for the next who begins alike."""
        if slot.user is user:
            slot.user = None

    def make_room(self, needed: int, keep: Slot) -> None:
        """Forget the sequences used longest ago until `needed` tokens fit beside the others.

        Args:
            needed: tokens that `keep` will have in all.
            keep: is not forgotten.
        """
        others = sorted((slot for slot in self.slots if slot is not keep), key=_by_value)
        for slot in others:
            if needed + sum(len(other.tokens) for other in others) <= self.context_size:
                return
            self.forget(slot)

    def forget(self, slot: Slot) -> None:
        """Empty a sequence."""
        import llama_cpp

        llama_cpp.llama_memory_seq_rm(self._memory, slot.number, -1, -1)
        slot.tokens.clear()

    def evaluate(self, slot: Slot, tokens: Sequence[int], check: Callable[[], bool]) -> int:
        """Compute what is not yet in the sequence, at least the last token; its row of logits is there then.

        Args:
            slot: the sequence.
            tokens: what is to be in it, at least one.
            check: called before each step; it raises when the request was taken back, and says whether
                somebody else may have computed since it was last called.

        Returns:
            how many tokens were computed.
        """
        computed = 0
        while True:
            # In this order, so that a wish to stop which comes after the look ends the computation.
            self.loaded.abort.clear()
            if check():
                continue
            begin = min(count_common(slot.tokens, tokens), len(tokens) - 1)
            if begin < len(slot.tokens):
                self._cut(slot, begin)
                begin = len(slot.tokens)
            part = tokens[begin : begin + self.capacity]
            last = begin + len(part) == len(tokens)
            if self._decode_part(slot, part, begin, last):
                slot.tokens.extend(part)
                computed += len(part)
                if last:
                    return computed
            else:
                self._cut(slot, begin)

    def branch(
        self, slot: Slot, branches: Sequence[Sequence[int]], check: Callable[[], bool]
    ) -> list[list[int]]:
        """Compute short continuations of a sequence side by side, without changing it.

        Args:
            slot: the sequence; all of it is their beginning.
            branches: tokens of each, together at most `OUTPUTS`, at most `LoadedModel.branches` of them.
            check: as in `evaluate`.

        Returns:
            for each branch the numbers of the rows of logits behind its tokens; nothing when somebody else
            computed meanwhile, and the sequence may have to be evaluated again.
        """
        self.loaded.abort.clear()
        if check():
            return []
        begin, place = len(slot.tokens), 0
        rows: list[list[int]] = []
        sequences = [self.loaded.slots + number for number in range(len(branches))]
        try:
            for sequence, tokens in zip(sequences, branches, strict=True):
                self.share(slot.number, sequence)
                rows.append(list(range(place, place + len(tokens))))
                for offset, token in enumerate(tokens):
                    self.put(place, token, begin + offset, sequence, wanted=True)
                    place += 1
            return rows if self.decode(place) else []
        finally:
            for sequence in sequences:
                self.drop(sequence)

    def evaluate_all(self, tokens: Sequence[int], check: Callable[[], bool]) -> NDArray[np.float32]:
        """The logits behind every token of a text, computed from nothing.

        Returns:
            float32 of shape (len(tokens), vocabulary).
        """
        slot = self.slots[0]
        self.forget(slot)
        found = np.empty((len(tokens), self.vocabulary_size), np.float32)
        for begin in range(0, len(tokens), OUTPUTS):
            part = tokens[begin : begin + OUTPUTS]
            while True:
                self.loaded.abort.clear()
                check()
                for place, token in enumerate(part):
                    self.put(place, token, begin + place, slot.number, wanted=True)
                if self.decode(len(part)):
                    break
                self._cut(slot, begin)
            slot.tokens.extend(part)
            for place in range(len(part)):
                found[begin + place] = self.read_logits(place)
        self.forget(slot)
        return found

    def read_logits(self, row: int = -1) -> NDArray[np.float32]:
        """Logits of the last computation: a view that the next one overwrites.

        Args:
            row: of the token's place in it; -1 is its last.
        """
        import llama_cpp

        pointer = llama_cpp.llama_get_logits_ith(self.loaded.context, row)
        return np.ctypeslib.as_array(pointer, (self.vocabulary_size,))

    def close(self) -> None:
        """Free the model."""
        import llama_cpp

        llama_cpp.llama_batch_free(self._batch)
        self.loaded.close()

    def _decode_part(self, slot: Slot, part: Sequence[int], begin: int, last: bool) -> bool:
        count = len(part)
        self._tokens[:count] = part
        self._positions[:count] = np.arange(begin, begin + count)
        self._wants[:count] = 0
        self._wants[count - 1] = last
        for place in range(count):
            if self._numbers[place] != slot.number:
                self._numbers[place] = slot.number
                self._sequences[place][0] = slot.number
        return self.decode(count)

    @cached_property
    def end_token(self) -> int:
        """The token that ends a text."""
        import llama_cpp

        return int(llama_cpp.llama_vocab_eos(self.loaded.vocabulary))

    def share(self, source: int, target: int) -> None:
        """Let a sequence begin with all of another, without computing it."""
        import llama_cpp

        llama_cpp.llama_memory_seq_cp(self._memory, source, target, -1, -1)

    def drop(self, sequence: int) -> None:
        """Empty a sequence that is no slot's."""
        import llama_cpp

        llama_cpp.llama_memory_seq_rm(self._memory, sequence, -1, -1)

    def put(self, place: int, token: int, position: int, sequence: int, *, wanted: bool) -> None:
        """Set one token of the next computation.

        Args:
            place: its own in the computation, below `capacity`.
            token: which.
            position: its place in the sequence.
            sequence: llama.cpp's number of the sequence.
            wanted: whether the row of logits behind it is kept.
        """
        self._tokens[place], self._positions[place], self._wants[place] = token, position, wanted
        self._numbers[place] = sequence
        self._sequences[place][0] = sequence

    def decode(self, count: int) -> bool:
        """Compute the tokens that were put; False when it was broken off."""
        import llama_cpp

        self._batch.n_tokens = count
        code = llama_cpp.llama_decode(self.loaded.context, self._batch)
        if code == _NO_ROOM:
            raise InvalidInput("The text is longer than the model's context.", fix="Ask with less text.")
        if code not in (0, _ABORTED):
            raise WorkerError(f"llama.cpp could not compute (code {code}).")
        return bool(code == 0)

    def _copy(self, source: Slot, target: Slot, count: int) -> None:
        import llama_cpp

        self.forget(target)
        llama_cpp.llama_memory_seq_cp(self._memory, source.number, target.number, 0, count)
        target.tokens[:] = source.tokens[:count]

    def _cut(self, slot: Slot, count: int) -> None:
        """Take back everything behind the first `count` tokens; all of it where that is not possible."""
        import llama_cpp

        if count > 0 and llama_cpp.llama_memory_seq_rm(self._memory, slot.number, count, -1):
            del slot.tokens[count:]
        else:
            self.forget(slot)


def count_common(first: Sequence[int], second: Sequence[int]) -> int:
    """How many tokens two texts have in common from their beginning."""
    if first[: len(second)] == second[: len(first)]:
        return min(len(first), len(second))
    return next(place for place, (a, b) in enumerate(zip(first, second, strict=False)) if a != b)


def _by_value(slot: Slot) -> tuple[bool, int]:
    """Least worth keeping first: one that nobody works with, used longest ago."""
    return slot.user is not None, slot.used
