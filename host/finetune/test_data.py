"""The labelled tabs that engines are measured with: read, checked, and without what an engine was taught."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from host.core.errors import InvalidInput
from host.evaluation.labelled_tabs import NONE, LabelledTab, TabSet
from host.evaluation.tab_sets import TAB_SET_NAMES, load_tab_set
from host.evaluation.tabs import leave_out_examples
from host.finetune.known_categories import list_labels, read_default_categories
from host.finetune.row_files import read_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from host.finetune.known_categories import KnownCategory
    from host.finetune.rows import Row

# Of a category with fewer tabs a single answer decides the figure.
LEAST_OF_CATEGORY = 3
OWN_SET = "own"


@dataclass(frozen=True)
class TestData:
    """Tabs whose categories are known.

    Attributes:
        name: of the set, or of the file.
        tabs: in their order; each category is a name, None for none of these.
        categories: that tabs can belong to.
        left_out: how many tabs were left out, by the reason.
        objections: why nothing may go live by what these tabs show, the end of a sentence each.
    """

    # pytest takes classes of this name for tests.
    __test__ = False

    name: str
    tabs: tuple[LabelledTab, ...] = field(repr=False)
    categories: tuple[KnownCategory, ...]
    left_out: dict[str, int] = field(default_factory=dict)
    objections: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the categories, and "none" as the last."""
        return list_labels(self.categories)

    @property
    def truth(self) -> list[str]:
        """The right label of each tab."""
        return [tab.label for tab in self.tabs]

    @property
    def as_set(self) -> TabSet:
        """The tabs as the evaluation has them."""
        return TabSet(self.name, self.tabs)

    @property
    def unseen(self) -> list[str]:
        """Names of the categories that no tab belongs to."""
        shown = set(self.truth)
        return [one.name for one in self.categories if one.name not in shown]

    @property
    def notes(self) -> list[str]:
        """What a reader of the figures has to know, a sentence each."""
        counts = Counter(self.truth)
        few = [one.name for one in self.categories if 0 < counts[one.name] < LEAST_OF_CATEGORY]
        found = [f"Nothing goes live by these tabs: {objection}." for objection in self.objections]
        if self.unseen:
            found.append(
                f"No tab belongs to {', '.join(self.unseen)}: nothing is known of how well that is found, and"
                " macro-F1 is a mean over the others."
            )
        if few:
            found.append(
                f"{', '.join(few)}: fewer than {LEAST_OF_CATEGORY} tabs, so these figures are chance."
            )
        return [*found, *(f"{count} tabs were left out: {why}." for why, count in self.left_out.items())]

    def to_json(self) -> dict[str, Any]:
        """What is in it, without the tabs themselves."""
        counts = Counter(self.truth)
        return {
            "name": self.name,
            "tabs": len(self.tabs),
            "categories": {label: counts[label] for label in self.labels},
            "foreign": sum(tab.language != "en" for tab in self.tabs) / len(self.tabs),
            "left_out": self.left_out,
            "objections": list(self.objections),
            "notes": self.notes,
        }


def read_test_data(source: str, categories: Sequence[KnownCategory], folder: Path | None = None) -> TestData:
    """Read test data.

    Args:
        source: a file of rows (jsonl, json, csv), a table of tabs (tsv: title, url, category, language), or
            the name of a set of `ai-history bench tabs`.
        categories: that there are.
        folder: holds the sets that are not part of the project.

    Raises:
        InvalidInput: there is no such file or set, it holds no tab of a category, or categories that are
            not known.
    """
    path = Path(source)
    if source in TAB_SET_NAMES:
        return _require_tabs(_take_set(source, load_tab_set(source, folder).tabs, categories))
    if not path.is_file():
        message = f"There is no test data {source}."
        fix = f"Name a file (.jsonl, .json, .csv, .tsv), or one of: {', '.join(TAB_SET_NAMES)}."
        raise InvalidInput(message, fix=fix)
    if path.suffix.lower() == ".tsv":
        return make_test_data(path.name, _name_keys(_read_table(path), categories), categories)
    return make_test_data(path.name, take_rows(read_rows(path), path.stem), categories)


def make_default_data(categories: Sequence[KnownCategory], held_out: Sequence[Row] = ()) -> TestData:
    """The project's own set, and what a person said of tabs.

    The set knows the seven only. What a person's own categories are, only the person said: rows that a
    template made show how well templates are known.

    Args:
        categories: that there are.
        held_out: what the person said of tabs that were not trained with.

    Raises:
        InvalidInput: no tab is left that has a category.
    """
    test = _take_set(OWN_SET, load_tab_set(OWN_SET).tabs, categories)
    rows = [row for row in held_out if row.of_person]
    if rows:
        name = f"{test.name}, and {len(rows)} held-out tabs of yours"
        test = replace(test, name=name, tabs=(*test.tabs, *name_tabs(name, take_rows(rows), categories)))
    return _require_tabs(test)


