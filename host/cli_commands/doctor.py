"""`ai-history doctor`."""

from __future__ import annotations

import sys

import click

from host.cli_commands.output import json_option, print_json, profile_option
from host.client import Client
from host.core.errors import AppError
from host.install.checks import check_registration


@click.command()
@click.option("--repair", is_flag=True, help="Also queue failed jobs again and mend the full-text index.")
@profile_option
@json_option
def doctor(repair: bool, profile_id: str | None, as_json: bool) -> None:
    """Check every part; each failure comes with its fix."""
    checks = [
        {"name": check.name, "ok": check.ok, "detail": check.detail, "fix": check.fix}
        for check in check_registration()
    ]
    try:
        with Client(profile_id=profile_id) as client:
            if repair:
                client.call("store.rebuild")
                client.call("jobs.retry")
            checks += client.call("doctor")["checks"]
    except AppError as error:
        checks.append({"name": "Daemon", "ok": False, "detail": error.message, "fix": error.fix})
    if as_json:
        print_json({"checks": checks})
    else:
        for check in checks:
            mark = click.style("ok  ", fg="green") if check["ok"] else click.style("FAIL", fg="red")
            click.echo(f"{mark} {check['name']}: {check['detail']}")
            if check["fix"]:
                click.echo(f"     {check['fix']}")
    if not all(check["ok"] for check in checks):
        sys.exit(1)
