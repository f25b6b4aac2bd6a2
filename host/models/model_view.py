"""One model as a person sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from host.models.activity import Activity
    from host.models.metadata import Installed
    from host.models.registry import ModelEntry
    from host.models.roles import Role
    from host.models.transfers import Transfer


@dataclass(frozen=True)
class ModelView:
    """One model as a person sees it: what it is, whether it is here, what it is doing."""

    entry: ModelEntry
    state: str
    installed: Installed | None
    roles: tuple[Role, ...]
    misfit: str | None
    transfer: Transfer | None
    activity: Activity | None
    damage: str | None = None


def name_state(installed: bool, moving: bool, damage: str | None, activity: Activity | None) -> str:
    """The word for what a model is doing; `moving`: it is being downloaded."""
    if moving:
        return "downloading"
    if damage:
        return "damaged"
    if not installed:
        return "available"
    if activity is None or activity.state == "stopped":
        return "installed"
    return {"starting": "loading", "ready": "ready", "failed": "failed"}[activity.state]
