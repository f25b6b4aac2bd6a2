"""How long it takes until the product answers, and what it weighs at rest."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any, BinaryIO, cast

import psutil

from host.client import Client
from host.evaluation.bench.figures import Figure, OnProgress, at_most, median, plain
from host.evaluation.bench.home import find_daemon, stop_daemon, temporary_home
from host.protocol.framing import encode_frame, read_frame

WARM_RUNS = 20
COLD_RUNS = 5
HELLO_LIMIT_MS = 100
FIRST_ANSWER_LIMIT_MS = 1000
BRIDGE_LIMIT_MB = 20
DAEMON_LIMIT_MB = 80
_MB = 1024 * 1024
_HELLO = {"client": "bench", "version": "0", "profile_id": "bench"}


def bench_start(on_progress: OnProgress) -> list[Figure]:
    """Start the bridge with and without a daemon, and weigh both."""
    with temporary_home(models=False) as paths:
        with Client(profile_id="bench", paths=paths) as client:
            for number in range(20):
                client.call(
                    "pages.capture",
                    url=f"https://site.example/{number}",
                    title="A page",
                    html=f"<article><p>{'Some words about tea. ' * 60}</p></article>",
                    visited_at=1_700_000_000_000 + number,
                )
            client.call("search.query", query="tea", mode="text")
        warm, bridge_mb = _measure_warm(on_progress)
        daemon = find_daemon(paths)
        daemon_mb = daemon.memory_info().rss / _MB if daemon else float("nan")
        cold = []
        for run in range(COLD_RUNS):
            on_progress("cold start", run, COLD_RUNS)
            stop_daemon(paths)
            cold.append(_measure_cold())
    bare = [_measure_bare() for _ in range(WARM_RUNS)]
    return [
        at_most("hello, daemon running", median(warm), "ms", HELLO_LIMIT_MS, f"median of {WARM_RUNS} starts"),
        plain("the same, beside a bare interpreter", median(warm) / median(bare), "x", "python -c pass"),
        at_most(
            "first text answer, nothing running",
            median(cold),
            "ms",
            FIRST_ANSWER_LIMIT_MS,
            f"{COLD_RUNS} starts",
        ),
        at_most("bridge, resident", bridge_mb, "MB", BRIDGE_LIMIT_MB),
        at_most(
            "daemon without models, resident", daemon_mb, "MB", DAEMON_LIMIT_MB, "after captures and searches"
        ),
    ]


def _measure_warm(on_progress: OnProgress) -> tuple[list[float], float]:
    times, memory = [], 0.0
    for run in range(WARM_RUNS):
        on_progress("warm start", run, WARM_RUNS)
        began = time.perf_counter()
        with _bridge() as process:
            _ask(process, 1, "hello", _HELLO)
            times.append((time.perf_counter() - began) * 1000)
            memory = max(memory, psutil.Process(process.pid).memory_info().rss / _MB)
            _end(process)
    return times, memory


def _measure_cold() -> float:
    began = time.perf_counter()
    with _bridge() as process:
        _ask(process, 1, "hello", _HELLO)
        _ask(process, 2, "search.query", {"query": "tea", "mode": "text"})
        took = (time.perf_counter() - began) * 1000
        _end(process)
    return took


def _measure_bare() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return (time.perf_counter() - began) * 1000


def _bridge() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "host"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def _ask(
    process: subprocess.Popen[bytes], request_id: int, method: str, params: dict[str, Any]
) -> dict[str, Any]:
    body = json.dumps({"jsonrpc": "2.0", "id": request_id, "method": method, "params": params}).encode()
    stdin, stdout = cast("BinaryIO", process.stdin), cast("BinaryIO", process.stdout)
    stdin.write(encode_frame(body))
    stdin.flush()
    answer = read_frame(stdout)
    if answer is None:
        message = "the bridge ended without an answer"
        raise RuntimeError(message)
    found: dict[str, Any] = json.loads(answer)
    if "error" in found:
        raise RuntimeError(found["error"]["message"])
    return found


def _end(process: subprocess.Popen[bytes]) -> None:
    cast("BinaryIO", process.stdin).close()
    process.wait(10)
