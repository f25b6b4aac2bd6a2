"""Reads labelled tabs out of the data of others. That data is not part of the project; the labels are."""

from __future__ import annotations

import csv
import gzip
import hashlib
import html
import json
import re
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from host.core.errors import InvalidInput
from host.evaluation.labelled_tabs import NONE, LabelledTab
from host.storage.foreign_history import read_foreign_history

if TYPE_CHECKING:
    from collections.abc import Iterator

_OWN = resources.files("host.evaluation") / "data"
_SECTION = re.compile(r"^### (.+)$")
# The text of a title holds no tags.
_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
# A service's page for programmers is about programming, whatever the service is about.
_FOR_PROGRAMMERS = re.compile(
    r"//(?:[^/]*\.)?(?:apis?|dev|developers?|docs?|github|gitlab|rapidapi|postman|apiary|stoplight)[.-]"
    r"|[/.#-](?:apis?|docs?|dev|developers?|swagger|documentation|openapi|rest|reference|webservices?)\b",
    re.IGNORECASE,
)
_ENTRY = re.compile(r"^\|\s*\[([^\]]+)\]\(([^)\s]+)\)\s*\|\s*([^|]+?)\s*\|")


@dataclass(frozen=True)
class MozillaRow:
    """A tab of the sets of tab groups.

    Attributes:
        url, title: of the tab.
        task: what it was opened for.
        group: the tabs of one task of one person have the same.
        window: the tabs of one person have the same.
    """

    url: str
    title: str
    task: str
    group: str
    window: str


@dataclass(frozen=True)
class MozillaRule:
    """Which tabs belong into a category.

    Attributes:
        task: what they were opened for.
        tab: what title or URL must have besides, since the tasks hold strays.
        without: what these must not have.
        category: where such tabs belong, or "none".
    """

    task: re.Pattern[str]
    tab: re.Pattern[str]
    without: re.Pattern[str] | None
    category: str

    def holds(self, row: MozillaRow) -> bool:
        """Whether a tab is such a one."""
        text = f"{row.title} {row.url}".lower()
        return bool(
            self.task.search(row.task)
            and self.tab.search(text)
            and not (self.without and self.without.search(text))
        )


def read_own_tabs() -> Iterator[LabelledTab]:
    """The tabs that were written for this project."""
    for title, url, category, language in _read_rows("tabs.tsv"):
        yield LabelledTab(url, title, _category(category), language, "own")


def read_public_apis(folder: Path, *, described: bool, only_sites: bool = False) -> Iterator[LabelledTab]:
    """Sites of a list of programming interfaces, labelled by the section that each stands in.

    Args:
        folder: holds public_apis/README.md.
        described: the title has the description behind the name; else it is the name alone.
        only_sites: leave out links to pages for programmers, but for those of the sections on programming.
    """
    sections: dict[str, str] = _read_own("public_apis_sections.json")
    label = None
    seen: set[str] = set()
    for line in open_text(folder / "public_apis" / "README.md").splitlines():
        if heading := _SECTION.match(line):
            label = sections.get(heading[1].strip())
        entry = _ENTRY.match(line)
        if label is None or entry is None or entry[2] in seen:
            continue
        if only_sites and label != "dev" and _FOR_PROGRAMMERS.search(entry[2]):
            continue
        seen.add(entry[2])
        title = f"{entry[1]} – {entry[3]}" if described else entry[1]
        yield LabelledTab(entry[2], title, _category(label), "en", "public_apis")


def read_mozilla(path: Path) -> Iterator[MozillaRow]:
    """The rows of a set of tab groups, each title once in a group."""
    seen: set[tuple[str, str]] = set()
    for row in csv.DictReader(open_text(path).splitlines()):
        title, url = row["title"].strip(), row["url"].strip()
        if title and url and (title, row["task_id"]) not in seen:
            seen.add((title, row["task_id"]))
            url = url if "://" in url else f"https://{url}"
            yield MozillaRow(url, title, row["task"], row["task_id"], row["test_set_id"])


def label_mozilla(path: Path) -> Iterator[LabelledTab]:
    """The tabs whose task says where they belong; each title once.

    A rule names tasks and, where a task holds strays, what the title or URL of a tab must have besides.
    """
    seen: set[str] = set()
    for row in read_mozilla(path):
        label = next((rule.category for rule in _mozilla_rules() if rule.holds(row)), None)
        if label is not None and row.title.lower() not in seen:
            seen.add(row.title.lower())
            yield LabelledTab(row.url, row.title, _category(label), "en", path.stem)


