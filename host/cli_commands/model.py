"""`classify model …`, which is also `ai-history model …`: what is known, loaded and used."""

from __future__ import annotations

import click

from host.cli_commands.daemon_classifier import connect
from host.cli_commands.examples import ExampleCommand
from host.cli_commands.model_choice import complete_model, fetch_model, find_model, load_model
from host.cli_commands.model_files import FILE_COMMANDS
from host.cli_commands.model_tables import print_info, print_loaded, print_models
from host.cli_commands.output import json_option, print_json, print_note
from host.models.registry import MODEL_TYPES
from host.models.roles import ROLES

_IN_MEMORY = ("loading", "ready")
yes_option = click.option("--yes", "-y", is_flag=True, help="Ask nothing.")
name_argument = click.argument("name", shell_complete=complete_model)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def model() -> None:
    """Local models: list, download, remove, load, and choose what they are used for."""


for command in FILE_COMMANDS:
    model.add_command(command)


@model.command(
    "list",
    cls=ExampleCommand,
    examples=(
        "classify model list",
        "classify model list --installed",
        "classify model list --type instruction --json",
    ),
)
@click.option("--installed", is_flag=True, help="Only those that are here.")
@click.option("--type", "only", type=click.Choice(MODEL_TYPES), help="Only those of this type.")
@json_option
def list_models(installed: bool, only: str | None, as_json: bool) -> None:
    """Every model known, with what it is doing and whether this machine can run it."""
    with connect() as client:
        found = client.call("models.list")
    models = [
        item
        for item in found["models"]
        if (item["installed"] or not installed) and only in {None, item["type"]}
    ]
    if as_json:
        print_json({**found, "models": models})
    elif models:
        print_models(models)
    else:
        print_note("There is none. Download one: classify model download all-minilm-l6-v2")


@model.command(cls=ExampleCommand, examples=("classify model info qwen2.5-1.5b-instruct",))
@name_argument
@json_option
def info(name: str, as_json: bool) -> None:
    """All that is known of one model: files, sources, licence, memory, prefixes."""
    with connect() as client:
        find_model(client.call("models.list")["models"], name)
        found = client.call("models.info", id=name)
    if as_json:
        print_json(found)
    else:
        print_info(found)


@model.command(cls=ExampleCommand, examples=("classify model ps",))
@json_option
def ps(as_json: bool) -> None:
    """The models in memory: where they compute, how much they hold, how long they have been idle."""
    with connect() as client:
        models = [item for item in client.call("models.list")["models"] if item["state"] in _IN_MEMORY]
    if as_json:
        print_json(models)
    elif models:
        print_loaded(models)
    else:
        print_note("No model is loaded.")


@model.command(cls=ExampleCommand, examples=("classify model load smollm2-135m-instruct",))
@name_argument
@yes_option
@json_option
def load(name: str, yes: bool, as_json: bool) -> None:
    """Load a model now, so that the first request does not wait for it."""
    with connect() as client:
        found = find_model(client.call("models.list")["models"], name)
        fetch_model(client, found, assume_yes=yes)
        loaded = load_model(client, found)
    if as_json:
        print_json(loaded)
    else:
        print_loaded([loaded])


@model.command(cls=ExampleCommand, examples=("classify model unload smollm2-135m-instruct",))
@name_argument
@json_option
def unload(name: str, as_json: bool) -> None:
    """Free the memory of a model."""
    with connect() as client:
        find_model(client.call("models.list")["models"], name)
        found = client.call("models.unload", id=name)
    if as_json:
        print_json(found)
    else:
        click.echo(f"{name} is unloaded." if found["unloaded"] else f"{name} was not loaded.")


@model.command(
    cls=ExampleCommand,
    examples=(
        "classify model use search multilingual-e5-small",
        "classify model use chat auto",
    ),
)
@click.argument("role", type=click.Choice(ROLES))
@click.argument("name", metavar="NAME|auto", shell_complete=complete_model)
@json_option
def use(role: str, name: str, as_json: bool) -> None:
    """Choose the model for a job; auto is the best that is installed.

    Another model for search has the vectors of your history made anew; the old ones serve meanwhile.
    """
    with connect() as client:
        if name != "auto":
            find_model(client.call("models.list")["models"], name)
        found = client.call("models.use", role=role, id=None if name == "auto" else name)
    if as_json:
        print_json(found)
        return
    now = next(item["model"] for item in found["roles"] if item["role"] == role)
    click.echo(f"{role}: {now or 'none'}")
    if found["reindexing"]:
        click.echo(
            "The vectors of your history are being made anew; search goes on with the old ones meanwhile."
        )
