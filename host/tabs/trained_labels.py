"""Which categories a model was trained to answer with, as the record beside its files says."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# In the record beside a model's files: names of categories.
TRAINED_KEY = "trained_labels"


def find_untrained(record: Mapping[str, object], names: Iterable[str]) -> list[str]:
    """Categories that a model was never taught: what it says of these is chance.

    Args:
        record: of the model; one that does not say what it was trained for knows everything.
        names: of categories; capitals do not count.
    """
    trained = record.get(TRAINED_KEY)
    if not isinstance(trained, list) or not trained:
        return []
    known = {str(name).casefold() for name in trained}
    return [name for name in names if name.casefold() not in known]
