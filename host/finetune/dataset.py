"""Builds a dataset: rows of templates and rows written by hand, balanced, split, and nothing twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from host.core.errors import Cancelled, InvalidInput
from host.finetune.category_data import NONE_KEY
from host.finetune.exclusion import find_examined
from host.finetune.generator import RowGenerator
from host.finetune.near_duplicates import find_near, plain_title
from host.finetune.splitting import split_rows
from host.finetune.written_rows import find_conflicts, read_written_rows

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Collection, Sequence

    from host.finetune.category_data import CategoryData
    from host.finetune.rows import Row

# With fewer rows nothing is learned of a category, and nothing can be held out.
LEAST_ROWS = 10
# What a person said or wrote is worth more than what a template made.
_RANKS = {"correction": 0, "page": 1, "written": 2, "template": 3}
# Of the rows of templates so many are hard ones, when these are wanted.
_HARD_SHARE = 0.2
# Share of the time that making rows takes; comparing them takes the rest.
_MAKING = 0.4
# Some rows more than wanted: a few are left out for being like others.
_SURPLUS = 1.12


@dataclass(frozen=True)
class DatasetOptions:
    """What is asked of a dataset.

    Attributes:
        samples: how many rows, training and validation together.
        split: share of them that is trained on, over 0 and under 1.
        hard: with rows whose site says one category and whose page another.
        languages: ISO 639-1; only rows in these, none for all.
        seed: the same seed gives the same rows.
    """

    samples: int = 10_000
    split: float = 0.8
    hard: bool = False
    languages: frozenset[str] = frozenset()
    seed: int = 7


@dataclass(frozen=True)
class Dataset:
    """Rows for training, rows for validation, and what was left out.

    Attributes:
        categories: those that the rows are of.
        train, validation: in random order.
        dropped: how many rows were left out, by the reason in words.
        warnings: what is not as it was asked for, in words.
    """

    categories: tuple[CategoryData, ...]
    train: tuple[Row, ...] = field(repr=False)
    validation: tuple[Row, ...] = field(repr=False)
    dropped: dict[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def build_dataset(
    categories: Sequence[CategoryData],
    options: DatasetOptions,
    own: Sequence[Row] = (),
    *,
    on_progress: Callable[[str, float], None] = lambda *_: None,
    cancelled: threading.Event | None = None,
) -> Dataset:
    """Make a dataset.

    Args:
        categories: checked; tabs of none of them last, where there are such.
        options: what is asked.
        own: rows of the person's own; those of other categories are left out.
        on_progress: gets what is being done, and the share of the whole that is done, 0 to 1.
        cancelled: stops it.

    Raises:
        InvalidInput: there are fewer samples than categories need, or too few rows of a category.
        Cancelled: it was stopped.
    """
    wanted = _share_out(categories, options.samples)
    dropped: Counter[str] = Counter()
    given = _collect_given(categories, options, own, dropped)
    generator = RowGenerator(options.seed)
    generator.remember(given)
    rows: list[Row] = []
    for place, category in enumerate(categories):
        _check(cancelled)
        on_progress("rows", _MAKING * place / len(categories))
        mine = _choose([row for row in given if row.category == category.name], wanted[category.key], options)
        rows += mine
        rows += _fill_up(generator, category, wanted[category.key], mine, options)
    _check(cancelled)
    on_progress("split", _MAKING)
    rows = _leave_out(
        rows, find_examined(rows), "they are among the tabs that models are examined with", dropped
    )
    conflicts = find_conflicts(rows, categories)
    rows = _leave_out(rows, conflicts, "a keyword of another category is in the title", dropped)
    random = Random(options.seed)  # noqa: S311 - no secret
    train, validation = split_rows(rows, options.split, random)
    train, validation = _part_near(train, validation, dropped)
    _check(cancelled)
    train = _trim(
        train, {key: round(count * options.split) for key, count in wanted.items()}, categories, random
    )
    held = {key: count - round(count * options.split) for key, count in wanted.items()}
    validation = _trim(validation, held, categories, random)
    random.shuffle(train)
    random.shuffle(validation)
    warnings = _find_shortfalls(categories, wanted, train, validation)
    return Dataset(tuple(categories), tuple(train), tuple(validation), dict(dropped), tuple(warnings))


def _share_out(categories: Sequence[CategoryData], samples: int) -> dict[str, int]:
    """How many rows each category is to have."""
    if not any(each.key != NONE_KEY for each in categories):
        message = "There is no category to make rows of."
        raise InvalidInput(message, fix='Name some in the file of --categories, or include = "all".')
    each, rest = divmod(samples, len(categories))
    if each < LEAST_ROWS:
        message = f"{samples} samples are too few for {len(categories)} categories."
        raise InvalidInput(message, fix=f"Ask for at least {LEAST_ROWS * len(categories)} with --samples.")
    return {category.key: each + (place < rest) for place, category in enumerate(categories)}


def _collect_given(
    categories: Sequence[CategoryData], options: DatasetOptions, own: Sequence[Row], dropped: Counter[str]
) -> list[Row]:
    """What nobody has to make up, each title with its address once; the person's own comes first."""
    names = {category.name for category in categories}
    fitting = [row for row in own if row.category in names]
    if len(fitting) < len(own):
        dropped["they are corrections to a category that is not wanted"] += len(own) - len(fitting)
    found: dict[tuple[str, str], Row] = {}
    for row in [*fitting, *read_written_rows(categories, hard=options.hard)]:
        if options.languages and row.language not in options.languages and row.source == "written":
            continue
        key = (plain_title(row.title) or row.title, row.url)
        if key in found:
            dropped["they were there twice"] += 1
        found.setdefault(key, row)
    return list(found.values())


