"""`settings.*`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.core.settings import describe_settings
from host.protocol.upkeep_messages import SettingItem, SettingsParams, SettingsResult

if TYPE_CHECKING:
    from host.history.profiles import Profile
    from host.protocol.dispatch import Call, Handler
    from host.protocol.handlers.services import Services
    from host.protocol.messages import Empty

CHANGED = "settings.changed"


def make_handlers(services: Services) -> dict[str, Handler]:
    """The handlers of this file by method."""

    def get(_: Empty, call: Call) -> SettingsResult:
        return _describe(services.profile(call))

    def update(params: SettingsParams, call: Call) -> SettingsResult:
        profile = services.profile(call)
        profile.update_settings(params.values)
        services.apply_settings(profile, params.values.keys())
        for session in services.sessions():
            if session.profile_id == profile.id:
                session.notify(CHANGED, {"values": params.values})
        services.indexer.wake()
        return _describe(profile)

    return {"settings.get": get, "settings.update": update}


def _describe(profile: Profile) -> SettingsResult:
    found = describe_settings(profile.settings, profile.defaults)
    return SettingsResult(settings=[SettingItem(**item) for item in found])
