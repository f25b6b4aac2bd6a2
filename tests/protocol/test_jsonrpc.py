from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.core.errors import NotFound
from host.protocol import jsonrpc
from host.protocol.jsonrpc import ProtocolError, Request, parse_request

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.binary(max_size=60))
def test_bytes_that_are_not_a_request_are_a_protocol_error_and_nothing_else(body: bytes) -> None:
    with pytest.raises(ProtocolError) as raised:
        parse_request(body)
    assert raised.value.code in {jsonrpc.PARSE_ERROR, jsonrpc.INVALID_REQUEST, jsonrpc.INVALID_PARAMS}


@given(_JSON)
def test_json_that_is_not_a_request_is_a_protocol_error_and_nothing_else(value: object) -> None:
    with pytest.raises(ProtocolError):
        parse_request(json.dumps(value).encode())


@given(
    st.text(min_size=1),
    st.dictionaries(st.text(), _JSON, max_size=3),
    st.text() | st.integers(-(2**53), 2**53),
)
def test_requests_come_back_as_they_were_sent(
    method: str, params: dict[str, object], request_id: str | int
) -> None:
    body = json.dumps({"jsonrpc": "2.0", "method": method, "params": params, "id": request_id}).encode()
    assert parse_request(body) == Request(method, params, request_id)


def test_a_request_without_an_id_is_a_notification() -> None:
    assert parse_request(b'{"jsonrpc": "2.0", "method": "x"}').notification


def test_deep_nesting_is_a_protocol_error() -> None:
    with pytest.raises(ProtocolError):
        parse_request(b"[" * 200_000)


def test_an_error_names_its_kind_and_its_fix() -> None:
    body = json.loads(jsonrpc.encode_app_error(7, NotFound("Gone.", fix="Look elsewhere.")))
    assert body == {
        "jsonrpc": "2.0",
        "id": 7,
        "error": {
            "code": -32002,
            "message": "Gone.",
            "data": {"kind": "not_found", "fix": "Look elsewhere."},
        },
    }


def test_a_lone_surrogate_in_an_answer_still_makes_valid_utf8() -> None:
    assert json.loads(jsonrpc.encode_result(1, {"title": "\ud83d"}).decode("utf-8"))
