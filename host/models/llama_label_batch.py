"""Scores labels as the answer to many items that share a head: many items in each computation.

The head is computed once and kept for the next request. Items are sequences of their own that begin with the
head's cells, so that a computation reads several of them side by side and ends with one row for each.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from host.models.label_paths import find_paths, weigh_labels
from host.models.llama_engine import count_common
from host.models.llama_loading import OUTPUTS
from host.models.llama_session import refuse_length

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from host.models.label_paths import LabelPaths, Path
    from host.models.llama_engine import LlamaEngine
    from host.models.llama_session import Borrowed, LlamaSession
    from host.models.turns import Turn
    from host.workers.messages import Header
    from host.workers.server import Task

# The logits of each choice of the tree behind one item.
Rows = dict[tuple[int, ...], "NDArray[np.float64]"]


def score_items(session: LlamaSession, header: Header, task: Task, *, urgent: bool) -> tuple[Header, bytes]:
    """Score labels behind each item; see `LanguageModel.score_items`.

    Args:
        session: whose model is asked.
        header: {messages, items, labels}.
        task: of the request.
        urgent: a person waits.

    Returns:
        {prompt_tokens, evaluated_tokens, took_s}, and float64 of shape (items, labels) as bytes.
    """
    batch = _Batch(session, header["messages"], header["items"], header["labels"])
    return session.run(lambda turn: batch.score(turn, task), task, urgent=urgent)


class _Batch:
    """The items of one request."""

    def __init__(
        self,
        session: LlamaSession,
        messages: Sequence[Mapping[str, str]],
        items: Sequence[str],
        labels: Sequence[str],
    ) -> None:
        self._session = session
        self._engine = engine = session.engine
        empty, text = self._tokenise(messages, "")
        self._tree = find_paths(
            [session.tokenise_label(text, label) for label in labels], find_end(session, messages)
        )
        wholes = [self._tokenise(messages, item)[0] for item in items]
        # How the head's last letters become tokens can depend on what follows them.
        shared = min((count_common(empty, one) for one in wholes), default=0)
        # A row stands behind a token that is computed.
        shared = min([shared, *(len(one) - 1 for one in wholes)])
        self._head = empty[:shared]
        self._rests = [one[shared:] for one in wholes]
        longest, tail = max(map(len, self._rests), default=0), max(map(len, self._tree.tails), default=0)
        room = engine.context_size - shared
        if longest + tail > room:
            raise refuse_length(shared + longest + tail, engine.context_size)
        # Half of the sequences are for the tails of labels where there are any.
        self._abreast = engine.loaded.branches // 2 if tail else engine.loaded.branches
        self._tails_abreast = min(self._abreast, max(1, room // 4 // tail)) if tail else 0
        self._for_tails = tail * self._tails_abreast
        self._for_items = max(longest, min(engine.capacity, room - self._for_tails))
        if self._for_items + self._for_tails > room:
            self._tails_abreast, self._for_tails = 1, tail

    def score(self, turn: Turn, task: Task) -> tuple[Header, bytes]:
        task.check_cancelled()
        began = time.perf_counter()
        found: list[NDArray[np.float64]] = []
        computed = 0
        more = self._for_items + self._for_tails
        with self._session.borrow(turn, task, self._head, more, lambda: None) as borrowed:
            for rests in self._group():
                rows = None
                while rows is None:
                    if borrowed.slot.tokens != self._head:
                        computed += self._engine.evaluate(borrowed.slot, self._head, borrowed.check)
                    rows = self._compute(borrowed, rests)
                computed += sum(map(len, rests)) + len(rests) * sum(map(len, self._tree.tails))
                found += [weigh_labels(self._tree, row) for row in rows]
        table = np.array(found, dtype=np.float64).reshape(len(self._rests), len(self._tree.paths))
        return {
            "prompt_tokens": len(self._head) + sum(map(len, self._rests)),
            "evaluated_tokens": computed,
            "took_s": time.perf_counter() - began,
        }, table.tobytes()

    def _tokenise(self, messages: Sequence[Mapping[str, str]], item: str) -> tuple[list[int], str]:
        last = messages[-1]
        text = self._session.prompt.write([*messages[:-1], {**last, "content": last["content"] + item}])
        return self._session.add_begin(self._engine.tokenise(text, special=True)), text

    def _group(self) -> Iterator[list[list[int]]]:
        """The items in groups that are computed at once: few enough, and few enough tokens."""
        group: list[list[int]] = []
        tokens = 0
        for rest in self._rests:
            if group and (len(group) == self._abreast or tokens + len(rest) > self._for_items):
                yield group
                group, tokens = [], 0
            group.append(rest)
            tokens += len(rest)
        if group:
            yield group

    def _compute(self, borrowed: Borrowed, rests: Sequence[list[int]]) -> list[Rows] | None:
        """The logits of each choice behind each item; None when it was broken off or others computed."""
        engine, tree = self._engine, self._tree
        engine.loaded.abort.clear()
        if borrowed.check():
            return None
        begin, first = len(borrowed.slot.tokens), engine.loaded.slots
        found: list[Rows] = [{} for _ in rests]
        try:
            runs = []
            for place, rest in enumerate(rests):
                engine.share(borrowed.slot.number, first + place)
                wanted: dict[int, Path] = {len(rest) - 1: ()} if () in tree.choices else {}
                runs.append(_Run(first + place, begin, rest, place, wanted))
            if not _decode(engine, runs, tree, found):
                return None
            pairs = [(place, tail) for place in range(len(rests)) for tail in tree.tails]
            while pairs:
                runs = []
                for number, (place, tail) in enumerate(pairs[: self._tails_abreast]):
                    sequence = first + len(rests) + number
                    engine.share(first + place, sequence)
                    wanted = {size - 1: tail[:size] for size in range(1, len(tail) + 1)}
                    wanted = {at: before for at, before in wanted.items() if before in tree.choices}
                    runs.append(_Run(sequence, begin + len(rests[place]), tail, place, wanted))
                if not _decode(engine, runs, tree, found):
                    return None
                for run in runs:
                    engine.drop(run.sequence)
                del pairs[: self._tails_abreast]
        finally:
            for sequence in range(first, first + engine.loaded.branches):
                engine.drop(sequence)
        return found


def find_end(session: LlamaSession, messages: Sequence[Mapping[str, str]]) -> int:
    """The token behind an answer: what the template puts there, else what ends a text."""
    answer = "answer"
    before = session.prompt.write(messages) + answer
    answered = session.prompt.write([*messages, {"role": "assistant", "content": answer}])
    behind = answered[len(before) :] if answered.startswith(before) else ""
    return next(iter(session.engine.tokenise(behind, special=True)), session.engine.end_token)


@dataclass(frozen=True)
class _Run:
    """Tokens that continue a sequence.

    Attributes:
        sequence: llama.cpp's number of it.
        begin: how many tokens it has already.
        tokens: at least one.
        item: whose they are.
        wanted: at which of them a row is read, and the beginning of labels that stands there.
    """

    sequence: int
    begin: int
    tokens: Sequence[int]
    item: int
    wanted: Mapping[int, Path]


def _decode(engine: LlamaEngine, runs: Sequence[_Run], tree: LabelPaths, found: list[Rows]) -> bool:
    """Compute all, in as many steps as it takes, and read the rows; False when it was broken off."""
    steps = [(run, at) for run in runs for at in range(len(run.tokens))]
    start = 0
    while start < len(steps):
        rows: list[tuple[int, int, Path]] = []
        place = 0
        for run, at in steps[start : start + engine.capacity]:
            before = run.wanted.get(at)
            if before is not None:
                if len(rows) == OUTPUTS:
                    break
                rows.append((place, run.item, before))
            engine.put(place, run.tokens[at], run.begin + at, run.sequence, wanted=before is not None)
            place += 1
        if not engine.decode(place):
            return False
        for row, item, before in rows:
            found[item][before] = engine.read_logits(row)[list(tree.choices[before])].astype(np.float64)
        start += place
    return True
