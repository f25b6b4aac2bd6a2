"""Classification by the daemon, as a run over files needs it: it survives a daemon that is replaced."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from host.classify.classifier import Classification
from host.client import Client
from host.core.errors import Cancelled, NotReady

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from host.classify.classifier import Category

# A daemon that ends in the middle (an update, a kill) is started anew so many times before it is given up.
RECONNECTIONS = 3
_PAUSE_S = 0.5


def connect() -> Client:
    """A connection for what needs no history."""
    return Client(greet=False)


class DaemonClassifier:
    """One connection to the daemon, made when it is first needed and again when it is lost."""

    def __init__(
        self,
        model: str,
        categories: Sequence[Category],
        *,
        reasoning: bool = False,
        make_client: Callable[[], Client] = connect,
    ) -> None:
        self._model = model
        self._categories = [
            {"name": item.name, "description": item.description, "examples": list(item.examples)}
            for item in categories
        ]
        self._reasoning = reasoning
        self._make_client = make_client
        self._client: Client | None = None
        self._stopped = threading.Event()

    def classify(self, texts: Sequence[str]) -> list[Classification]:
        """One answer a text, in their order.

        Raises:
            AppError: of the kind that the daemon said; `Cancelled` after `cancel`.
        """
        for left in range(RECONNECTIONS, -1, -1):
            if self._stopped.is_set():
                break
            try:
                return self._ask(texts)
            except (NotReady, Cancelled):
                # It was ended, or is about to be: what it had under way, it gave up.
                self._disconnect()
                if self._stopped.is_set() or not left:
                    raise
                self._stopped.wait(_PAUSE_S)
        message = "The run was stopped."
        raise Cancelled(message)

    def cancel(self) -> None:
        """Take back what is under way."""
        self._stopped.set()
        if self._client is not None:
            self._client.cancel()

    def close(self) -> None:
        """End the connection."""
        self._stopped.set()
        self._disconnect()

    def _ask(self, texts: Sequence[str]) -> list[Classification]:
        if self._client is None:
            self._client = self._make_client()
        answer = self._client.call(
            "classify.run",
            model=self._model,
            texts=[{"id": str(place), "text": text} for place, text in enumerate(texts)],
            categories=self._categories,
            reasoning=self._reasoning or None,
        )
        return [_read_answer(item) for item in answer["results"]]

    def _disconnect(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.abort()
            client.close()


def _read_answer(item: dict[str, Any]) -> Classification:
    return Classification(
        category=item["category"],
        confidence=item["confidence"],
        scores=item["scores"],
        reasoning=item.get("reasoning"),
        tokens=item["tokens"],
    )
