from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from host.core.errors import NotFound
from host.protocol.dispatch import Call, Dispatcher, Session
from host.protocol.jsonrpc import Request
from host.protocol.latencies import KEPT, Latencies
from host.protocol.upkeep_messages import StopResult

if TYPE_CHECKING:
    from collections.abc import Callable

    from host.protocol.dispatch import Handler
    from host.protocol.store_messages import MethodLatency


def _only(latencies: Latencies) -> MethodLatency:
    (found,) = latencies.report().methods
    return found


@pytest.fixture
def answer() -> Callable[..., Latencies]:
    """Answers one request with a handler, and gives what was noted of it."""

    def run(handler: Handler, *, method: str = "daemon.stop", call: Call | None = None) -> Latencies:
        latencies = Latencies()
        dispatcher = Dispatcher({"daemon.stop": handler}, latencies)
        dispatcher.answer(Request(method=method, id=1), call or Call(Session()))
        return latencies

    return run


def test_median_and_95th_percentile_are_those_of_the_latest() -> None:
    latencies = Latencies()
    for value in (1000.0, *map(float, range(1, KEPT + 1))):
        latencies.note("search.query", value)
    found = _only(latencies)
    assert found.count == KEPT + 1
    assert found.recent_ms == [float(value) for value in range(1, KEPT + 1)]
    assert found.median_ms == (KEPT + 1) / 2
    assert found.p95_ms == 57.0


def test_of_one_request_all_figures_are_the_same() -> None:
    latencies = Latencies()
    latencies.note("doctor", 7.256, failed=True)
    found = _only(latencies)
    assert (found.count, found.failed) == (1, 1)
    assert found.median_ms == found.p95_ms == found.recent_ms[0] == 7.26


def test_methods_are_told_apart_by_name() -> None:
    latencies = Latencies()
    latencies.note("search.query", 1.0)
    latencies.note("chat.ask", 2.0)
    assert [item.method for item in latencies.report().methods] == ["chat.ask", "search.query"]


def test_an_answered_request_is_counted_and_a_refused_one_has_failed(
    answer: Callable[..., Latencies],
) -> None:
    def refuse(_: Any, __: Call) -> StopResult:
        message = "It is not there."
        raise NotFound(message)

    good = _only(answer(lambda _params, _call: StopResult(stopping=True)))
    assert (good.method, good.count, good.failed) == ("daemon.stop", 1, 0)
    assert _only(answer(refuse)).failed == 1


def test_what_was_taken_back_says_nothing_of_how_long_it_takes(answer: Callable[..., Latencies]) -> None:
    cancelled = threading.Event()

    def stop(_: Any, __: Call) -> StopResult:
        cancelled.set()
        return StopResult(stopping=True)

    assert not answer(stop, call=Call(Session(), cancelled=cancelled)).report().methods


def test_a_method_that_does_not_exist_is_not_remembered(answer: Callable[..., Latencies]) -> None:
    found = answer(lambda _params, _call: StopResult(stopping=True), method="no.such")
    assert not found.report().methods
