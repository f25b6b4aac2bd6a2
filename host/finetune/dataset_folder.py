"""Makes a dataset and writes it into a folder: `train`, `val`, and what is in them."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from host.finetune.category_data import NONE_KEY
from host.finetune.category_file import read_builtin_categories, read_category_file
from host.finetune.dataset import Dataset, DatasetOptions, build_dataset
from host.finetune.row_files import FORMATS, Format, write_rows
from host.finetune.whole_files import write_files
from host.tabs.examples import find_revision
from host.version import VERSION

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from host.finetune.category_data import CategoryData
    from host.finetune.own_data import OwnData
    from host.finetune.rows import Row

TRAIN, VALIDATION, STATISTICS = "train", "val", "dataset_stats.json"
# "none of these", where a category's name would stand.
_NONE = "none"


def make_dataset(
    folder: Path,
    options: DatasetOptions,
    *,
    form: Format = "jsonl",
    category_file: Path | None = None,
    own: OwnData | None = None,
    force: bool = False,
    on_progress: Callable[[str, float], None] = lambda *_: None,
    cancelled: threading.Event | None = None,
) -> dict[str, Any]:
    """Make `train`, `val` and `dataset_stats.json`.

    Args:
        folder: for them; what is not theirs there is left alone.
        options: what is asked.
        form: of the files.
        category_file: of a person's own categories; without it those of `own`, else the seven and none.
        own: corrections and pages of the person, mixed in.
        force: replace a dataset that is there.
        on_progress: gets what is being done, and the share of the whole that is done, 0 to 1.
        cancelled: stops it; the folder then is as it was.

    Returns:
        What `dataset_stats.json` holds.

    Raises:
        InvalidInput: what was asked cannot be made, or the folder cannot be used.
        DiskFull: there is no room for it.
        Cancelled: it was stopped.
    """
    names = [f"{part}.{each}" for part in (TRAIN, VALIDATION) for each in FORMATS]
    # Said before the work and not after it.
    write_files(folder, {}, force=force, old=[*names, STATISTICS] if not force else ())
    categories = _choose_categories(category_file, own)
    dataset = build_dataset(
        categories, options, own.rows if own else (), on_progress=on_progress, cancelled=cancelled
    )
    texts = {
        f"{TRAIN}.{form}": write_rows(dataset.train, form),
        f"{VALIDATION}.{form}": write_rows(dataset.validation, form),
    }
    # What nothing can be taught of was not wanted when a file names the categories.
    more = own.warnings if own and category_file is None else ()
    statistics = describe_dataset(dataset, options, texts, own=own is not None, warnings=more)
    texts[STATISTICS] = json.dumps(statistics, ensure_ascii=False, indent=2) + "\n"
    write_files(folder, texts, force=force, old=names)
    on_progress("done", 1.0)
    return statistics


def describe_dataset(
    dataset: Dataset,
    options: DatasetOptions,
    texts: dict[str, str],
    *,
    own: bool = False,
    warnings: Sequence[str] = (),
) -> dict[str, Any]:
    """What a dataset holds, as plain values; nothing in it is of a person's own but the categories.

    Args:
        dataset: the rows.
        options: what was asked.
        texts: of the files that hold the rows, by name.
        own: rows of the person's own were mixed in.
        warnings: that came before its making.
    """
    parts = {TRAIN: dataset.train, VALIDATION: dataset.validation}
    total = Counter(row.category for rows in parts.values() for row in rows)
    return {
        "version": VERSION,
        "examples": find_revision(),
        "seed": options.seed,
        "asked": {
            "samples": options.samples,
            "split": options.split,
            "hard": options.hard,
            "languages": sorted(options.languages),
            "own": own,
        },
        "categories": [
            {
                "key": each.key,
                "name": each.name,
                "description": each.description,
                "examples": list(each.examples),
                "rows": total[each.name],
            }
            for each in dataset.categories
            if each.key != NONE_KEY
        ],
        "none": total[None],
        "files": {
            name: {
                "rows": len(parts[name.split(".", 1)[0]]),
                "sha256": hashlib.sha256(text.encode()).hexdigest(),
            }
            for name, text in texts.items()
        },
        "counts": {name: _count(rows) for name, rows in parts.items()},
        "dropped": dataset.dropped,
        "warnings": [*warnings, *dataset.warnings],
    }


def _count(rows: Sequence[Row]) -> dict[str, Any]:
    """How many rows there are of what."""
    return {
        "rows": len(rows),
        "category": dict(sorted(Counter(row.category or _NONE for row in rows).items())),
        "language": dict(Counter(row.language for row in rows).most_common()),
        "source": dict(Counter(row.source for row in rows).most_common()),
        "hard": sum(row.hard for row in rows),
        "templates": len({row.group for row in rows if row.source == "template"}),
    }


def _choose_categories(category_file: Path | None, own: OwnData | None) -> Sequence[CategoryData]:
    if category_file is not None:
        return read_category_file(category_file)
    return own.categories if own is not None else read_builtin_categories()