def label_mozilla_by_hand(folder: Path) -> Iterator[LabelledTab]:
    """Tabs of mixed sessions, each labelled by hand."""
    labels = _read_labels("mozilla_labels.tsv")
    seen: set[str] = set()
    paths = sorted((folder / "mozilla_tabs").glob("*.csv"))
    if not paths:
        raise explain_missing(folder / "mozilla_tabs")
    for path in paths:
        for row in read_mozilla(path):
            found = labels.get(hash_text(f"{row.url} {row.title}"))
            if found is not None and row.title.lower() not in seen:
                seen.add(row.title.lower())
                yield LabelledTab(row.url, row.title, _category(found[0]), found[1], "mozilla_mixed")


def read_histories(folder: Path) -> Iterator[tuple[str, str]]:
    """URL and title of the pages of real histories; each title once.

    Args:
        folder: holds browser_history; what is no history there is passed over.
    """
    seen: set[str] = set()
    root = folder / "browser_history"
    if not root.is_dir():
        raise explain_missing(root)
    with tempfile.TemporaryDirectory(prefix="aih-") as work:
        for path in sorted(one for one in root.rglob("*") if one.is_file()):
            # Reading may write beside the file.
            copy = Path(shutil.copyfile(path, Path(work) / "History"))
            try:
                items = list(read_foreign_history(copy))
            except InvalidInput:
                continue
            for item in items:
                if item.title and item.title not in seen and item.url.startswith(("http://", "https://")):
                    seen.add(item.title)
                    yield item.url, item.title


def label_histories(folder: Path) -> Iterator[LabelledTab]:
    """The pages of real histories, each labelled by hand."""
    labels = _read_labels("browser_history_labels.tsv")
    for url, title in read_histories(folder):
        if (found := labels.get(hash_text(url))) is not None:
            yield LabelledTab(url, title, _category(found[0]), found[1], "browser_history")


def read_articles(folder: Path) -> Iterator[tuple[str, str]]:
    """URL and title of saved pages of the web."""
    root = folder / "article_extraction"
    for key, truth in json.loads(open_text(root / "ground-truth.json")).items():
        path = root / "html" / f"{key}.html.gz"
        try:
            page = gzip.decompress(path.read_bytes()).decode("utf-8", "replace")
        except OSError as error:
            raise explain_missing(path) from error
        found = _TITLE.search(page)
        title = " ".join(html.unescape(found[1]).split()) if found else ""
        if title:
            yield truth["url"], title


def label_articles(folder: Path) -> Iterator[LabelledTab]:
    """Saved pages of the web, each labelled by hand: mostly news, some of other kinds."""
    labels = _read_labels("article_labels.tsv")
    for url, title in read_articles(folder):
        if (found := labels.get(hash_text(url))) is not None:
            yield LabelledTab(url, title, _category(found[0]), found[1], "article_extraction")


def hash_text(text: str) -> str:
    """The name under which the label of a page is kept: the beginning of its SHA-256, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def open_text(path: Path) -> str:
    """The text of a file of the data.

    Raises:
        InvalidInput: it is not there.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise explain_missing(path) from error


def explain_missing(path: Path) -> InvalidInput:
    """What is said when data is not there."""
    message = f"{path} is not there."
    return InvalidInput(message, fix="Say --data FOLDER; docs/benchmarks.md says where the sets are from.")


def _read_rows(name: str) -> Iterator[list[str]]:
    lines = (_OWN / name).read_text(encoding="utf-8").splitlines()
    return csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)


def _read_labels(name: str) -> dict[str, tuple[str, str]]:
    """Category and language by the hash of a page."""
    return {key: (label, language) for key, label, language in _read_rows(name)}


def _read_own(name: str) -> Any:
    return json.loads((_OWN / name).read_text(encoding="utf-8"))


@cache
def _mozilla_rules() -> list[MozillaRule]:
    return [
        MozillaRule(
            re.compile(rule["task"]),
            re.compile(rule.get("tab", "")),
            re.compile(rule["not"]) if "not" in rule else None,
            rule["category"],
        )
        for rule in _read_own("mozilla_rules.json")
    ]


def _category(label: str) -> str | None:
    return None if label == NONE else label
