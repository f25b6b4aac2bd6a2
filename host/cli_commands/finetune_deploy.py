"""`ai-history finetune deploy`: puts a trained model to use when it is better, and takes it back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from host.cli_commands.finetune_output import show_stages, wait_patiently
from host.cli_commands.output import (
    format_bytes,
    format_time,
    json_option,
    print_error,
    print_json,
    print_note,
    print_table,
    profile_option,
)
from host.client import Client
from host.core.errors import NotFound
from host.core.paths import find_paths

_WORDS = {
    "evaluating": "Comparing it with what sorts tabs now …",
    "deploying": "Putting it in …",
    "checking": "Asking it about a few tabs …",
}


@click.command()
@click.option(
    "--model",
    metavar="FOLDER_OR_ID",
    help="Folder of a training, or the model that was trained; by default the latest training.",
)
@click.option(
    "--base", metavar="ID", help="The installed model that it was trained from, if that is not known."
)
@click.option("--force", is_flag=True, help="Put it to use although it was not shown to be better.")
@click.option(
    "--rollback", is_flag=True, help="Take the deployed model back: what sorted tabs before does again."
)
@click.option("--history", is_flag=True, help="Show what was deployed.")
@profile_option
@json_option
def deploy(
    model: str | None,
    base: str | None,
    force: bool,
    rollback: bool,
    history: bool,
    profile_id: str | None,
    as_json: bool,
) -> None:
    """Have tabs sorted by the model that was trained, if it is better by more than chance.

    Without a restart; afterwards it is asked about a few tabs, and taken back when it does not answer as it
    should. Exit code 1: it was not put to use.
    """
    if sum((rollback, history, bool(force or model or base))) > 1:
        message = "Use --rollback or --history alone."
        raise click.UsageError(message)
    with Client(profile_id=profile_id) as client:
        if history:
            _show_history(client.call("finetune.deployments"), as_json)
        elif rollback:
            back = client.call("finetune.rollback")
            print_json(back) if as_json else click.echo(back["text"])
        elif not _deploy(client, _find_folder(model), base=base, force=force, as_json=as_json):
            click.get_current_context().exit(1)


def _deploy(client: Client, folder: Path, *, base: str | None, force: bool, as_json: bool) -> bool:
    from host.finetune.deployment import deploy_training
    from host.finetune.folder_judgement import judge_folder

    again = f"ai-history finetune deploy --model {folder}" + (f" --base {base}" if base else "")
    with show_stages("evaluating") as report:

        def judge() -> dict[str, Any]:
            return wait_patiently(
                lambda cancelled: judge_folder(
                    folder,
                    lambda what, done, total: report(
                        {"name": what, "share": done / total if total else None}
                    ),
                    cancelled,
                    base,
                ),
                again,
            )

        outcome = deploy_training(
            client,
            folder,
            force=force,
            base=base,
            judge=judge,
            on_stage=lambda stage: print_note(_WORDS.get(stage, stage)),
        )
    if as_json:
        print_json({"folder": str(folder), **outcome.to_json()})
    elif outcome.deployed:
        click.echo(outcome.words)
    else:
        fix = None if outcome.rolled_back else f"To deploy it all the same: {again} --force"
        if outcome.untrained:
            fix = "Train again with examples and corrections of them (--own), or switch them off."
        print_error(outcome.words, fix)
    return outcome.deployed


def _find_folder(named: str | None) -> Path:
    """The folder that is meant: itself, the latest of a model, or the latest of all."""
    if named is not None and Path(named).is_dir():
        return Path(named)
    parent = find_paths().data / "finetune"
    found = [path.parent for path in parent.glob("*/training.json")]
    fitting = [path for path in found if named is None or path.name.startswith(f"{named}-")]
    if not fitting:
        what = f"of {named} " if named else ""
        message = f"There is no training {what}in {parent}."
        raise NotFound(message, fix="Train first: ai-history finetune pipeline; or name its folder.")
    return max(fitting, key=lambda path: (path / "training.json").stat().st_mtime_ns)


def _show_history(listed: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(listed)
        return
    if not listed["deployments"]:
        click.echo("Nothing was deployed yet.")
        return
    rows = [
        (
            "*" if one["in_use"] else "",
            one["model"],
            one["kind"],
            format_time(one.get("used_at") or one["registered_at"]),
            format_bytes(one["size"]) if one.get("size") else "-",
            _say_figures(one["figures"]),
            one["text"],
        )
        for one in listed["deployments"]
    ]
    print_table(("", "model", "kind", "when", "size", "macro-F1", "state"), rows)


def _say_figures(figures: dict[str, Any]) -> str:
    value = figures.get("macro_f1")
    return f"{value:.3f}" if isinstance(value, int | float) else "-"