def _choose(rows: Sequence[Row], count: int, options: DatasetOptions) -> list[Row]:
    """At most so many, those that a person said first."""
    random = Random(f"{options.seed} given")  # noqa: S311 - no secret
    ordered = sorted(rows, key=lambda row: (_RANKS[row.source], random.random()))
    return ordered[: round(count * _SURPLUS)]


def _fill_up(
    generator: RowGenerator, category: CategoryData, count: int, given: Sequence[Row], options: DatasetOptions
) -> list[Row]:
    missing = round(count * _SURPLUS) - len(given)
    if missing <= 0:
        return []
    hard: list[Row] = []
    if options.hard:
        hard = list(generator.generate(category, round(missing * _HARD_SHARE), options.languages, hard=True))
    return [*hard, *generator.generate(category, missing - len(hard), options.languages, hard=False)]


def _part_near(train: list[Row], validation: list[Row], dropped: Counter[str]) -> tuple[list[Row], list[Row]]:
    """Without the rows of the larger side whose titles are like one on the other."""
    why = "their titles are like one on the other side of the split"
    if len(train) >= len(validation):
        near = find_near([row.title for row in train], [row.title for row in validation])
        return _leave_out(train, near, why, dropped), validation
    near = find_near([row.title for row in validation], [row.title for row in train])
    return train, _leave_out(validation, near, why, dropped)


def _leave_out(rows: list[Row], unwanted: Collection[bool], why: str, dropped: Counter[str]) -> list[Row]:
    if count := sum(unwanted):
        dropped[why] += count
    return [row for row, out in zip(rows, unwanted, strict=True) if not out]


def _trim(
    rows: list[Row], wanted: dict[str, int], categories: Sequence[CategoryData], random: Random
) -> list[Row]:
    """At most as many of each category as wanted; of those too many, templates' rows go first."""
    kept: list[Row] = []
    for category in categories:
        mine = [row for row in rows if row.category == category.name]
        mine.sort(key=lambda row: (_RANKS[row.source], random.random()))
        kept += mine[: wanted[category.key]]
    return kept


def _find_shortfalls(
    categories: Sequence[CategoryData],
    wanted: dict[str, int],
    train: Sequence[Row],
    validation: Sequence[Row],
) -> list[str]:
    """What is less than asked.

    Raises:
        InvalidInput: there is too little of a category to learn anything.
    """
    shown = Counter(row.category for row in train)
    held = Counter(row.category for row in validation)
    warnings = []
    for category in categories:
        name = category.name or "none of these"
        total = shown[category.name] + held[category.name]
        if total < LEAST_ROWS:
            message = f"The category {name!r} has {total} different rows; at least {LEAST_ROWS} are needed."
            raise InvalidInput(message, fix="Give it more keywords, titles or sites, or leave it out.")
        if not held[category.name]:
            warnings.append(
                f"{name}: nothing could be held out, because all its rows share a template or a site."
                " More titles and sites would help."
            )
        elif total < wanted[category.key] * 0.98:
            warnings.append(f"{name}: {total} different rows instead of {wanted[category.key]}.")
    return warnings


def _check(cancelled: threading.Event | None) -> None:
    if cancelled is not None and cancelled.is_set():
        message = "The making of the dataset was stopped."
        raise Cancelled(message)