def _take_set(name: str, tabs: Sequence[LabelledTab], categories: Sequence[KnownCategory]) -> TestData:
    """A set of the seven where there are others: who switched a category off wants to hear nothing of it."""
    known = {one.name.casefold() for one in categories}
    tabs = _name_keys(tabs, categories)
    kept = [tab for tab in tabs if tab.category is None or tab.category.casefold() in known]
    found = _check_tabs(name, kept, categories)
    if len(kept) == len(tabs):
        return found
    left_out = {**found.left_out, "they belong to categories that are not measured": len(tabs) - len(kept)}
    return replace(found, left_out=left_out)


def take_rows(rows: Sequence[Row], source: str = "") -> list[LabelledTab]:
    """Rows of a dataset as tabs."""
    return [LabelledTab(row.url, row.title, row.category, row.language, source or row.source) for row in rows]


def make_test_data(name: str, tabs: Sequence[LabelledTab], categories: Sequence[KnownCategory]) -> TestData:
    """Check tabs, and leave out those that the product has as examples: its trained head knows them.

    Args:
        name: of the set.
        tabs: with names of categories, however their capitals are.
        categories: that there are.

    Raises:
        InvalidInput: no tab is left that has a category, or one has a category that is not known.
    """
    return _require_tabs(_check_tabs(name, tabs, categories))


def _check_tabs(name: str, tabs: Sequence[LabelledTab], categories: Sequence[KnownCategory]) -> TestData:
    named = name_tabs(name, tabs, categories)
    kept = leave_out_examples(TabSet(name, tuple(named))).tabs
    found = TestData(name, kept, tuple(categories))
    if len(kept) < len(named):
        why = "the product has them among its own examples"
        found = replace(found, left_out={why: len(named) - len(kept)})
    return found


def name_tabs(
    name: str, tabs: Sequence[LabelledTab], categories: Sequence[KnownCategory]
) -> list[LabelledTab]:
    """Tabs with the names that their categories have here.

    Args:
        name: of the set.
        tabs: with names of categories, however their capitals are.
        categories: that there are.

    Raises:
        InvalidInput: one has a category that is not known.
    """
    names = {one.name.casefold(): one.name for one in categories}
    unknown = sorted({tab.category for tab in tabs if tab.category and tab.category.casefold() not in names})
    if unknown:
        message = f"{name} has categories that the model does not know: {', '.join(unknown[:10])}."
        fix = (
            f"Known are: {', '.join(names.values())}. Name test data of these, or train with the others too."
        )
        raise InvalidInput(message, fix=fix)
    return [replace(tab, category=names[tab.category.casefold()]) if tab.category else tab for tab in tabs]


def leave_out_taught(found: TestData, taught: Collection[tuple[str, str]]) -> TestData:
    """Without the tabs that a model was trained with.

    Args:
        found: test data.
        taught: title and URL of what was in the training data.

    Raises:
        InvalidInput: nothing is left.
    """
    known = {(title.casefold(), url) for title, url in taught}
    kept = tuple(tab for tab in found.tabs if (tab.title.casefold(), tab.url) not in known)
    if len(kept) == len(found.tabs):
        return found
    left_out = {**found.left_out, "they were in the training data": len(found.tabs) - len(kept)}
    return _require_tabs(replace(found, tabs=kept, left_out=left_out))


def _require_tabs(found: TestData) -> TestData:
    if not any(tab.category for tab in found.tabs):
        why = "".join(f" {count} were left out: {reason}." for reason, count in found.left_out.items())
        message = f"{found.name} has no tab to measure with that belongs to a category.{why}"
        raise InvalidInput(message, fix="Name test data that was not trained with: --test-data FILE")
    return found


def _name_keys(tabs: Sequence[LabelledTab], categories: Sequence[KnownCategory]) -> list[LabelledTab]:
    """Tabs that are labelled with keys of the seven, with the names that these have here."""
    names = {one.key: one.name for one in read_default_categories()}
    names |= {one.key: one.name for one in categories if one.key}
    return [replace(tab, category=names.get(tab.category or "", tab.category)) for tab in tabs]


def _read_table(path: Path) -> list[LabelledTab]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path} cannot be read as UTF-8 text."
        raise InvalidInput(message) from error
    found = []
    for number, cells in enumerate(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE), start=1):
        if not 3 <= len(cells) <= 4:
            message = f"Line {number} of {path} has {len(cells)} cells."
            raise InvalidInput(message, fix="Each line has title, address, category and language.")
        title, url, label, language = (*cells, "en")[:4]
        found.append(LabelledTab(url, title, None if label == NONE else label, language, path.stem))
    return found
