"""Which model a command works with: named, misspelt, asked for, fetched when it is not there yet."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click
from rapidfuzz import process

from host.cli_commands.calls import call_patiently
from host.cli_commands.output import format_bytes, print_note
from host.cli_commands.progress import show_share, show_transfer
from host.core.errors import ModelUnavailable, NotFound
from host.models.offline import OFFLINE_VARIABLE, is_offline
from host.models.registry import load_registry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from click.shell_completion import CompletionItem

    from host.client import Client

# A download of so many bytes is asked for first.
LARGE = 500_000_000
_ALIKE = 60
CLASSIFYING = ("embedding", "nli", "instruction")


def is_interactive() -> bool:
    """Whether a person sits at both ends."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def complete_model(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[str | CompletionItem]:
    """Names of models for the shell. Does not ask the daemon, so that a key press starts nothing."""
    return [name for name in load_registry() if name.startswith(incomplete)]


def suggest(name: str, known: Iterable[str]) -> str | None:
    """The name that was probably meant."""
    found = process.extractOne(name.lower(), list(known), score_cutoff=_ALIKE)
    return str(found[0]) if found else None


def find_model(models: Iterable[dict[str, Any]], name: str) -> dict[str, Any]:
    """The model of a name.

    Raises:
        NotFound: there is none; the fix says which name was probably meant.
    """
    by_id = {model["id"]: model for model in models}
    if name in by_id:
        return by_id[name]
    meant = suggest(name, by_id)
    raise NotFound(
        f"There is no model named '{name}'.",
        fix=f"Did you mean {meant}?" if meant else "Those there are: classify model list",
    )


def choose_model(client: Client, named: str | None) -> dict[str, Any]:
    """The model to classify with: the one that is named, or the one that a person picks.

    Raises:
        NotFound: there is none of that name.
        click.UsageError: none is named, and nobody is there to be asked.
    """
    if named is None and not is_interactive():
        raise click.UsageError("No model is named. Name one: --model=NAME (classify model list shows them).")
    listing = client.call("models.list")
    if named is not None:
        model = find_model(listing["models"], named)
        if model["type"] not in CLASSIFYING:
            raise click.UsageError(
                f"{model['id']} is of type {model['type']} and cannot classify. "
                f"Types that can: {', '.join(CLASSIFYING)}."
            )
        return model
    offered = sort_offer([model for model in listing["models"] if model["type"] in CLASSIFYING])
    return _ask(offered, _find_recommended(client, listing))


def sort_offer(models: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Installed ones first, then those that fit this machine, then the others; otherwise as they come."""
    return sorted(models, key=lambda model: (not model["installed"], not model["fits"]))


def fetch_model(client: Client, model: dict[str, Any], *, assume_yes: bool = False) -> None:
    """Make sure that a model is installed.

    Raises:
        ModelUnavailable: it is not, and nothing may be downloaded.
        click.Abort: its user does not want so large a download.
    """
    if model["installed"]:
        return
    name, size = model["id"], format_bytes(model["size"])
    check_online(f"Model '{name}' is not installed. Download it first: classify model download {name}")
    if model["size"] > LARGE and is_interactive() and not assume_yes:
        question = f"Model '{name}' is not installed. Download {size}?"
        if not click.confirm(question, default=True, err=True):
            raise click.Abort
    print_note(f"Downloading {name} ({size}, {model['licence']})")
    download(client, name)


def check_online(message: str) -> None:
    """Refuse what needs the network here: a daemon that was started earlier does not know this wish.

    Args:
        message: what cannot be done.

    Raises:
        ModelUnavailable: nothing may be downloaded.
    """
    if is_offline():
        raise ModelUnavailable(
            message,
            fix=f"{OFFLINE_VARIABLE}=1 is set, so nothing is downloaded. Unset it for the download.",
        )


def load_model(client: Client, model: dict[str, Any]) -> dict[str, Any]:
    """Make sure that a model is loaded, with a progress bar; returns it as it is then."""
    if model["state"] == "ready":
        return model
    with show_share(f"Loading {model['id']}") as report:
        loaded: dict[str, Any] = call_patiently(client, "models.load", report, id=model["id"])["model"]
    return loaded


def download(client: Client, name: str, allow_remote_code: str | None = None) -> dict[str, Any]:
    """Fetch a model with a progress bar; returns it as it is then.

    Raises:
        ModelUnavailable: nothing may be downloaded.
    """
    check_online(f"Model '{name}' cannot be downloaded.")
    with show_transfer(name) as report:
        answer = call_patiently(
            client, "models.download", report, id=name, allow_remote_code=allow_remote_code
        )
    model: dict[str, Any] = answer["model"]
    return model


def _find_recommended(client: Client, listing: dict[str, Any]) -> str | None:
    """The model for categories that this machine's user would be told to take."""
    try:
        found = client.call("models.recommend")["recommended"]
    except NotFound:
        found = []
    for item in found:
        if item["role"] == "categories":
            return str(item["model"]["id"])
    return next((item["model"] for item in listing["roles"] if item["role"] == "categories"), None)


def _ask(models: list[dict[str, Any]], recommended: str | None) -> dict[str, Any]:
    click.echo("Which model?", err=True)
    default = 1
    for number, model in enumerate(models, start=1):
        state = "installed" if model["installed"] else f"to download, {format_bytes(model['size'])}"
        marks = [model["type"], state]
        if not model["fits"]:
            marks.append(model.get("reason") or "does not fit this machine")
        if model["id"] == recommended:
            marks.append("recommended")
            default = number
        click.echo(f"  {number:2}. {model['id']}  ({', '.join(marks)})", err=True)
    number = click.prompt("Number", type=click.IntRange(1, len(models)), default=default, err=True)
    return models[number - 1]
