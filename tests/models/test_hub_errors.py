from __future__ import annotations

import pytest

from host.models.hub_errors import explain_hub_error, read_retry_after
from host.models.registry import HubSource
from host.models.sources import SourceError, TransferBroken, is_full

SOURCE = HubSource("owner/name", "main")
NOON = 1_700_000_000.0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        (" 120 ", 120.0),
        ("Tue, 14 Nov 2023 22:14:20 GMT", 60.0),
        ("Tue, 14 Nov 2023 22:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
        ("-5", None),
    ],
)
def test_a_wait_is_read_in_seconds_and_as_a_time_of_day(value: str, seconds: float | None) -> None:
    assert read_retry_after({"Retry-After": value}, NOON) == seconds


def test_an_answer_without_a_wait_has_none() -> None:
    assert read_retry_after({}) is None


def test_an_error_of_the_disk_stays_what_it_is() -> None:
    error = OSError(28, "No space left on device")
    assert explain_hub_error(error, SOURCE) is error
    assert is_full(error)
    assert not is_full(PermissionError(13, "Permission denied"))


def test_an_answer_that_is_none_of_a_hub_is_not_asked_for_again() -> None:
    told = explain_hub_error(ValueError("Expecting value"), SOURCE)
    assert isinstance(told, SourceError)
    assert "owner/name" in str(told)


def test_an_unknown_error_of_the_line_is_worth_another_try() -> None:
    told = explain_hub_error(RuntimeError("odd"), SOURCE)
    assert isinstance(told, TransferBroken)
    assert told.never_answered
