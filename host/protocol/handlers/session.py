"""`hello` and `doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.core.errors import DatabaseLocked
from host.protocol.messages import DatabaseInfo, Empty, HelloParams, HelloResult
from host.protocol.upkeep_messages import CheckItem, DoctorResult
from host.storage.statistics import count_pages
from host.version import PROTOCOL_VERSION, VERSION

if TYPE_CHECKING:
    from host.history.profiles import Profile
    from host.protocol.dispatch import Call, Handler
    from host.protocol.handlers.services import Services


def make_handlers(services: Services) -> dict[str, Handler]:
    """The handlers of this file by method."""

    def hello(params: HelloParams, call: Call) -> HelloResult:
        profile_id = services.profiles.choose(params.profile_id)
        try:
            profile = services.profiles.open(profile_id)
        except DatabaseLocked:
            profile = None
        call.session.client = params.client
        call.session.profile_id = profile_id
        if profile:
            services.warm_up()
        return HelloResult(
            version=VERSION,
            protocol=PROTOCOL_VERSION,
            database=_describe_database(profile_id, profile),
            capabilities=services.methods(),
            models=services.models(),
            degraded=services.degraded(profile) if profile else [],
        )

    def doctor(_: Empty, call: Call) -> DoctorResult:
        try:
            profile = services.profile(call) if call.session.profile_id else None
        except DatabaseLocked as error:
            locked = CheckItem(name="Database", ok=False, detail=error.message, fix=error.fix)
            return DoctorResult(checks=[*services.check(None), locked])
        return DoctorResult(checks=services.check(profile))

    return {"hello": hello, "doctor": doctor}


def _describe_database(profile_id: str, profile: Profile | None) -> DatabaseInfo:
    """The profile's database; one that cannot be opened yet is locked."""
    if profile is None:
        return DatabaseInfo(profile_id=profile_id, pages=0, locked=True)
    return DatabaseInfo(
        profile_id=profile_id,
        pages=profile.database.read(count_pages),
        recovered_from=profile.recovered_from,
    )
