"""The commands of `ai-history`: where each is found."""

from __future__ import annotations

import click

from host.cli_commands.lazy import LazyGroup
from host.version import VERSION

_PLACES = {
    "ask": "host.cli_commands.ask:ask",
    "backup": "host.cli_commands.backup:backup",
    "bench": "host.cli_commands.bench:bench",
    "categories": "host.cli_commands.categories:categories",
    "categorize": "host.cli_commands.categorize:categorize",
    "chats": "host.cli_commands.chats:chats",
    "corrections": "host.cli_commands.categories:corrections",
    "daemon": "host.cli_commands.daemon:daemon",
    "delete-all": "host.cli_commands.delete_all:delete_all",
    "doctor": "host.cli_commands.doctor:doctor",
    "encryption": "host.cli_commands.encryption:encryption",
    "evaluate": "host.cli_commands.evaluate:evaluate",
    "export": "host.cli_commands.export:export",
    "finetune": "host.cli_commands.finetune:finetune",
    "import": "host.cli_commands.imports:import_history",
    "index": "host.cli_commands.index:index",
    "mcp": "host.cli_commands.mcp:mcp",
    "model": "host.cli_commands.model:model",
    "restore": "host.cli_commands.restore:restore",
    "search": "host.cli_commands.search:search",
    "sql": "host.cli_commands.sql:sql",
    "status": "host.cli_commands.status:status",
}


@click.group(cls=LazyGroup, places=_PLACES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="ai-history")
def cli() -> None:
    """Private, local memory for your browser: find again what you have read."""
