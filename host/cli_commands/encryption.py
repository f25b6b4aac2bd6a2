"""`ai-history encryption`: whether the history can be read by who has the disk, and how that is changed."""

from __future__ import annotations

import sys
from typing import Any

import click

from host.cli_commands.calls import call_patiently
from host.cli_commands.model_choice import is_interactive
from host.cli_commands.output import json_option, print_json, print_note, profile_option
from host.cli_commands.progress import show_share
from host.client import Client

_SHORTEST = 8


@click.group()
def encryption() -> None:
    """Encrypt the history on disk, unlock it, or write it in clear again.

    A passphrase is asked for, or read as one line from standard input; it is never an argument.
    """


@encryption.command()
@profile_option
@json_option
def status(profile_id: str | None, as_json: bool) -> None:
    """Say whether it is encrypted, and where its key is."""
    with Client(profile_id=profile_id) as client:
        state = client.call("encryption.state")
    if as_json:
        print_json(state)
        return
    click.echo(_describe(state))
    _warn(state)


@encryption.command()
@click.option("--passphrase", "asks", is_flag=True, help="Guard the key with a passphrase, not the keyring.")
@click.option("--backups", "keeps", is_flag=True, help="Only encrypt backups that are in clear still.")
@profile_option
@json_option
def enable(asks: bool, keeps: bool, profile_id: str | None, as_json: bool) -> None:
    """Encrypt the history and its backups.

    The key is kept in the system's keyring, where there is one; its recovery key is shown once. With a
    passphrase the history is locked whenever AI History has started, until you unlock it.
    """
    with Client(profile_id=profile_id) as client:
        state = client.call("encryption.state")
        given: dict[str, Any] = {"keep": True} if keeps else {}
        if not keeps and state["encrypted"] and state.get("key_in") == "passphrase":
            given["present"] = _ask("Present passphrase")
        if not keeps and (asks or state.get("keyring") is None):
            if not asks:
                print_note("This system has no keyring, so a passphrase guards the key.")
            given["passphrase"] = _ask_new_passphrase()
        with show_share("Encrypting") as report:
            done = call_patiently(client, "encryption.enable", report, **given)
    if as_json:
        print_json(done)
        return
    click.echo(_describe(done["state"]))
    _tell_backups(done)
    if done.get("recovery_key"):
        click.echo("Recovery key. Write it down now, it is not shown again:")
        click.echo(f"  {done['recovery_key']}")
    elif not keeps:
        click.echo("If the passphrase is forgotten, nobody can read the history again.")


@encryption.command()
@profile_option
@json_option
def disable(profile_id: str | None, as_json: bool) -> None:
    """Write the history and its backups in clear again."""
    with Client(profile_id=profile_id) as client:
        state = client.call("encryption.state")
        given: dict[str, Any] = {}
        if state.get("key_in") == "passphrase":
            given = {"passphrase": _ask("Passphrase")}
        with show_share("Decrypting") as report:
            done = call_patiently(client, "encryption.disable", report, **given)
    if as_json:
        print_json(done)
        return
    click.echo(_describe(done["state"]))
    _tell_backups(done)


@encryption.command()
@profile_option
def unlock(profile_id: str | None) -> None:
    """Open it with its passphrase or its recovery key, for as long as AI History runs."""
    with Client(profile_id=profile_id) as client:
        state = client.call("encryption.state")
        if state["locked"]:
            kind = "Passphrase" if state.get("key_in") == "passphrase" else "Recovery key"
            state = call_patiently(client, "encryption.unlock", passphrase=_ask(kind))
    click.echo(_describe(state))


def _describe(state: dict[str, Any]) -> str:
    if not state["encrypted"]:
        return "The history is not encrypted."
    if state["locked"]:
        return "The history is encrypted and locked. Unlock it with: ai-history encryption unlock"
    where = {"keyring": "its key is in the system's keyring", "passphrase": "a passphrase guards its key"}
    return f"The history is encrypted; {where.get(state.get('key_in') or '', 'its key is at hand')}."


def _warn(state: dict[str, Any]) -> None:
    if state["clear_backups"]:
        fix = "Encrypt them: ai-history encryption enable --backups"
        print_note(f"{state['clear_backups']} backup(s) are not encrypted. {fix}")


def _tell_backups(done: dict[str, Any]) -> None:
    if done["backups"]:
        click.echo(f"Backups written anew: {done['backups']}.")
    for name in done["left"]:
        print_note(f"{name} could not be written anew, and is as it was.")
    if done.get("why_left"):
        print_note(done["why_left"])


def _ask_new_passphrase() -> str:
    passphrase = _ask("New passphrase", twice=True)
    if len(passphrase) < _SHORTEST:
        message = f"A passphrase has {_SHORTEST} characters at least."
        raise click.UsageError(message)
    return passphrase


def _ask(text: str, *, twice: bool = False) -> str:
    """What is typed, unseen; where nobody can be asked, a line of standard input."""
    if is_interactive():
        return str(click.prompt(text, hide_input=True, err=True, confirmation_prompt=twice))
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        message = "Nobody can be asked here: give it as a line on standard input."
        raise click.UsageError(message)
    return line
