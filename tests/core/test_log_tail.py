from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.core.errors import InvalidInput
from host.core.log_tail import MOST_BYTES, list_logs, read_log_tail

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "log"
    folder.mkdir()
    (folder / "host.log").write_text("".join(f"line {number}\n" for number in range(50)), encoding="utf-8")
    (folder / "reader.log").write_text("", encoding="utf-8")
    (folder / "host.log.1").write_text("older\n", encoding="utf-8")
    (tmp_path / "secret.log").write_text("secret\n", encoding="utf-8")
    return folder


def test_the_last_lines_come_oldest_first(logs: Path) -> None:
    assert read_log_tail(logs, "host", 3) == ["line 47", "line 48", "line 49"]
    assert len(read_log_tail(logs, "host", 500)) == 50
    assert read_log_tail(logs, "reader", 5) == []


@pytest.mark.parametrize("name", ["../secret", "secret", "host.log", "/etc/passwd", "", "host.log.1"])
def test_only_logs_of_the_folder_can_be_read(logs: Path, name: str) -> None:
    with pytest.raises(InvalidInput) as failed:
        read_log_tail(logs, name, 5)
    assert failed.value.fix == "There are: host, reader."


def test_a_link_to_a_file_elsewhere_is_no_log(logs: Path, tmp_path: Path) -> None:
    try:
        (logs / "linked.log").symlink_to(tmp_path / "secret.log")
    except OSError:
        pytest.skip("this system makes no links")
    assert list_logs(logs) == ["host", "reader"]


def test_of_a_large_log_only_whole_lines_of_its_end_are_read(logs: Path) -> None:
    line = "ü" * 999
    (logs / "host.log").write_text("\n".join([line] * 400), encoding="utf-8")
    found = read_log_tail(logs, "host", 2000)
    assert set(found) == {line}
    assert MOST_BYTES / 4000 < len(found) <= MOST_BYTES / 1999


def test_where_there_is_no_folder_there_are_no_logs(tmp_path: Path) -> None:
    assert list_logs(tmp_path / "nowhere") == []
