"""`daemon.*`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.protocol.upkeep_messages import DaemonStatusResult, StopParams, StopResult

if TYPE_CHECKING:
    from host.protocol.dispatch import Call, Handler
    from host.protocol.handlers.services import Services
    from host.protocol.messages import Empty


def make_handlers(services: Services) -> dict[str, Handler]:
    """The handlers of this file by method."""

    def status(_: Empty, __: Call) -> DaemonStatusResult:
        return services.status()

    def stop(_: StopParams, __: Call) -> StopResult:
        services.stop()
        return StopResult(stopping=True)

    return {"daemon.status": status, "daemon.stop": stop}
