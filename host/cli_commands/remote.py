"""Classification by a model elsewhere, for a person who asks for exactly that in this one command."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from host.classify.remote_address import PRESETS, find_address, find_key
from host.classify.remote_classifier import RemoteClassifier
from host.cli_commands.model_choice import is_interactive
from host.cli_commands.output import print_note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.classify.classifier import Category, Classification

# A server elsewhere answers several at once as fast as one.
IN_FLIGHT = 4


@dataclass(frozen=True)
class Remote:
    """A model elsewhere that may be asked.

    Attributes:
        name: of the model, as it stands in the results.
        url: where it is asked.
        classifier: asks it; shared by all threads.
    """

    name: str
    url: str
    classifier: RemoteClassifier

    def lend(self, categories: Sequence[Category], *, reasoning: bool) -> RemoteSession:
        """What one thread of a run asks with."""
        return RemoteSession(self.classifier, categories, reasoning=reasoning)


class RemoteSession:
    """A remote classifier as a run over files needs it."""

    def __init__(
        self, classifier: RemoteClassifier, categories: Sequence[Category], *, reasoning: bool
    ) -> None:
        self._classifier = classifier
        self._categories = categories
        self._reasoning = reasoning
        self._cancelled = threading.Event()

    def classify(self, texts: Sequence[str]) -> list[Classification]:
        """One answer a text, in their order.

        Raises:
            AppError: as `RemoteClassifier.classify` says.
        """
        return self._classifier.classify(
            texts, self._categories, reasoning=self._reasoning, cancelled=self._cancelled
        )

    def cancel(self) -> None:
        """Ask for no text more; the one that is asked for is waited for."""
        self._cancelled.set()

    def close(self) -> None:
        """End the connections of all sessions: a run closes them together."""
        self._cancelled.set()
        self._classifier.close()


def choose_remote(
    provider: str, key_variable: str | None, model: str | None, files: int, *, assume_yes: bool
) -> Remote:
    """The model elsewhere that a person named, once they know what it means.

    Args:
        provider: a known name, or an address.
        key_variable: the environment variable that holds the key; by default the provider's usual one.
        model: its name there.
        files: whose text would be sent.
        assume_yes: do not ask.

    Raises:
        click.UsageError: no model is named, or nobody has agreed.
        click.Abort: the person did not agree.
        AppError: the address or the key cannot be used.
    """
    if model is None:
        message = f"Name the model to ask for at {provider}: --remote-model=NAME"
        raise click.UsageError(message)
    address = find_address(provider)
    host = urlsplit(address.url).netloc
    key = find_key(address, key_variable)
    print_note(f"The text of up to {files} files leaves this program and goes to {host} (model {model}).")
    if not assume_yes:
        if not is_interactive():
            message = f"Say that the text may go to {host}: --yes"
            raise click.UsageError(message)
        click.confirm("Send it?", abort=True, err=True)
    return Remote(model, address.url, RemoteClassifier(address.url, model, key))


PROVIDER_HELP = (
    f"Ask a server with an OpenAI-compatible address instead ({', '.join(PRESETS)}, or a URL): "
    "the text of the files goes there."
)
