"""An instruction model in its own process: answers messages, scores labels, counts tokens."""

from __future__ import annotations

import contextlib
import math
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import psutil

from host.core.errors import AppError, Cancelled, InvalidInput, ModelUnavailable, Timeout, WorkerDied
from host.models.language_answers import Generation, ItemScores, LabelScores, LanguageFacts
from host.models.language_failures import explain_death, tell_late
from host.workers.client import Lane, State, Worker

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from host.workers.messages import Header

ANSWER_TIMEOUT_S = 600.0
_COUNT_TIMEOUT_S = 120.0
# A model that loads and says how far it is gets more time with each step, up to `ANSWER_TIMEOUT_S` in all.
_LOADING_STEP_S = 90.0
# How soon a wish to stop is noticed while the model loads.
_STEP_S = 0.05


@dataclass(frozen=True)
class InstructionModel:
    """An installed instruction model.

    Attributes:
        model_id: for messages.
        file: GGUF.
        context: the longest text it takes, in tokens.
        memory: bytes that it needs, as the registry says.
        adapter: GGUF of a LoRA adapter that it answers through. One that cannot be used is left out, and
            `LanguageModel.describe` says why.
    """

    model_id: str
    file: Path
    context: int
    memory: int = 0
    adapter: Path | None = None


@dataclass(frozen=True)
class Message:
    """One message of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


class LanguageModel:
    """One instruction model; safe to use from several threads. Its requests are answered one at a time."""

    def __init__(
        self,
        model: InstructionModel,
        *,
        log_file: Path | None = None,
        context: int | None = None,
        threads: int | None = None,
        offload: bool = True,
    ) -> None:
        """Describe it; nothing is loaded yet.

        Args:
            model: which.
            log_file: for what the process prints; nowhere by default.
            context: tokens; by default what memory allows, at most 8192.
            threads: by default one for each physical core that may be used.
            offload: whether an accelerator may be used.
        """
        self.model = model
        limit = context if context is None or model.context <= 0 else min(context, model.context)
        self.worker = Worker(
            f"language model {model.model_id}",
            "host.models.language_worker",
            {
                "model_id": model.model_id,
                "file": str(model.file),
                "adapter": str(model.adapter) if model.adapter else None,
                "context": limit,
                "threads": threads,
                "memory": model.memory,
                "offload": offload,
            },
            log_file=log_file,
        )

    @property
    def model_id(self) -> str:
        """The model's name."""
        return self.model.model_id

    @property
    def state(self) -> State:
        """What the model's process is doing."""
        return self.worker.state

    @property
    def resting(self) -> bool:
        """Whether the process failed and may not be started again yet."""
        return self.worker.resting

    @property
    def failure(self) -> AppError | None:
        """Why it is not there, when it failed."""
        failure = self.worker.failure
        if isinstance(failure, WorkerDied) and "facts" not in self.worker.load_progress:
            return explain_death(self.model.model_id, failure)
        return failure

    @property
    def load_share(self) -> float:
        """How much of it is loaded, 0 to 1."""
        if self.worker.state == "ready":
            return 1.0
        return float(self.worker.load_progress.get("share", 0.0))

    def warm_up(self) -> None:
        """Begin to load the model; returns at once."""
        self.worker.start()

    def wait_ready(self, timeout: float) -> bool:
        """Begin to load the model, and wait so many seconds at most until it can answer."""
        return self.worker.wait_ready(timeout)

    def describe(self) -> LanguageFacts:
        """What is loaded and where; does not wait for requests under way.

        Raises:
            ModelUnavailable: it is not loaded.
        """
        facts, pid = self.worker.load_progress.get("facts"), self.worker.pid
        if self.worker.state != "ready" or facts is None or pid is None:
            raise self.failure or ModelUnavailable(f"{self.model.model_id} is not loaded.")
        resident = 0
        with contextlib.suppress(psutil.Error):
            resident = int(psutil.Process(pid).memory_info().rss)
        return LanguageFacts(**facts, resident=resident)

    def count_tokens(self, texts: Sequence[str], *, cancelled: threading.Event | None = None) -> list[int]:
        """How many tokens each text has; answered beside whatever else is under way.

        Args:
            texts: any.
            cancelled: as in `generate`.

        Raises:
            Cancelled, ModelUnavailable, WorkerDied, Timeout.
        """
        asked = {"texts": list(texts)}
        header = self._ask("count_tokens", asked, "loading", _COUNT_TIMEOUT_S, cancelled, patient=True)
        return [int(count) for count in header["counts"]]

    def generate(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        seed: int | None = None,
        stop: Sequence[str] = (),
        grammar: str | None = None,
        json_schema: Mapping[str, Any] | None = None,
        on_text: Callable[[str], None] | None = None,
        cancelled: threading.Event | None = None,
        lane: Lane = "interactive",
        timeout: float = ANSWER_TIMEOUT_S,
        first_s: float = math.inf,
        between_s: float = math.inf,
    ) -> Generation:
        """Answer a conversation.

        Args:
            messages: the conversation; the answer is the next message.
            max_tokens: the longest answer.
            temperature: 0 takes the likeliest token each time.
            seed: for a temperature over 0; the same seed gives the same answer.
            stop: texts that end the answer and are not part of it.
            grammar: in llama.cpp's GBNF with a rule `root`; the answer follows it.
            json_schema: the answer is a JSON text that it describes. Not together with `grammar`.
            on_text: gets the answer piece by piece, whole characters only, in this thread.
            cancelled: when it is set, the answer is given up within a token, also while the prompt is read.
            lane: `background` waits, and pauses, whenever a person's request comes.
            timeout: seconds for everything, loading included.
            first_s: seconds that a loaded model may take before its first word.
            between_s: seconds that it may take between two pieces of its answer.

        Raises:
            InvalidInput: the text is too long, or grammar, schema or messages cannot be used.
            Cancelled: it was taken back.
            ModelUnavailable, WorkerDied: the model cannot be loaded, or its process ended.
            Timeout: it took too long.
        """
        if max_tokens < 1:
            raise InvalidInput("An answer has at least one token.")
        if grammar is not None and json_schema is not None:
            raise InvalidInput("An answer can follow a grammar or a JSON schema, not both.")
        if any(not text for text in stop):
            raise InvalidInput("A stop text is empty.")
        header = self._ask(
            "generate",
            {
                "messages": [asdict(message) for message in messages],
                "max_tokens": max_tokens,
                "temperature": temperature,
                "seed": seed,
                "stop": list(stop),
                "grammar": grammar,
                "json_schema": json_schema,
            },
            lane,
            timeout,
            cancelled,
            None if on_text is None else lambda value: on_text(value["text"]),
            first_s=first_s,
            between_s=between_s,
        )
        return Generation(**header)

    def score_labels(
        self,
        messages: Sequence[Message],
        labels: Sequence[str],
        *,
        cancelled: threading.Event | None = None,
        lane: Lane = "interactive",
        timeout: float = ANSWER_TIMEOUT_S,
    ) -> LabelScores:
        """How likely each label is as the beginning of the answer.

        Args:
            messages: the conversation.
            labels: texts, at least one; a label that begins another is at least as likely as that one.
            cancelled: as in `generate`.
            lane: as in `generate`.
            timeout: as in `generate`.

        Raises:
            InvalidInput: the text is too long, or a label is empty.
            Cancelled, ModelUnavailable, WorkerDied, Timeout: as in `generate`.
        """
        if not labels:
            raise InvalidInput("There is no label to score.")
        asked = {"messages": [asdict(message) for message in messages], "labels": list(labels)}
        return LabelScores(**self._ask("score_labels", asked, lane, timeout, cancelled))

    def score_items(
        self,
        messages: Sequence[Message],
        items: Sequence[str],
        labels: Sequence[str],
        *,
        cancelled: threading.Event | None = None,
        lane: Lane = "interactive",
        timeout: float = ANSWER_TIMEOUT_S,
    ) -> ItemScores:
        """How likely each label is as the answer to each item, when nothing else may be answered.

        Args:
            messages: the conversation that all items share; each item is put behind the last message's text.
                Kept from one call to the next, so that only the items are computed.
            items: any number of texts.
            labels: texts, at least one; one that begins another is told from it by the end of the answer.
            cancelled: as in `generate`; noticed between two steps of the computation.
            lane: as in `generate`.
            timeout: as in `generate`.

        Raises:
            InvalidInput: a text is too long, or a label is empty.
            Cancelled, ModelUnavailable, WorkerDied, Timeout: as in `generate`.
        """
        if not labels:
            raise InvalidInput("There is no label to score.")
        told = [asdict(message) for message in messages]
        asked = {"messages": told, "items": list(items), "labels": list(labels)}
        header, data = self._ask_for_data("score_items", asked, lane, timeout, cancelled)
        return ItemScores(np.frombuffer(data).reshape(len(items), len(labels)), **header)

    def close(self) -> None:
        """End the model's process, also while it loads."""
        self.worker.close()

    def _ask(
        self,
        op: str,
        header: Header,
        lane: Lane,
        timeout: float,
        cancelled: threading.Event | None = None,
        on_progress: Callable[[Header], None] | None = None,
        *,
        first_s: float = math.inf,
        between_s: float = math.inf,
        patient: bool = False,
    ) -> Header:
        if patient:
            self._wait_loading(cancelled)
        return self._ask_for_data(
            op, header, lane, timeout, cancelled, on_progress, first_s=first_s, between_s=between_s
        )[0]

    def _ask_for_data(
        self,
        op: str,
        header: Header,
        lane: Lane,
        timeout: float,
        cancelled: threading.Event | None = None,
        on_progress: Callable[[Header], None] | None = None,
        *,
        first_s: float = math.inf,
        between_s: float = math.inf,
    ) -> tuple[Header, bytes]:
        deadline = time.monotonic() + timeout
        self._wait_loaded(deadline, timeout, cancelled)
        try:
            return self.worker.request(
                op,
                header,
                timeout=max(0.0, deadline - time.monotonic()),
                lane=lane,
                on_progress=on_progress,
                cancelled=cancelled,
                first_s=first_s,
                between_s=between_s,
            )
        except WorkerDied as error:
            # It may have died again in a new attempt to load.
            failure = self.failure
            raise (failure if isinstance(failure, ModelUnavailable) else error) from error

    def _wait_loading(self, cancelled: threading.Event | None) -> None:
        """Wait for a model that loads, for as long as it comes on."""
        last = time.monotonic() + ANSWER_TIMEOUT_S
        share = -1.0
        while (now := self.load_share) > share and time.monotonic() < last:
            share = now
            with contextlib.suppress(Timeout):
                return self._wait_loaded(time.monotonic() + _LOADING_STEP_S, _LOADING_STEP_S, cancelled)
        raise tell_late(self.model.model_id, _LOADING_STEP_S)

    def _wait_loaded(self, deadline: float, timeout: float, cancelled: threading.Event | None) -> None:
        while not self.worker.wait_ready(min(_STEP_S, max(0.0, deadline - time.monotonic()))):
            if cancelled is not None and cancelled.is_set():
                raise Cancelled("The request was cancelled.")
            if self.worker.state != "starting":
                raise self.failure or ModelUnavailable(f"{self.model.model_id} was unloaded.")
            if time.monotonic() >= deadline:
                raise tell_late(self.model.model_id, timeout)
