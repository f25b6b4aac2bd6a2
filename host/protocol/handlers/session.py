"""`hello` and `doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.protocol.messages import DatabaseInfo, Empty, HelloParams, HelloResult
from host.protocol.upkeep_messages import DoctorResult
from host.storage.statistics import count_pages
from host.version import PROTOCOL_VERSION, VERSION

if TYPE_CHECKING:
    from host.protocol.dispatch import Call, Handler
    from host.protocol.handlers.services import Services


def make_handlers(services: Services) -> dict[str, Handler]:
    """The handlers of this file by method."""

    def hello(params: HelloParams, call: Call) -> HelloResult:
        profile = services.profiles.open(params.profile_id)
        call.session.client = params.client
        call.session.profile_id = profile.id
        services.warm_up()
        return HelloResult(
            version=VERSION,
            protocol=PROTOCOL_VERSION,
            database=DatabaseInfo(
                profile_id=profile.id,
                pages=profile.database.read(count_pages),
                recovered_from=profile.recovered_from,
            ),
            capabilities=services.methods(),
            models=services.models(),
            degraded=services.degraded(profile),
        )

    def doctor(_: Empty, call: Call) -> DoctorResult:
        profile = services.profile(call) if call.session.profile_id else None
        return DoctorResult(checks=services.check(profile))

    return {"hello": hello, "doctor": doctor}
