"""How well the content of pages is extracted, measured on a benchmark with known answers.

The measure is that of the article extraction benchmark of Scrapinghub: runs of four words that the true text
and the extracted one share, each page counting the same.
"""

from __future__ import annotations

import gzip
import json
import re
import statistics
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# What the benchmark's own table gives for the library that does the extraction here.
PUBLISHED_LIBRARY = "trafilatura 2.0.0"
PUBLISHED_F1, PUBLISHED_PRECISION, PUBLISHED_RECALL = 0.958, 0.938, 0.978
_RUN = 4
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class PageScore:
    """Shared, surplus and missing runs of words of one page, together 1 (all 0 when there are none)."""

    page: str
    shared: float
    surplus: float
    missing: float


@dataclass(frozen=True)
class ExtractionReport:
    """The scores of a whole benchmark.

    Attributes:
        pages: how many pages there were.
        f1: of the mean precision and the mean recall.
        precision: mean over pages with any extracted text.
        recall: mean over pages with any true text.
        exact: share of pages without a surplus or missing run.
        median_ms: time for a page.
        p95_ms: the time within which 95 of 100 pages were done.
        published_library: what the published figures belong to.
        published_f1: its F1 on the same pages.
        published_precision: its precision.
        published_recall: its recall.
        scores: one for each page, in the order of their names.
    """

    pages: int
    f1: float
    precision: float
    recall: float
    exact: float
    median_ms: float
    p95_ms: float
    published_library: str
    published_f1: float
    published_precision: float
    published_recall: float
    scores: tuple[PageScore, ...]


def evaluate_extraction(
    folder: Path,
    *,
    extract: Callable[[str, str], str] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> ExtractionReport:
    """Measure extraction on a folder with `ground-truth.json` and `html/NAME.html.gz`.

    Args:
        folder: the benchmark's folder.
        extract: makes text of HTML and URL; by default the extraction of this project.
        on_progress: called with the pages done and the pages in all.

    Raises:
        InvalidInput: the folder does not hold the benchmark.
    """
    truth = _read_truth(folder)
    extract = extract or _default_extract
    scores: list[PageScore] = []
    seconds: list[float] = []
    for done, (name, item) in enumerate(sorted(truth.items()), start=1):
        html = _read_page(folder, name)
        started = time.perf_counter()
        text = extract(html, item.get("url") or "")
        seconds.append(time.perf_counter() - started)
        scores.append(score_page(name, item.get("articleBody") or "", text))
        if on_progress:
            on_progress(done, len(truth))
    return _report(scores, seconds)


def score_page(name: str, true: str, extracted: str) -> PageScore:
    """Compare the runs of four words of two texts."""
    wanted, got = _runs(true), _runs(extracted)
    shared = (wanted & got).total()
    surplus = (got - wanted).total()
    missing = (wanted - got).total()
    total = shared + surplus + missing
    if not total:
        return PageScore(name, 0.0, 0.0, 0.0)
    return PageScore(name, shared / total, surplus / total, missing / total)


def _runs(text: str) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(text)
    runs = (tuple(words[start : start + _RUN]) for start in range(max(1, len(words) - _RUN + 1)))
    return Counter(run for run in runs if run)


def _report(scores: list[PageScore], seconds: list[float]) -> ExtractionReport:
    precisions = [_share(one.shared, one.surplus, one.missing) for one in scores if one.shared + one.surplus]
    recalls = [_share(one.shared, one.missing, one.surplus) for one in scores if one.shared + one.missing]
    precision = statistics.fmean(precisions) if precisions else 0.0
    recall = statistics.fmean(recalls) if recalls else 0.0
    times = sorted(seconds)
    return ExtractionReport(
        pages=len(scores),
        f1=2 * precision * recall / (precision + recall) if precision + recall else 0.0,
        precision=precision,
        recall=recall,
        exact=sum(not score.surplus and not score.missing for score in scores) / len(scores),
        median_ms=statistics.median(times) * 1000,
        p95_ms=times[min(len(times) - 1, int(len(times) * 0.95))] * 1000,
        published_library=PUBLISHED_LIBRARY,
        published_f1=PUBLISHED_F1,
        published_precision=PUBLISHED_PRECISION,
        published_recall=PUBLISHED_RECALL,
        scores=tuple(scores),
    )


def _share(shared: float, wrong: float, other: float) -> float:
    return 1.0 if not wrong and not other else shared / (shared + wrong)


def _read_truth(folder: Path) -> dict[str, dict[str, str]]:
    path = folder / "ground-truth.json"
    try:
        truth: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        message = f"{folder} holds no article extraction benchmark: ground-truth.json cannot be read."
        fix = "Clone scrapinghub/article-extraction-benchmark and name its folder."
        raise InvalidInput(message, fix=fix) from error
    if not truth:
        message = f"{path} names no pages."
        raise InvalidInput(message)
    return truth


def _read_page(folder: Path, name: str) -> str:
    try:
        return gzip.decompress((folder / "html" / f"{name}.html.gz").read_bytes()).decode("utf-8")
    except (OSError, ValueError) as error:
        message = f"The page html/{name}.html.gz of the benchmark cannot be read."
        raise InvalidInput(message) from error


def _default_extract(html: str, url: str) -> str:
    # Here and not above: this brings the parser with it, which belongs to no long-lived process.
    from host.history.extraction import extract_article

    return extract_article(html, url).text
