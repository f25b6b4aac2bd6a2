"""The part of `classify model` that fetches, checks, adds, removes and remakes files."""

from __future__ import annotations

from typing import Any

import click

from host.cli_commands.calls import call_patiently
from host.cli_commands.daemon_classifier import connect
from host.cli_commands.examples import ExampleCommand
from host.cli_commands.model_choice import (
    check_online,
    complete_model,
    download,
    fetch_model,
    find_model,
    is_interactive,
)
from host.cli_commands.output import format_bytes, json_option, print_error, print_json, print_table
from host.cli_commands.progress import show_share, show_transfer
from host.core.errors import AppError
from host.models.local_files import find_path
from host.models.offline import is_offline
from host.models.registry import MODEL_TYPES

yes_option = click.option("--yes", "-y", is_flag=True, help="Ask nothing.")
name_argument = click.argument("name", shell_complete=complete_model)
remote_code_option = click.option(
    "--allow-remote-code",
    metavar="OWNER/NAME",
    help="Let the model run the Python code of this repository. Read it first.",
)


@click.command(
    "download",
    cls=ExampleCommand,
    examples=(
        "classify model download multilingual-e5-small",
        "classify model download my-model --allow-remote-code owner/code-of-it",
    ),
)
@click.argument("names", nargs=-1, required=True, metavar="NAME...", shell_complete=complete_model)
@remote_code_option
@json_option
def download_models(names: tuple[str, ...], allow_remote_code: str | None, as_json: bool) -> None:
    """Fetch models. One that was interrupted goes on where it stopped; Ctrl-C stops."""
    done, failed = [], 0
    with connect() as client:
        known = client.call("models.list")["models"]
        wanted = {item["id"]: item for item in (find_model(known, name) for name in names)}
        for name, item in wanted.items():
            try:
                here = item["installed"] and is_offline()
                done.append(item if here else download(client, name, allow_remote_code))
            except AppError as error:
                # With one name the error ends the command as any other does.
                if len(wanted) == 1:
                    raise
                failed += 1
                print_error(error.message, error.fix)
                continue
            if not as_json:
                click.echo(f"{name} is installed ({format_bytes(done[-1]['size'])}).")
    if as_json:
        print_json({"models": done})
    if failed:
        raise click.exceptions.Exit(1)


@click.command(cls=ExampleCommand, examples=("classify model remove llama-3.2-1b-instruct",))
@name_argument
@click.option("--force", is_flag=True, help="Remove it even though it is in use.")
@yes_option
@json_option
def remove(name: str, force: bool, yes: bool, as_json: bool) -> None:
    """Delete an installed model. Refused while it is in use, unless forced."""
    with connect() as client:
        found = find_model(client.call("models.list")["models"], name)
        if found["installed"] and is_interactive() and not yes:
            question = f"Remove {name} ({format_bytes(found['size'])})?"
            click.confirm(question, abort=True, err=True)
        removed = client.call("models.remove", id=name, force=force)
    if as_json:
        print_json(removed)
    else:
        click.echo(f"{name} is removed; {format_bytes(removed['freed'])} are free again.")


@click.command(
    cls=ExampleCommand,
    examples=(
        "classify model verify",
        "classify model verify bge-m3",
    ),
)
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=complete_model)
@json_option
def verify(names: tuple[str, ...], as_json: bool) -> None:
    """Compare every file of installed models with its checksum; all of them when none is named."""
    results: dict[str, Any] = {}
    with connect() as client:
        known = client.call("models.list")["models"]
        wanted = [find_model(known, name)["id"] for name in names] or [
            item["id"] for item in known if item["installed"]
        ]
        for name in wanted:
            results[name] = call_patiently(client, "models.verify", id=name)
            if not as_json:
                damaged = ", ".join(results[name]["damaged"])
                click.echo(f"{name}: {'whole' if results[name]['ok'] else f'damaged: {damaged}'}")
    if as_json:
        print_json(results)
    bad = [name for name in wanted if not results[name]["ok"]]
    if bad:
        print_error(f"{len(bad)} damaged.", f"Download again: classify model download {' '.join(bad)}")
        raise click.exceptions.Exit(1)


