from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from host.core.lock import ProcessLock
from tests.makers import WAIT_S

ROOT = Path(__file__).resolve().parents[2]
_HOLD = """
import sys
from pathlib import Path
from host.core.lock import ProcessLock
lock = ProcessLock(Path(sys.argv[1]))
print(lock.acquire(), flush=True)
sys.stdin.read()
"""


def _start(path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def test_only_one_process_holds_the_lock_and_its_death_gives_it_back(tmp_path: Path) -> None:
    path = tmp_path / "run" / "daemon.lock"
    with _start(path) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        mine = ProcessLock(path)
        assert not mine.acquire()
        holder.kill()
        holder.wait(WAIT_S)
        assert mine.acquire()
        with _start(path) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == "False\n"
            other.kill()
        mine.release()


def test_a_lock_that_was_given_back_can_be_taken_again(tmp_path: Path) -> None:
    first, second = ProcessLock(tmp_path / "lock"), ProcessLock(tmp_path / "lock")
    assert first.acquire()
    assert not second.acquire()
    first.release()
    first.release()
    assert second.acquire()
    second.release()
