"""Whether there is something to train, something to train with, and something to learn."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from host.core.errors import AppError, InvalidInput, ModelUnavailable
from host.models.roles import not_installed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from host.models.registry import ModelEntry
    from host.models.store import ModelStore

# With fewer, a model that is trained from them is that of everybody, and chance decides about the rest.
NEEDED = 20
NEEDED_OF_ONE = 3
# Of a person's own category; with fewer examples and corrections nothing is taught of it.
NEEDED_OF_OWN = 10
# One of what the extra `finetune` brings.
PACKAGE = "peft"


class Readiness:
    """Looks at what a training needs."""

    def __init__(
        self,
        store: ModelStore,
        count_corrections: Callable[[str, int], Mapping[str | None, int]],
        *,
        find_short: Callable[[str], Sequence[str]] = lambda _: (),
        has_package: Callable[[], bool] = lambda: find_spec(PACKAGE) is not None,
    ) -> None:
        """Wire it.

        Args:
            store: the models that are installed.
            count_corrections: how many a profile has that are younger than a time (UTC milliseconds), for
                each category.
            find_short: the names of a profile's own categories that have certainly fewer than `NEEDED_OF_OWN`
                examples and corrections; a model that was not taught them could not be put to use.
            has_package: whether what a training needs is installed.
        """
        self._store = store
        self._count_corrections = count_corrections
        self._find_short = find_short
        self._has_package = has_package

    def require(self, profile: str, model: str | None) -> str:
        """Make sure that a training can be begun.

        Args:
            profile: whose corrections are learned from.
            model: what to train; the smallest that can be trained by default.

        Returns:
            The id of the model to train.

        Raises:
            ModelUnavailable: something is not installed.
            NotFound: the model is not installed.
            InvalidInput: the model cannot be trained, there are too few corrections, or too little is known
                of a category of the person's own.
        """
        if not self._has_package():
            message = "Training needs packages that are not installed."
            raise ModelUnavailable(message, fix="Run: python3 -m host.install --extra finetune")
        base = self._choose_base(model)
        counts = self._count_corrections(profile, 0)
        missing = _explain_missing(sum(counts.values()), max(counts.values(), default=0))
        if missing:
            raise InvalidInput(missing, fix="Correct tabs where they are sorted wrongly; each one counts.")
        short = self._find_short(profile)
        if short:
            message = f"Too little is known of {', '.join(short)}: a model could not be taught it."
            fix = f"Give each {NEEDED_OF_OWN} examples or corrections, or switch it off."
            raise InvalidInput(message, fix=fix)
        return base.id

    def tell(self, profile: str | None) -> str:
        """What a training would need or learn from, as sentences for a person.

        Args:
            profile: whose; None when nobody has said it.
        """
        if profile is None:
            return "Nothing is being trained."
        hindrance = self.explain(profile)
        if hindrance is not None:
            return hindrance
        count = sum(self._count_corrections(profile, 0).values())
        return f"There are {count} corrections to learn from."

    def explain(self, profile: str) -> str | None:
        """Why no training can be begun, as sentences for a person; None when one can.

        Args:
            profile: whose corrections would be learned from.
        """
        try:
            self.require(profile, None)
        except AppError as error:
            return f"{error.message} {error.fix}" if error.fix else error.message
        return None

    def has_new(self, profile: str, since: int) -> bool:
        """Whether enough corrections were made since a time, UTC milliseconds."""
        return sum(self._count_corrections(profile, since).values()) >= NEEDED

    def _choose_base(self, model: str | None) -> ModelEntry:
        if model is not None:
            entry = self._store.find_entry(model)
            if self._store.find(model) is None:
                raise not_installed(model)
            if not _can_be_trained(entry):
                message = f"{model} cannot be trained."
                raise InvalidInput(message, fix="Name an instruction model that was not made here.")
            return entry
        found = [one.entry for one in self._store.list_installed() if _can_be_trained(one.entry)]
        if not found:
            message = "No model that can be trained is installed."
            raise ModelUnavailable(message, fix="Run: classify model download smollm2-135m-instruct")
        return min(found, key=lambda entry: entry.size)


def _can_be_trained(entry: ModelEntry) -> bool:
    return entry.type == "instruction" and entry.base is None and not entry.roles


def _explain_missing(total: int, most: int) -> str | None:
    if total < NEEDED:
        have = f"There {'is' if total == 1 else 'are'} {total or 'no'} correction{'' if total == 1 else 's'}"
        return f"{have} to learn from so far; {NEEDED} are needed."
    if most < NEEDED_OF_ONE:
        return f"No category has {NEEDED_OF_ONE} corrections yet; a training would change nothing."
    return None
