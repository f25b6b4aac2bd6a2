"""The page reader as a process of its own."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import pytest

from host.core.errors import WorkerDied
from host.history.reader import MAX_TITLE, Reader, finish
from tests.makers import WAIT_S

if TYPE_CHECKING:
    from collections.abc import Iterator

URL = "https://a.example/article"


def _article(text: str, title: str = "A title") -> str:
    body = "".join(
        f"<p>{text} {number}: it tells of kettles and of hills at some length.</p>" for number in range(8)
    )
    head = f"<head><title>{title}</title></head>"
    return f"<html>{head}<body><article><h1>{title}</h1>{body}</article></body></html>"


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    made = Reader()
    assert made.worker.wait_ready(WAIT_S)
    yield made
    made.close()


def test_a_page_becomes_text_and_passages(reader: Reader) -> None:
    reading = reader.read_html(_article("Paragraph").encode(), URL, "")
    assert reading.content.title == "A title"
    assert "Paragraph 3: it tells of kettles" in reading.content.text
    assert [chunk.position for chunk in reading.chunks] == list(range(len(reading.chunks)))
    assert all(chunk.text in reading.content.text or chunk.heading for chunk in reading.chunks)


def test_the_title_that_the_browser_showed_goes_before_that_of_the_page(reader: Reader) -> None:
    assert reader.read_html(_article("Words").encode(), URL, " (2)  Shown\n").content.title == "(2) Shown"
    assert len(reader.read_html(_article("Words").encode(), URL, "x" * 5000).content.title) == MAX_TITLE


def test_a_stored_page_is_read_as_a_fresh_one(reader: Reader) -> None:
    html = _article("Paragraph").encode()
    assert reader.read_html(zlib.compress(html), URL, "T", compressed=True) == reader.read_html(
        html, URL, "T"
    )


def test_the_same_page_has_the_same_digests_and_another_has_not(reader: Reader) -> None:
    one, same, other = (
        reader.read_html(_article(text).encode(), URL, "T") for text in ("Paragraph", "Paragraph", "Chapter")
    )
    assert one == same
    assert one.content.content_hash != other.content.content_hash
    assert {chunk.text_hash for chunk in one.chunks}.isdisjoint(chunk.text_hash for chunk in other.chunks)


def test_a_fresh_page_does_not_wait_behind_stored_ones(reader: Reader) -> None:
    long = zlib.compress(_article("Paragraph " * 20_000).encode())
    stored = [reader.submit_html(long, URL, compressed=True) for _ in range(3)]
    fresh = finish(reader.submit_html(_article("Words").encode(), URL).result(WAIT_S), "T")
    assert "Words" in fresh.content.text
    assert not stored[-1].done()
    for future in stored:
        future.result(60)


@pytest.mark.parametrize(
    "html",
    [
        "",
        "\0\x01\x02",
        "<",
        "<!DOCTYPE html>",
        "plain words",
        "<div>" * 20_000,
        "<p>\ufffe\uffff\U0010ffff</p>",
        "<html><body>" + "<a href='javascript:alert(1)'>x</a>" * 2000,
        "<html><meta charset='utf-16'><p>text</p>",
        '<link rel="canonical" href="http://[">' + "<p>text</p>",
        "<script>" + "x" * 300_000,
    ],
    ids=range(11),
)
def test_no_page_is_too_broken_to_be_read(reader: Reader, html: str) -> None:
    reading = reader.read_html(html.encode("utf-8", "surrogatepass"), URL, "T")
    reading.content.text.encode("utf-8")
    assert "\0" not in reading.content.text


def test_plain_text_is_cleaned_and_split(reader: Reader) -> None:
    strange = "half \ud83d nul \0 e\u0301"
    reading = reader.read_text(f"{strange}\n\n" + "Sentence about hills. " * 400, "T", "en")
    assert reading.content.text.startswith("half nul é\n\nSentence")
    assert len(reading.chunks) > 1
    assert all("\0" not in chunk.text for chunk in reading.chunks)
    assert reading.content.language == "en"


def test_a_killed_reader_is_started_again_for_the_next_page() -> None:
    reader = Reader()
    try:
        assert reader.worker.wait_ready(WAIT_S)
        process = reader.worker._process
        assert process is not None
        long = zlib.compress(_article("Paragraph " * 20_000).encode())
        future = reader.submit_html(long, URL, compressed=True)
        process.kill()
        with pytest.raises(WorkerDied):
            future.result(WAIT_S)
        assert reader.read_html(_article("Words").encode(), URL, "T").content.text
        assert reader.worker.restarts == 1
    finally:
        reader.close()
