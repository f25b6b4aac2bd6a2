"""Labelled tabs as lessons: the very conversation that the model will have later. Pure."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from host.core.errors import InvalidInput
from host.models.lora.trainer import Teaching
from host.tabs.exchange import Tab, TabCategory
from host.tabs.label_prompt import write_short_head, write_short_item

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.finetune.known_categories import KnownCategory
    from host.finetune.rows import Row

# More make a validation slower and hardly surer.
MOST_EXAMINED = 400
# With fewer rows a category is hardly learned.
FEW_ROWS = 10


def make_teaching(
    rows: Sequence[Row],
    examined: Sequence[Row],
    categories: Sequence[KnownCategory],
    *,
    most_rows: int | None,
    seed: int,
) -> Teaching:
    """What a model is taught and examined with.

    Args:
        rows: that it is taught.
        examined: that it is not taught; at most `MOST_EXAMINED` of them are taken. What the person said is
            none of them, unless there is nothing else: it is asked about afterwards, to tell whether the
            model is better, and must not have chosen which model that is.
        categories: in their order; the answers are their names, and one for "none of these".
        most_rows: at most so many are taught; None for all.
        seed: of what is drawn.

    Raises:
        InvalidInput: there is nothing to teach or to examine with, a category has no row, or a row has one
            that is not known.
    """
    _check_rows(rows, examined, categories)
    head = write_short_head(
        [TabCategory(one.key or one.name, one.name, one.description) for one in categories]
    )
    numbers = {one.name: number for number, one in enumerate(categories)}

    def teach(found: Sequence[Row]) -> tuple[tuple[str, int], ...]:
        return tuple(
            (write_short_item(Tab(0, row.url, row.title)), numbers.get(row.category or "", len(numbers)))
            for row in found
        )

    lessons = draw_evenly(rows, most_rows, seed)
    others = [row for row in examined if not row.of_person] or examined
    return Teaching(
        head.messages, head.labels, teach(lessons), teach(draw_evenly(others, MOST_EXAMINED, seed))
    )


def draw_evenly(rows: Sequence[Row], most: int | None, seed: int) -> list[Row]:
    """At most so many rows, as many of each category as of the others where there are enough.

    What the person said of tabs is taken before anything else of its category.

    Args:
        rows: to draw from.
        most: how many; None for all.
        seed: of the draw; the same one gives the same rows.

    Returns:
        The rows in a drawn order.
    """
    draw = random.Random(seed)  # noqa: S311 - no secret
    shuffled = list(rows)
    draw.shuffle(shuffled)
    if most is None or len(shuffled) <= most:
        return shuffled
    waiting: dict[str | None, list[Row]] = defaultdict(list)
    for row in sorted(shuffled, key=lambda row: row.source != "correction"):
        waiting[row.category].append(row)
    queues = [iter(waiting[category]) for category in sorted(waiting, key=str)]
    found: list[Row] = []
    while len(found) < most:
        turn = [row for row in (next(each, None) for each in queues) if row is not None]
        found += turn[: most - len(found)]
    draw.shuffle(found)
    return found


def find_few(rows: Sequence[Row], categories: Sequence[KnownCategory]) -> list[str]:
    """What a person should know of categories with hardly a row, a sentence each."""
    counts = Counter(row.category for row in rows)
    return [
        f"{one.name} has only {counts[one.name]} rows: do not expect that it is learned."
        for one in categories
        if counts[one.name] < FEW_ROWS
    ]


def _check_rows(rows: Sequence[Row], examined: Sequence[Row], categories: Sequence[KnownCategory]) -> None:
    if not rows or not examined:
        what = "train with" if not rows else "validate with"
        message = f"There is no row to {what}."
        raise InvalidInput(message, fix="Make a larger dataset: ai-history finetune dataset")
    names = {one.name for one in categories}
    unknown = sorted({row.category for row in (*rows, *examined) if row.category} - names)
    if unknown:
        message = f"The rows have categories that the dataset does not name: {', '.join(unknown[:10])}."
        raise InvalidInput(message, fix=f"Known are: {', '.join(sorted(names))}.")
    empty = sorted(names - {row.category for row in rows if row.category})
    if empty:
        message = f"No row to train with belongs to {', '.join(empty)}."
        fix = "Add rows of it, or make the dataset without that category."
        raise InvalidInput(message, fix=fix)
