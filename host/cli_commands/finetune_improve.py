"""`ai-history finetune improve`: a training from one's corrections, in the background of the daemon."""

from __future__ import annotations

from typing import Any

import click

from host.cli_commands.output import format_time, json_option, print_error, print_json, profile_option
from host.cli_commands.progress import say_time
from host.client import Client


@click.command()
@click.option("--model", metavar="ID", help="The installed model to train; by default the smallest.")
@click.option("--now", is_flag=True, help="Do not wait until the computer is idle and plugged in.")
@click.option("--status", "status", is_flag=True, help="Show how far it is.")
@click.option("--cancel", is_flag=True, help="End it and delete what it has half made.")
@profile_option
@json_option
def improve(
    model: str | None, now: bool, status: bool, cancel: bool, profile_id: str | None, as_json: bool
) -> None:
    """Train a model from your corrections in the background.

    It runs while the computer is idle and plugged in, gives way when you are back, and goes on later. What
    comes of it is used only if it is better than what sorts your tabs now.
    """
    if sum((status, cancel, bool(model or now))) > 1:
        message = "Use --status or --cancel alone."
        raise click.UsageError(message)
    with Client(profile_id=profile_id) as client:
        if status:
            job = client.call("finetune.state")["job"]
        elif cancel:
            job = client.call("finetune.cancel")["job"]
        else:
            job = client.call("finetune.improve", model=model, now=now)["job"]
    if as_json:
        print_json({"job": job})
    else:
        _show(job)
    if job["state"] == "failed":
        click.get_current_context().exit(1)


def _show(job: dict[str, Any]) -> None:
    if job["state"] == "failed":
        print_error(job["text"])
        return
    click.echo(job["text"] if job["state"] == "none" else f"{job['state'].capitalize()}: {job['text']}")
    if job.get("share") is not None and job["state"] in ("running", "paused"):
        left = f", {say_time(job['remaining_s'])} left" if job.get("remaining_s") is not None else ""
        click.echo(f"  {job['share'] * 100:.0f} % done{left}")
    if job.get("report"):
        click.echo(f"  Report: {job['report']}")
    if job.get("ended_at"):
        click.echo(f"  Ended {format_time(job['ended_at'])}")
