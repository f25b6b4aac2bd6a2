"""The measure of extraction."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from host.core.errors import InvalidInput
from host.evaluation.extraction import evaluate_extraction, score_page

if TYPE_CHECKING:
    from pathlib import Path

TRUE = "one two three four five six seven eight"


def make_benchmark(folder: Path, texts: dict[str, str]) -> Path:
    (folder / "html").mkdir(parents=True)
    truth = {name: {"articleBody": text, "url": f"https://{name}.example/"} for name, text in texts.items()}
    (folder / "ground-truth.json").write_text(json.dumps(truth), encoding="utf-8")
    for name, text in texts.items():
        (folder / "html" / f"{name}.html.gz").write_bytes(gzip.compress(text.encode()))
    return folder


def test_the_same_text_scores_full() -> None:
    score = score_page("a", TRUE, TRUE)
    assert (score.shared, score.surplus, score.missing) == (1, 0, 0)


def test_half_of_the_text_misses_the_other_half() -> None:
    # Five runs of four words in eight, two of them in the first five words.
    score = score_page("a", TRUE, "one two three four five")
    assert (score.shared, score.surplus, score.missing) == (2 / 5, 0, 3 / 5)


def test_runs_are_counted_as_often_as_they_stand() -> None:
    score = score_page("a", "a b c d", "a b c d a b c d")
    assert score.shared == 1 / 5
    assert score.surplus == 4 / 5


def test_two_empty_texts_are_no_evidence() -> None:
    score = score_page("a", "", "")
    assert (score.shared, score.surplus, score.missing) == (0, 0, 0)


def test_a_benchmark_gives_the_mean_over_its_pages(tmp_path: Path) -> None:
    folder = make_benchmark(tmp_path / "bench", {"a": TRUE, "b": TRUE})
    half = "one two three four five"
    seen: list[tuple[int, int]] = []
    report = evaluate_extraction(
        folder,
        extract=lambda html, url: half if url == "https://a.example/" else html,
        on_progress=lambda done, total: seen.append((done, total)),
    )
    assert report.pages == 2
    assert report.precision == 1.0
    assert report.recall == pytest.approx((2 / 5 + 1) / 2)
    assert report.f1 == pytest.approx(2 * 0.7 / 1.7)
    assert report.exact == 0.5
    assert report.published_f1 == 0.958
    assert seen == [(1, 2), (2, 2)]


def test_the_projects_own_extraction_is_the_default(tmp_path: Path) -> None:
    body = "Bread needs flour, water, salt and a good deal of patience, and a hot oven at the end of it all."
    folder = make_benchmark(
        tmp_path / "bench", {"a": f"<html><body><article><p>{body}</p></article></body></html>"}
    )
    truth = {"a": {"articleBody": body, "url": "https://a.example/"}}
    (folder / "ground-truth.json").write_text(json.dumps(truth), encoding="utf-8")
    assert evaluate_extraction(folder).f1 == 1.0


def test_a_folder_without_the_benchmark_is_refused_with_a_fix(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        evaluate_extraction(tmp_path)
    assert caught.value.fix


def test_a_missing_page_is_named(tmp_path: Path) -> None:
    folder = make_benchmark(tmp_path / "bench", {"a": TRUE})
    (folder / "html" / "a.html.gz").unlink()
    with pytest.raises(InvalidInput, match=r"a\.html\.gz"):
        evaluate_extraction(folder)