@click.command(
    cls=ExampleCommand,
    examples=(
        "classify model add ./my-model --id mine",
        "classify model add ~/models/some-model.Q4_K_M.gguf",
        "classify model add owner/name@revision",
    ),
)
@click.argument("source", metavar="PATH_OR_REPO")
@click.option(
    "--id", "model_id", metavar="NAME", help="Its name from now on; by default taken from the source."
)
@click.option("--type", "kind", type=click.Choice(MODEL_TYPES), help="What it can do; by default found out.")
@remote_code_option
@json_option
def add(
    source: str, model_id: str | None, kind: str | None, allow_remote_code: str | None, as_json: bool
) -> None:
    """Add a model of your own: a folder, a GGUF file, or a repository of the model hub."""
    if find_path(source) is None:
        check_online(f"{source} is no file or folder here, and the model hub is not asked.")
    with connect() as client, show_transfer(model_id or source) as report:
        added = call_patiently(
            client,
            "models.add",
            report,
            source=_resolve(source),
            id=model_id,
            type=kind,
            allow_remote_code=allow_remote_code,
        )["model"]
    if as_json:
        print_json(added)
    else:
        click.echo(f"{added['id']} is installed ({added['type']}, {format_bytes(added['size'])}).")


@click.command(
    cls=ExampleCommand,
    examples=(
        "classify model optimise smollm2-135m-instruct",
        "classify model optimise smollm2-135m-instruct --restore",
    ),
)
@name_argument
@click.option("--restore", is_flag=True, help="Back to the file as it was downloaded.")
@json_option
def optimise(name: str, restore: bool, as_json: bool) -> None:
    """Keep an instruction model in the form that answers fastest on this processor, at equal quality.

    Tries several forms of the file, measures them, and keeps the best beside the original.
    """
    with connect() as client, show_share(f"Measuring {name}") as report:
        find_model(client.call("models.list")["models"], name)
        found = call_patiently(client, "models.optimise", report, id=name, restore=restore)
    if as_json:
        print_json(found)
        return
    if found["tried"]:
        columns = list(found["tried"][0])
        rows = ([_say_figure(item.get(key)) for key in columns] for item in found["tried"])
        print_table((key.replace("_", " ") for key in columns), rows)
    click.echo(f"{name} is kept as {found['kept']}.")


@click.command(
    cls=ExampleCommand,
    examples=(
        "classify model recommend",
        "classify model recommend --language de --language en --download",
    ),
)
@click.option(
    "--language",
    "languages",
    multiple=True,
    metavar="xx",
    help="A language you read (ISO 639-1); repeatable.",
)
@click.option("--download", "fetch", is_flag=True, help="Download what is recommended and not here yet.")
@yes_option
@json_option
def recommend(languages: tuple[str, ...], fetch: bool, yes: bool, as_json: bool) -> None:
    """The set of models that fits this machine and your languages."""
    with connect() as client:
        found = client.call("models.recommend", languages=[item.lower() for item in languages] or None)
        items = found["recommended"]
        if as_json:
            print_json(found)
        else:
            _print_recommended(found)
        if fetch:
            missing = {item["model"]["id"]: item["model"] for item in items if not item["model"]["installed"]}
            for item in missing.values():
                fetch_model(client, item, assume_yes=yes)


def _print_recommended(found: dict[str, Any]) -> None:
    machine = found["machine"]
    accelerator = f", {machine['accelerator']}" if machine.get("accelerator") else ""
    click.echo(
        f"For {format_bytes(machine['memory'])} of memory, {machine['cores']} cores{accelerator}, "
        f"{format_bytes(machine['disk_free'])} of free disk; languages: {', '.join(found['languages'])}."
    )
    print_table(
        ("for", "model", "size", "state", "why"),
        (
            (
                item["role"],
                item["model"]["id"],
                format_bytes(item["model"]["size"]),
                "installed" if item["model"]["installed"] else "to download",
                item["reason"],
            )
            for item in found["recommended"]
        ),
    )


def _say_figure(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str("" if value is None else value)


def _resolve(source: str) -> str:
    """A path as the daemon understands it, which runs in another folder."""
    path = find_path(source)
    return source if path is None else str(path)


FILE_COMMANDS = (download_models, remove, verify, add, optimise, recommend)
