"""The options of `ai-history bench chat` and `bench tabs`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from host.evaluation.chat import BENCH_ENGINES
from host.evaluation.chat_sets import CHAT_SET_NAMES
from host.evaluation.tab_sets import TAB_SET_NAMES
from host.evaluation.tabs import ENGINE_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable

PARTS = ("categories", "topics", "learning")


def set_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of `bench` that are for `chat` and `tabs`."""
    for option in (
        click.option(
            "--part",
            "parts",
            multiple=True,
            type=click.Choice(PARTS),
            help="For `tabs`: only this; repeatable. By default all that there is data for.",
        ),
        click.option(
            "--every",
            default=1,
            show_default=True,
            type=click.IntRange(1),
            help="For `chat` and `tabs`: ask only each so-manieth question, or tab of a category.",
        ),
        click.option(
            "--set",
            "sets",
            multiple=True,
            type=click.Choice((*CHAT_SET_NAMES, *TAB_SET_NAMES)),
            help="For `chat` and `tabs`: this set; repeatable. By default clapnq, or all sets of tabs"
            " (without --data: own).",
        ),
        click.option(
            "--engine",
            default="all",
            show_default=True,
            type=click.Choice((*BENCH_ENGINES, *ENGINE_TYPES, "all")),
            help="For `chat`: who answers; for `tabs`: the kind of model that sorts.",
        ),
        click.option(
            "--data",
            "folder",
            type=click.Path(path_type=Path),
            help="For `chat` and `tabs`: the folder that holds the sets, each in a folder of its own.",
        ),
    ):
        command = option(command)
    return command
