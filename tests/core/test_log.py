from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from host.core.log import LOGGER_NAME, describe_exception, get_logger, open_log

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def closed_log() -> Iterator[None]:
    logger = logging.getLogger(LOGGER_NAME)
    before = (list(logger.handlers), logger.propagate, logger.level)
    yield
    for handler in logger.handlers:
        if handler not in before[0]:
            handler.close()
    logger.handlers[:], logger.propagate = before[0], before[1]
    logger.setLevel(before[2])


def _fail() -> None:
    words = "https://secret.example/ and a person's words"
    raise ValueError(words)


def test_an_exception_is_described_by_type_and_place_and_not_by_its_words() -> None:
    with pytest.raises(ValueError, match="secret") as caught:
        _fail()
    described = describe_exception(caught.value)
    assert described.startswith("ValueError at test_log.py:")
    assert "secret" not in described


def test_messages_go_to_the_file_of_their_process(tmp_path: Path) -> None:
    open_log(tmp_path / "log", "host")
    get_logger("part").info("stored %s rows", 3)
    text = (tmp_path / "log" / "host.log").read_text(encoding="utf-8")
    assert "INFO ai_history.part stored 3 rows" in text


def test_opening_the_log_again_writes_each_message_once(tmp_path: Path) -> None:
    open_log(tmp_path, "host")
    open_log(tmp_path, "host")
    get_logger("part").info("once")
    assert (tmp_path / "host.log").read_text(encoding="utf-8").count("once") == 1


def test_the_log_stays_small(tmp_path: Path) -> None:
    open_log(tmp_path, "host")
    line = "x" * 1000
    for _ in range(6000):
        get_logger("part").info(line)
    files = list(tmp_path.glob("host.log*"))
    assert len(files) > 1
    assert sum(file.stat().st_size for file in files) < 5_000_000
