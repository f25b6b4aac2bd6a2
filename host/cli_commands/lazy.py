"""Groups whose commands are imported when somebody asks for them: one command never pays for the others."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping


class LazyGroup(click.Group):
    """A group that knows where its commands are, and imports the one that is called.

    An interrupt while it imports ends as every interrupt does, because click is at work by then.
    """

    def __init__(self, *args: Any, places: Mapping[str, str] | None = None, **options: Any) -> None:
        """Describe the group.

        Args:
            *args: as of `click.Group`.
            **options: as of `click.Group`.
            places: of each command its module and the name it has there, as "module:name".
        """
        super().__init__(*args, **options)
        self._places = dict(places or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, none of them imported."""
        return sorted({*super().list_commands(ctx), *self._places})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One command, imported now when it was not before; None when there is none of this name."""
        known = super().get_command(ctx, cmd_name)
        if known is not None or cmd_name not in self._places:
            return known
        module, name = self._places[cmd_name].split(":")
        command = getattr(importlib.import_module(module), name)
        if not isinstance(command, click.Command):
            message = f"{self._places[cmd_name]} is no command."
            raise TypeError(message)
        self.add_command(command, cmd_name)
        return command
