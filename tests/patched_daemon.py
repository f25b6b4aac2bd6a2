"""The daemon with a few constants of its own, for what would otherwise take minutes or a second version.

`python -m tests.patched_daemon version=0.0.1 idle=0.3 housekeeping=0.05 drain=2 off_idle=0.1 calm=0`

Also: look=0.1 busy=101 backups=0.
"""

from __future__ import annotations

import sys
import threading

import host.version


def main(overrides: dict[str, str]) -> int:
    """Run the daemon with these overrides."""
    host.version.VERSION = overrides.get("version", host.version.VERSION)
    # Only now: modules take the version when they are imported.
    from host import daemon, improvement_services
    from host.history import indexing, throttle
    from host.improvement import surroundings
    from host.upkeep import schedule

    daemon.HOUSEKEEPING_S = float(overrides.get("housekeeping", daemon.HOUSEKEEPING_S))
    daemon.OFF_IDLE_S = float(overrides.get("off_idle", daemon.OFF_IDLE_S))
    daemon.CALM_S = float(overrides.get("calm", daemon.CALM_S))
    schedule.BEGIN_AFTER_S = float(overrides.get("backups", schedule.BEGIN_AFTER_S))
    indexing.IDLE_WAIT_S = float(overrides.get("look", indexing.IDLE_WAIT_S))
    throttle.BUSY_PERCENT = float(overrides.get("busy", throttle.BUSY_PERCENT))
    if "trainer" in overrides:
        improvement_services.WORKER = overrides["trainer"]
        # Whoever waits in a test is a person, and the machine of a test is busy.
        improvement_services.IDLE_S = 0.0
        surroundings.CALM = surroundings.BUSY = 1.0
    if "drain" in overrides:
        slow = float(overrides["drain"])
        real = daemon.Daemon._drain

        def drain(self: daemon.Daemon) -> None:
            if self.server:
                self.server.close()
            threading.Event().wait(slow)
            real(self)

        daemon.Daemon._drain = drain  # type: ignore[method-assign]
    return daemon.main(idle_limit_s=float(overrides["idle"]) if "idle" in overrides else None)


if __name__ == "__main__":
    sys.exit(main(dict(argument.split("=", 1) for argument in sys.argv[1:])))
