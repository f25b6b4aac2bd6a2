from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from host.core.errors import NotFound, error_tree
from host.protocol import connection as module
from host.protocol import jsonrpc
from host.protocol.framing import MAX_INBOUND
from host.protocol.methods import METHODS
from host.protocol.model_messages import UnloadResult
from host.protocol.upkeep_messages import RetryResult, StatsResult
from tests.makers import NOON, WAIT_S
from tests.wire import frame, frame_of_length, request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from host.protocol.dispatch import Call, Handler
    from host.protocol.handlers.services import Services
    from tests.protocol.conftest import Exchange
    from tests.wire import Wire

    ExchangeOf = Callable[[Mapping[str, Handler]], Exchange]


def _hello(_: Any, call: Call) -> RetryResult:
    call.session.profile_id = "tester"
    return RetryResult(retried=0)


def _stats() -> StatsResult:
    numbers = dict.fromkeys(
        ("pages", "visits", "chunks", "embedded_chunks", "pending_jobs", "failed_jobs", "database_bytes"), 0
    )
    return StatsResult(**numbers, profile_id="tester")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"not json", jsonrpc.PARSE_ERROR),
        (b"", jsonrpc.PARSE_ERROR),
        (b"\xff\xfe", jsonrpc.PARSE_ERROR),
        (b"{" * 5000, jsonrpc.PARSE_ERROR),
        (b'{"jsonrpc": "2.0", "id": NaN, "method": "hello"}', jsonrpc.PARSE_ERROR),
        (b'{"jsonrpc": "2.0", "id": 1e999, "method": "hello"}', jsonrpc.INVALID_REQUEST),
        (b"[]", jsonrpc.INVALID_REQUEST),
        (b'{"jsonrpc": "1.0", "id": null, "method": "hello"}', jsonrpc.INVALID_REQUEST),
        (b'{"jsonrpc": "2.0", "id": {}, "method": "hello"}', jsonrpc.INVALID_REQUEST),
    ],
)
def test_a_body_that_is_no_request_gets_an_error_and_the_connection_lives(
    connect: Callable[[], Wire], body: bytes, code: int
) -> None:
    wire = connect()
    wire.send_bytes(frame_of_length(len(body)) + body)
    answer = wire.wait(None)
    assert answer["error"]["code"] == code
    assert answer["error"]["message"]
    assert wire.hello()["protocol"]


def test_a_frame_over_the_cap_gets_an_error_and_the_connection_ends(connect: Callable[[], Wire]) -> None:
    wire = connect()
    wire.hello()
    wire.send_bytes(frame_of_length(MAX_INBOUND + 1) + b"x" * 1000)
    answer = wire.wait(None)
    assert answer["error"]["data"]["kind"] == "too_large"
    assert wire.wait_end()


def test_before_hello_only_what_needs_no_profile_is_answered(connect: Callable[[], Wire]) -> None:
    wire = connect()
    for method in ("store.stats", "settings.get", "jobs.list"):
        assert wire.ask(method)["error"]["data"]["kind"] == "not_ready"
    assert wire.ask("search.query", query="tea")["error"]["data"]["kind"] == "not_ready"
    assert "result" in wire.ask("doctor")
    assert "result" in wire.ask("daemon.status")
    wire.hello()
    assert "result" in wire.ask("store.stats")


def test_hello_and_what_follows_it_may_come_in_one_write(connect: Callable[[], Wire]) -> None:
    wire = connect()
    wire.send_bytes(
        frame(request("a", "hello", client="test", version="0", profile_id="p"))
        + b"".join(frame(request(number, "search.query", query="tea")) for number in range(20))
    )
    assert "result" in wire.wait("a")
    for number in range(20):
        assert wire.wait(number)["result"]["results"] == []


def test_a_method_that_does_not_exist_is_said_to_be_missing(wire: Wire) -> None:
    answer = wire.ask("no.such")
    assert answer["error"]["code"] == jsonrpc.METHOD_NOT_FOUND
    assert "no.such" in answer["error"]["message"]


@pytest.mark.parametrize(
    ("method", "params", "named"),
    [
        ("search.query", {}, "query"),
        ("search.query", {"query": "x", "limit": 0}, "limit"),
        ("search.query", {"query": "x", "mode": "magic"}, "mode"),
        ("pages.capture", {"url": "https://a.example/"}, "visited_at"),
        ("pages.get", {"page_id": "x"}, "page_id"),
        ("pages.import", {"items": [{"url": 1}]}, "items.0.url"),
    ],
)
def test_parameters_that_do_not_fit_are_named(
    wire: Wire, method: str, params: dict[str, object], named: str
) -> None:
    error = wire.ask(method, **params)["error"]
    assert error["code"] == jsonrpc.INVALID_PARAMS
    assert error["message"].startswith(named)


