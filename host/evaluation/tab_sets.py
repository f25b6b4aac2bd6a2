"""Sets of labelled tabs, by name. All but `own` are read from a folder that is not part of the project.

docs/benchmarks.md says where they come from and how they were labelled.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from host.core.errors import InvalidInput
from host.evaluation.labelled_tabs import CATEGORIES, LABELS, NONE, LabelledTab, TabSet, describe_set
from host.evaluation.tab_rows import (
    explain_missing,
    label_articles,
    label_histories,
    label_mozilla,
    label_mozilla_by_hand,
    read_own_tabs,
    read_public_apis,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = [
    "CATEGORIES",
    "LABELS",
    "NONE",
    "TAB_SET_NAMES",
    "LabelledTab",
    "TabSet",
    "describe_set",
    "load_tab_set",
]


def load_tab_set(name: str, folder: Path | None = None) -> TabSet:
    """Read one of `TAB_SET_NAMES`.

    Args:
        name: of the set.
        folder: holds the folders public_apis, mozilla_tabs, browser_history and article_extraction; the set
            `own` needs none.

    Raises:
        InvalidInput: there is no such set, or its data is not there.
    """
    if name == "own":
        return TabSet(name, tuple(read_own_tabs()))
    loader = _LOADERS.get(name)
    if loader is None:
        message = f"There is no set {name!r}."
        raise InvalidInput(message, fix=f"Choose from: {', '.join(TAB_SET_NAMES)}.")
    if folder is None:
        message = f"The set {name} needs the folder that holds its data."
        raise InvalidInput(message, fix="Say --data FOLDER; docs/benchmarks.md says where the sets are from.")
    if not folder.is_dir():
        raise explain_missing(folder)
    return TabSet(name, tuple(loader(folder)))


def _mozilla(folder: Path, *, file: str) -> Iterator[LabelledTab]:
    return label_mozilla(folder / "mozilla_tabs" / file)


_LOADERS: dict[str, Callable[[Path], Iterator[LabelledTab]]] = {
    "public_apis": partial(read_public_apis, described=True),
    "public_apis_sites": partial(read_public_apis, described=True, only_sites=True),
    "public_apis_names": partial(read_public_apis, described=False),
    "mozilla_synthetic": partial(_mozilla, file="synthetic_processed.csv"),
    "mozilla_locations": partial(_mozilla, file="gen_test_set_3_12_9_user_locs.csv"),
    "mozilla_mixed": label_mozilla_by_hand,
    "browser_history": label_histories,
    "article_extraction": label_articles,
}
TAB_SET_NAMES = ("own", *_LOADERS)
