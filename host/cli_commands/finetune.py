"""`ai-history finetune`: teaching a language model to sort tabs, step by step or all at once."""

from __future__ import annotations

import click

from host.cli_commands.lazy import LazyGroup

_NAMES = ("dataset", "train", "convert", "evaluate", "deploy", "pipeline", "improve")


@click.group(cls=LazyGroup, places={name: f"host.cli_commands.finetune_{name}:{name}" for name in _NAMES})
def finetune() -> None:
    """Teach a language model your categories: a better one goes live, a worse one never does.

    `pipeline` does everything; each step is a command of its own too. Needs the extra `finetune`:
    python3 -m host.install --extra finetune
    """
