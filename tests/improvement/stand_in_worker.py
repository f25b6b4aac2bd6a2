"""Speaks the protocol of the process that trains, and does what a file beside the test says instead."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from host.core.errors import DiskFull
from host.workers.server import serve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from host.workers.messages import Header
    from host.workers.server import Operation, Report, Task

ORDERS = "orders"
ORDERS_VARIABLE = "AI_HISTORY_TEST_ORDERS"
LOOK_S = 0.01
# Goes on until it is ended.
LASTING = "import threading; threading.Event().wait(600)"


def load(config: Header, report: Report) -> Mapping[str, Operation]:
    """`run`, after the orders in a file: wait, deaf, deaf child, die, fail, deployed, refused, odd.

    The configuration names the file, or the environment does.
    """
    del report
    orders = Path(config.get(ORDERS) or os.environ[ORDERS_VARIABLE])

    def run(header: Header, _: bytes, task: Task) -> tuple[Header, bytes]:
        folder = Path(header["folder"])
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "runs").open("a", encoding="utf-8") as runs:
            runs.write(f"{header['base']} {header['profile']}\n")
        task.progress({"stage": "training", "share": 0.5, "remaining_s": 60.0, "text": "Step 5 of 10."})
        if orders.read_text(encoding="utf-8") == "deaf child":
            child = subprocess.Popen([sys.executable, "-c", LASTING], start_new_session=True)
            (folder / "child").write_text(str(child.pid), encoding="utf-8")
        while (order := orders.read_text(encoding="utf-8")) in ("wait", "deaf", "deaf child"):
            if order == "wait":
                task.check_cancelled()
            time.sleep(LOOK_S)
        if order == "die":
            os._exit(9)
        if order == "fail":
            raise DiskFull("The disk is full.", fix="Free some space.")
        if order == "odd":
            return {"state": "whatever", "report": 3}, b""
        report_file = folder / "report.md"
        report_file.write_text("figures", encoding="utf-8")
        return {"state": order, "text": f"It was {order}.", "report": str(report_file)}, b""

    return {"run": run}


if __name__ == "__main__":
    serve(load)
