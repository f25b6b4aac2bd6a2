from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

from host.workers.processes import list_child_processes
from tests.makers import wait_until

if TYPE_CHECKING:
    from host.workers.processes import ChildProcess


def _find(pid: int) -> ChildProcess | None:
    return next((child for child in list_child_processes() if child.pid == pid), None)


def test_a_child_is_named_by_its_module_with_its_memory_and_its_beginning() -> None:
    before = time.time() * 1000
    with subprocess.Popen([sys.executable, "-m", "cProfile", "-"], stdin=subprocess.PIPE) as process:
        try:
            wait_until(lambda: _find(process.pid), "it runs")
            found = _find(process.pid)
            assert found is not None
            # Between fork and exec it is still called after its parent.
            wait_until(lambda: (_find(process.pid) or found).module == "cProfile", "it is named")
            assert found.memory_bytes > 0
            # The system counts in hundredths of a second.
            assert abs(found.started_at - before) < 60_000
        finally:
            process.kill()
    assert _find(process.pid) is None
