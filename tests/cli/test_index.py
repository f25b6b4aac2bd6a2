"""`ai-history index`: saved pages, lists of addresses, bookmarks, and pages of a real server."""

from __future__ import annotations

import http.server
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from host.cli_commands.index_sources import find_address, read_sources
from host.client import Client
from host.core.errors import InvalidInput
from tests.makers import wait_until
from tests.processes import Installation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PARAGRAPH = "Sourdough bread rises slowly, and a cold night in the fridge makes its crust dark and crisp. "
PAGE = f"<html><head><title>Bread</title></head><body><article><p>{PARAGRAPH * 6}</p></article></body></html>"
SAVED = f"<!-- saved from url=(0027)https://bread.example/crust -->\n{PAGE}"


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/bread")
            self.end_headers()
            return
        kind = "image/png" if self.path == "/picture" else "text/html; charset=utf-8"
        self.send_response(404 if self.path == "/gone" else 200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(PAGE.encode("utf-8"))

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """A web server on this computer; its address."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A daemon that also reads pages of this computer."""
    made = Installation(tmp_path_factory.mktemp("index"))
    made.start_daemon()
    with Client(paths=made.paths, profile_id="one") as client:
        client.call("settings.update", values={"capture.local_addresses": True})
    yield made
    made.close()


@pytest.fixture
def index(
    installation: Installation, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, Any]]:
    """Runs the command with --json; its exit code and what it printed."""
    for name, value in installation.environment.items():
        monkeypatch.setenv(name, value)
    # What is fetched here comes from this computer.
    monkeypatch.delenv("AI_HISTORY_OFFLINE")

    def call(*arguments: object) -> tuple[int, Any]:
        ended = run("index", *map(str, arguments), "--profile", "one", "--json", program="ai-history")
        return ended.code, json.loads(ended.out) if ended.out else ended.err

    return call


def _wait_for(installation: Installation, query: str, url: str) -> None:
    """Wait until this page is found: what takes long to read is read after the answer."""
    with Client(paths=installation.paths, profile_id="one") as client:

        def is_found() -> bool:
            found = client.call("search.query", query=query, mode="text")["results"]
            return url in [item["url"] for item in found]

        wait_until(is_found, f"{url} is found")


def test_a_saved_page_is_found_under_the_address_that_it_was_saved_from(
    index: Callable[..., tuple[int, Any]], installation: Installation, tmp_path: Path
) -> None:
    file = tmp_path / "bread.html"
    file.write_text(SAVED, encoding="utf-8")
    code, said = index(file)
    assert (code, said["counts"]) == (0, {"stored": 1})
    _wait_for(installation, "cold night fridge", "https://bread.example/crust")
    assert index(file)[1]["counts"] == {"unchanged": 1}


def test_addresses_of_a_list_are_fetched_and_what_cannot_be_is_said(
    index: Callable[..., tuple[int, Any]], installation: Installation, site: str, tmp_path: Path
) -> None:
    file = tmp_path / "addresses.txt"
    lines = [
        "# mine",
        f"{site}/moved",
        f"{site}/gone",
        f"{site}/picture",
        "no address",
        "https://bank.example/",
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    with Client(paths=installation.paths, profile_id="one") as client:
        client.call("settings.update", values={"capture.excluded_sites": ["bank.example"]})
    code, said = index(file)
    assert code == 0
    assert [page["status"] for page in said["pages"]] == ["stored", "failed", "failed", "failed", "skipped"]
    assert "404" in said["pages"][1]["reason"]
    assert "image/png" in said["pages"][2]["reason"]
    assert said["pages"][4]["reason"] == "excluded"
    _wait_for(installation, "sourdough crust", f"{site}/bread")


def test_addresses_without_fetching_are_taken_in_by_name(
    index: Callable[..., tuple[int, Any]], tmp_path: Path
) -> None:
    file = tmp_path / "bookmarks.html"
    file.write_text(
        "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DL><p>"
        '<DT><A HREF="https://rye.example/">Rye &amp; wheat</A>'
        '<DT><A HREF="javascript:void(0)">Trick</A></DL>',
        encoding="utf-8",
    )
    code, said = index(file, "--no-fetch")
    assert (code, said["counts"]) == (0, {"stored": 1})


def test_nothing_is_fetched_when_its_user_wants_no_network(
    index: Callable[..., tuple[int, Any]], site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AI_HISTORY_OFFLINE", "1")
    code, error = index(f"{site}/bread")
    assert code == 1
    assert "--no-fetch" in error


def test_a_page_that_does_not_tell_its_address_needs_one(
    index: Callable[..., tuple[int, Any]], tmp_path: Path
) -> None:
    file = tmp_path / "nameless.html"
    file.write_text(PAGE, encoding="utf-8")
    code, said = index(file)
    assert code == 1
    assert "--url" in said["pages"][0]["reason"]
    assert index(file, "--url", "https://nameless.example/")[1]["counts"] == {"stored": 1}


def test_a_saved_page_tells_its_address_by_its_canonical_link() -> None:
    assert (
        find_address('<head><link rel="canonical" href="https://a.example/b"></head>')
        == "https://a.example/b"
    )
    assert find_address("<p>nothing</p>") is None


def test_records_are_checked_line_by_line(tmp_path: Path) -> None:
    file = tmp_path / "pages.jsonl"
    good = {"url": "https://a.example/", "title": "A", "text": "words", "visited_at": 5}
    file.write_text(json.dumps(good) + "\n\n", encoding="utf-8")
    (item,) = read_sources([str(file)])
    assert (item.url, item.title, item.text, item.visited_at) == ("https://a.example/", "A", "words", 5)
    for bad in (
        "[1]",
        '{"url": 5}',
        '{"title": "no url"}',
        '{"url": "https://a.example", "visited_at": "now"}',
        "{",
    ):
        file.write_text(json.dumps(good) + "\n" + bad, encoding="utf-8")
        with pytest.raises(InvalidInput, match="2"):
            list(read_sources([str(file)]))


def test_what_is_no_text_and_what_is_not_there_is_said(tmp_path: Path) -> None:
    file = tmp_path / "picture.txt"
    file.write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    with pytest.raises(InvalidInput, match="no text"):
        list(read_sources([str(file)]))
    with pytest.raises(InvalidInput, match="There is no file"):
        list(read_sources([str(tmp_path / "nowhere")]))