def test_parameters_by_position_are_refused(wire: Wire) -> None:
    wire.send({"jsonrpc": "2.0", "id": "x", "method": "store.stats", "params": [1]})
    assert wire.wait("x")["error"]["code"] == jsonrpc.INVALID_PARAMS


def test_unknown_parameters_of_a_newer_caller_are_passed_over(wire: Wire) -> None:
    assert "result" in wire.ask("search.query", query="tea", of_the_future=True)


@pytest.mark.parametrize("request_id", [0, -1, 2**53, "", "text", "ü", 1.5])
def test_an_answer_carries_the_id_of_its_request(wire: Wire, request_id: object) -> None:
    wire.send(request(request_id, "store.stats"))
    assert wire.wait(request_id)["result"]["pages"] == 0


def test_a_notification_gets_no_answer(wire: Wire) -> None:
    wire.send({"jsonrpc": "2.0", "method": "store.stats"})
    wire.send({"jsonrpc": "2.0", "method": "no.such"})
    assert wire.call("store.stats")["pages"] == 0
    assert wire.others.empty()


def test_a_request_that_is_taken_back_ends_as_cancelled(exchange_of: ExchangeOf) -> None:
    began = threading.Event()

    def hold(_: Any, call: Call) -> StatsResult:
        began.set()
        assert call.cancelled.wait(WAIT_S)
        call.check_cancelled()
        return _stats()

    wire = exchange_of({"hello": _hello, "store.stats": hold}).connect()
    wire.hello()
    number = wire.begin("store.stats")
    assert began.wait(WAIT_S)
    wire.send({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": number}})
    assert wire.wait(number)["error"]["data"]["kind"] == "cancelled"


def test_taking_back_what_is_not_under_way_does_nothing(wire: Wire) -> None:
    for value in (99, "x", None, {"a": 1}, [1], 1.5):
        wire.send({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": value}})
    wire.send({"jsonrpc": "2.0", "method": "$/cancelRequest"})
    assert wire.call("store.stats")["pages"] == 0


def test_progress_carries_the_id_of_its_request_and_comes_before_the_answer(exchange_of: ExchangeOf) -> None:
    def report(_: Any, call: Call) -> StatsResult:
        for share in (0.25, 0.5):
            call.progress({"share": share})
        return _stats()

    wire = exchange_of({"hello": _hello, "store.stats": report}).connect()
    wire.hello()
    wire.send(request("mine", "store.stats"))
    wire.wait("mine")
    reports = [wire.others.get_nowait() for _ in range(2)]
    assert [found["params"] for found in reports] == [
        {"token": "mine", "value": {"share": 0.25}},
        {"token": "mine", "value": {"share": 0.5}},
    ]
    assert {found["method"] for found in reports} == {"$/progress"}


def test_every_error_reaches_the_wire_with_its_code_kind_and_fix(exchange_of: ExchangeOf) -> None:
    for kind, cls in error_tree().items():

        def fail(_: Any, __: Call, cls: type = cls) -> StatsResult:
            message = "It did not work."
            raise cls(message, fix="Try again.")

        wire = exchange_of({"hello": _hello, "store.stats": fail}).connect()
        wire.hello()
        assert wire.ask("store.stats")["error"] == {
            "code": cls.code,
            "message": "It did not work.",
            "data": {"kind": kind, "fix": "Try again."},
        }


def test_an_unexpected_failure_is_told_without_its_words(exchange_of: ExchangeOf) -> None:
    def fail(_: Any, __: Call) -> StatsResult:
        words = "https://secret.example/"
        raise KeyError(words)

    wire = exchange_of({"hello": _hello, "store.stats": fail}).connect()
    wire.hello()
    error = wire.ask("store.stats")["error"]
    assert error["data"]["kind"] == "internal"
    assert "secret" not in json.dumps(error)
    assert "KeyError" in error["message"]


def test_an_answer_over_the_limit_is_an_error_that_says_what_to_do(exchange_of: ExchangeOf) -> None:
    def shout(_: Any, __: Call) -> StatsResult:
        return _stats().model_copy(update={"profile_id": "x" * 2_000_000})

    wire = exchange_of({"hello": _hello, "store.stats": shout}).connect()
    wire.hello()
    error = wire.ask("store.stats")["error"]
    assert error["data"]["kind"] == "too_large"
    assert error["data"]["fix"]


def test_what_is_under_way_is_answered_after_the_client_has_closed_its_side(exchange_of: ExchangeOf) -> None:
    began, go_on = threading.Event(), threading.Event()

    def slow(_: Any, __: Call) -> StatsResult:
        began.set()
        assert go_on.wait(WAIT_S)
        return _stats()

    exchange = exchange_of({"hello": _hello, "store.stats": slow})
    wire = exchange.connect()
    wire.hello()
    number = wire.begin("store.stats")
    assert began.wait(WAIT_S)
    exchange.close_sending(wire)
    go_on.set()
    assert wire.wait(number)["result"]["pages"] == 0
    assert wire.wait_end()


def test_a_client_that_takes_nothing_does_not_hold_up_the_others(
    exchange_of: ExchangeOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SEND_TIMEOUT_S", 0.1)
    import socket as sockets

    exchange = exchange_of({"hello": _hello})
    ours, theirs = sockets.socketpair()
    stuck = module.Connection(theirs, exchange.dispatcher, exchange.pools)
    thread = threading.Thread(target=stuck.serve, daemon=True)
    thread.start()
    for _ in range(50):
        stuck.notify("settings.changed", {"values": {"x": "y" * 100_000}})
    thread.join(WAIT_S)
    assert not thread.is_alive()
    ours.close()


def test_a_request_id_may_be_used_again_once_it_was_answered(wire: Wire) -> None:
    for _ in range(3):
        wire.send(request(7, "store.stats"))
        assert "result" in wire.wait(7)


def test_many_requests_at_once_get_each_their_answer(wire: Wire) -> None:
    numbers = [wire.begin("search.query", query=f"word{number}") for number in range(60)]
    for index, number in enumerate(numbers):
        assert wire.wait(number)["result"]["parsed"]["text"] == f"word{index}"


def test_what_only_reads_is_answered_while_more_wait_to_write_than_there_are_threads(
    services: tuple[Services, Exchange], wire: Wire
) -> None:
    held, go_on = threading.Event(), threading.Event()

    def hold(_: object) -> None:
        held.set()
        assert go_on.wait(WAIT_S)

    database = services[0].profiles.open("tester").database
    thread = threading.Thread(target=database.maintain, args=(hold,))
    thread.start()
    assert held.wait(WAIT_S)
    try:
        visits = [
            wire.begin("pages.visit", url=f"https://{number}.example/", visited_at=NOON)
            for number in range(30)
        ]
        reading = [
            name
            for name, method in METHODS.items()
            if not method.long and not method.writes and not method.params.model_json_schema().get("required")
        ]
        assert {"store.stats", "settings.get", "jobs.list", "tabs.corrections"} <= set(reading)
        for method in reading:
            # A refusal is an answer, too.
            wire.ask(method)
        assert wire.call("search.query", query="tea")["results"] == []
        assert not wire._answers
    finally:
        go_on.set()
        thread.join(WAIT_S)
    assert all("result" in wire.wait(number) for number in visits)


def test_an_error_code_is_used_once() -> None:
    tree = error_tree()
    assert len({cls.code for cls in tree.values()}) == len(tree)
    assert all(-32099 <= cls.code <= -32000 for cls in tree.values())
    assert tree["not_found"] is NotFound


class _Held:
    """A handler that works until it is taken back."""

    def __init__(self) -> None:
        self.began, self.cancelled = threading.Event(), threading.Event()

    def __call__(self, _: Any, call: Call) -> UnloadResult:
        self.began.set()
        assert call.cancelled.wait(WAIT_S)
        self.cancelled.set()
        call.check_cancelled()
        return UnloadResult(unloaded=False)


def test_what_may_take_long_is_taken_back_but_for_one_method(exchange_of: ExchangeOf) -> None:
    loading, download = _Held(), _Held()
    exchange = exchange_of({"models.load": loading, "models.download": download})
    wire = exchange.connect()
    for name, held in (("models.load", loading), ("models.download", download)):
        wire.begin(name, id="one")
        assert held.began.wait(WAIT_S)
    exchange.connections[0].take_back(unless="models.load")
    assert download.cancelled.wait(WAIT_S)
    assert not loading.cancelled.is_set()
    exchange.connections[0].hang_up()
    assert loading.cancelled.wait(WAIT_S)


def test_a_gone_caller_takes_long_requests_back_but_a_download_goes_on(exchange_of: ExchangeOf) -> None:
    loading, download = _Held(), _Held()
    exchange = exchange_of({"models.load": loading, "models.download": download})
    wire = exchange.connect()
    wire.begin("models.load", id="one")
    wire.begin("models.download", id="two")
    assert loading.began.wait(WAIT_S)
    assert download.began.wait(WAIT_S)
    exchange.close_sending(wire)
    assert loading.cancelled.wait(WAIT_S)
    assert not download.cancelled.is_set()
    exchange.connections[0].hang_up()
    assert download.cancelled.wait(WAIT_S)
