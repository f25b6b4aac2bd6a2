"""Classification by a model behind an OpenAI-compatible address. Only a person's own command makes one."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from host.classify.classifier import (
    Classification,
    check_cancelled,
    check_categories,
    make_classification,
)
from host.classify.remote_answers import LETTERS, read_json, read_letters, write_messages, write_schema
from host.core.errors import (
    AppError,
    Forbidden,
    InvalidInput,
    ModelUnavailable,
    NotFound,
    Timeout,
    WorkerError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.classify.categories import Category

TIMEOUT_S = 60.0
RETRIES = 4
# Some servers refuse what others need. Each way is tried once, the best first.
Way = Literal["letters", "schema", "object", "plain"]
_WAYS: tuple[Way, ...] = ("letters", "schema", "object", "plain")
_JSON_TOKENS = 1000
_NEEDS_NEW_LIMIT = "https://api.openai.com/"
_MALFORMED_TRIES = 2


@dataclass(frozen=True)
class Price:
    """What a million tokens cost, in whatever currency."""

    read: float
    written: float


@dataclass(frozen=True)
class Usage:
    """What was asked so far.

    Attributes:
        texts: that were classified.
        read: tokens that the model read.
        written: tokens that it wrote.
    """

    texts: int = 0
    read: int = 0
    written: int = 0

    def estimate_cost(self, price: Price, texts: int = 1000) -> float:
        """What so many texts like these cost."""
        if not self.texts:
            return 0.0
        return (self.read * price.read + self.written * price.written) / 1e6 * texts / self.texts


class RemoteClassifier:
    """Asks a remote model for each text; safe to use from several threads."""

    def __init__(
        self,
        base_url: str,
        model: str,
        api_key: str = "",
        *,
        timeout_s: float = TIMEOUT_S,
        retries: int = RETRIES,
    ) -> None:
        """Prepare; nothing is sent yet.

        Args:
            base_url: where the interface begins; `host.classify.remote_address` checks it.
            model: its name there.
            api_key: sent in the header of each request, and nowhere else.
            timeout_s: for one try.
            retries: after a time-out, a refusal for too many requests, or an error of the server.

        Raises:
            ModelUnavailable: the library for it is not installed.
        """
        try:
            import openai
        except ImportError as error:
            message = "Remote models need a library that is not installed."
            raise ModelUnavailable(message, fix="Run: pip install 'ai-history[remote]'") from error
        for name in ("openai", "httpx"):
            # They would write addresses, and at their lowest level whole requests.
            logging.getLogger(name).setLevel(logging.WARNING)
        self.model = model
        self._new_limit = base_url.startswith(_NEEDS_NEW_LIMIT)
        self._client = openai.OpenAI(
            base_url=base_url,
            # The library insists on one; a server at home takes any.
            api_key=api_key or "none",
            timeout=timeout_s,
            max_retries=retries,
            # A text is for the address that was named, and for no other.
            http_client=openai.DefaultHttpxClient(follow_redirects=False),
            default_headers={"OpenAI-Organization": openai.Omit(), "OpenAI-Project": openai.Omit()},  # type: ignore[dict-item]
        )
        self._lock = threading.Lock()
        self._way: Way = "letters"
        self._usage = Usage()

    @property
    def usage(self) -> Usage:
        """What was asked so far."""
        return self._usage

    def classify(
        self,
        texts: Sequence[str],
        categories: Sequence[Category],
        *,
        reasoning: bool = False,
        cancelled: threading.Event | None = None,
    ) -> list[Classification]:
        """The category of each text; see `Classifier.classify`.

        With log-probabilities from the server the confidence is the model's probability; without, it is what
        the model says of itself.

        Raises:
            Forbidden: the key was refused.
            NotFound: there is no such model.
            WorkerError, Timeout, ModelUnavailable: it could not be reached, or did not answer as it should.
        """
        check_categories(categories)
        found = []
        for text in texts:
            check_cancelled(cancelled)
            found.append(self._classify_one(text, categories, reasoning=reasoning))
        return found

    def close(self) -> None:
        """End the connections."""
        self._client.close()

    def _classify_one(self, text: str, categories: Sequence[Category], *, reasoning: bool) -> Classification:
        import openai

        spent = 0
        for way in _WAYS[_WAYS.index(self._way) :]:
            if way == "letters" and (reasoning or len(categories) > len(LETTERS)):
                continue
            for _ in range(_MALFORMED_TRIES):
                try:
                    answer = self._ask(way, text, categories, reasoning=reasoning)
                except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                    if way == _WAYS[-1]:
                        raise self._explain(error) from error
                    break
                except openai.OpenAIError as error:
                    raise self._explain(error) from error
                spent += self._count(answer)
                found = _read_answer(way, answer, categories)
                if found is not None:
                    self._settle(way, reasoning=reasoning)
                    probabilities, why = found
                    return make_classification(
                        categories, probabilities, reasoning=why if reasoning else None, tokens=spent
                    )
                if way == "letters":
                    break
        message = f"{self.model} gave answers that name none of the categories."
        raise WorkerError(message, fix="Use another model, or fewer categories with descriptions.")

    def _ask(self, way: Way, text: str, categories: Sequence[Category], *, reasoning: bool) -> Any:
        letters = way == "letters"
        options: dict[str, Any] = {}
        if letters:
            options |= {"logprobs": True, "top_logprobs": len(LETTERS)}
        elif way == "schema":
            schema = write_schema(categories, reasoning=reasoning)
            described = {"name": "classification", "strict": True, "schema": schema}
            options["response_format"] = {"type": "json_schema", "json_schema": described}
        elif way == "object":
            options["response_format"] = {"type": "json_object"}
        limit = "max_completion_tokens" if self._new_limit else "max_tokens"
        options[limit] = 1 if letters else _JSON_TOKENS
        messages = write_messages(text, categories, letters=letters, reasoning=reasoning)
        return self._client.chat.completions.create(
            model=self.model,
            messages=messages,  # type: ignore[arg-type]
            temperature=0.0,
            **options,
        )

    def _count(self, answer: Any) -> int:
        """Add up what an answer cost; returns the tokens that were read for it."""
        usage = getattr(answer, "usage", None)
        read = int(getattr(usage, "prompt_tokens", None) or 0)
        written = int(getattr(usage, "completion_tokens", None) or 0)
        with self._lock:
            old = self._usage
            self._usage = Usage(old.texts, old.read + read, old.written + written)
        return read

    def _settle(self, way: Way, *, reasoning: bool) -> None:
        with self._lock:
            self._usage = Usage(self._usage.texts + 1, self._usage.read, self._usage.written)
            if not (reasoning and self._way == "letters" and way == "schema"):
                self._way = way

    def _explain(self, error: Exception) -> AppError:
        """Ours for one of the library's. A server's own words may repeat the key or the text: left out."""
        import openai

        host = self._client.base_url.host
        known: list[tuple[tuple[type[Exception], ...], AppError]] = [
            (
                (openai.AuthenticationError, openai.PermissionDeniedError),
                Forbidden(f"{host} refused the key.", fix="Check the key and what it is allowed to do."),
            ),
            (
                (openai.NotFoundError,),
                NotFound(f"{host} has no model {self.model}.", fix="Check its name and the address."),
            ),
            (
                (openai.RateLimitError,),
                WorkerError(f"{host} takes no more requests now.", fix="Try later, or check the account."),
            ),
            ((openai.APITimeoutError,), Timeout(f"{host} did not answer in time.")),
            (
                (openai.APIConnectionError,),
                ModelUnavailable(f"{host} cannot be reached.", fix="Check the address and the connection."),
            ),
            (
                (openai.BadRequestError, openai.UnprocessableEntityError),
                InvalidInput(f"{host} cannot use this request for {self.model}."),
            ),
        ]
        for kinds, explained in known:
            if isinstance(error, kinds):
                return explained
        status = getattr(error, "status_code", None)
        return WorkerError(f"{host} failed{f' with status {status}' if status else ''}.")


def _read_answer(way: Way, answer: Any, categories: Sequence[Category]) -> Any:
    """(probabilities, reasoning), or None when it cannot be understood. Nothing is taken on trust."""
    choices = getattr(answer, "choices", None)
    if not isinstance(choices, list) or not choices:
        return None
    if way != "letters":
        content = getattr(getattr(choices[0], "message", None), "content", None)
        return read_json(content, categories) if isinstance(content, str) else None
    tokens = getattr(getattr(choices[0], "logprobs", None), "content", None)
    if not tokens:
        return None
    try:
        likely = {one.token: float(one.logprob) for one in tokens[0].top_logprobs}
    except (AttributeError, TypeError, ValueError):
        return None
    probabilities = read_letters(likely, len(categories))
    return None if probabilities is None else (probabilities, None)
