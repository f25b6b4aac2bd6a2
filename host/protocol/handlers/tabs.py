"""`tabs.*` and `categories.*`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from host.core.clock import now_ms
from host.protocol import tab_messages as t
from host.storage.deletion import Selection, select_said
from host.tabs import learning
from host.tabs.categories import CategoryChange
from host.tabs.exchange import KnownGroup, Tab
from host.tabs.memory import weigh_age

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.protocol import messages as m
    from host.protocol.dispatch import Call, Handler
    from host.protocol.handlers.services import Services
    from host.tabs.exchange import TabCategory, Verdict

# Alternatives less likely than this only take room.
_LEAST_SHARE = 0.05
_MOST_ALTERNATIVES = 3


def make_handlers(services: Services) -> dict[str, Handler]:
    """The handlers of this file by method."""
    handlers = _TabHandlers(services)
    return {
        "tabs.categorize": handlers.categorize,
        "tabs.group": handlers.group,
        "tabs.correct": handlers.correct,
        "tabs.corrections": handlers.list_corrections,
        "tabs.forget": handlers.forget,
        "categories.list": handlers.list_categories,
        "categories.set": handlers.set_categories,
    }


class _TabHandlers:
    """One method for each method of the wire."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._tabs = services.tabs

    def categorize(self, params: t.CategorizeParams, call: Call) -> t.CategorizeResult:
        began = time.perf_counter()
        sorting = self._tabs.categorize(
            self._services.profile(call),
            _read_tabs(params.tabs),
            engine=params.engine,
            threshold=params.threshold,
            wait_s=params.wait_ms / 1000,
            cancelled=call.cancelled,
        )
        return t.CategorizeResult(
            tabs=_show_tabs(params.tabs, sorting.verdicts, sorting.categories),
            engine=sorting.engine,
            model=sorting.model,
            took_ms=(time.perf_counter() - began) * 1000,
        )

    def group(self, params: t.GroupParams, call: Call) -> t.GroupResult:
        began = time.perf_counter()
        # A tab is in one place only: the first that names it.
        seen: set[int] = set()
        inside = [[tab for tab in each.tabs if _is_new(tab, seen)] for each in params.existing]
        known = [
            KnownGroup(each.id, each.name, each.color, tuple(tab.id for tab in tabs))
            for each, tabs in zip(params.existing, inside, strict=True)
        ]
        free = [tab for tab in params.tabs if _is_new(tab, seen)]
        # A group's own tabs say what it is about; they are rated, and stay where they are.
        tabs = [*free, *(tab for group in inside for tab in group)]
        sorting, grouping = self._tabs.group(
            self._services.profile(call),
            _read_tabs(tabs),
            by=params.by,
            max_groups=params.max_groups,
            known=known,
            engine=params.engine,
            threshold=params.threshold,
            wait_s=params.wait_ms / 1000,
            cancelled=call.cancelled,
        )
        names = {category.key: category.name for category in sorting.categories}
        return t.GroupResult(
            groups=[
                t.GroupItem(
                    name=group.name,
                    color=group.colour,
                    tab_ids=list(group.tab_ids),
                    reason=group.reason,
                    category=names.get(group.category) if group.category else None,
                    existing_id=group.existing,
                )
                for group in grouping.groups
            ],
            ungrouped=list(grouping.ungrouped),
            tabs=_show_tabs(tabs, sorting.verdicts, sorting.categories),
            engine=sorting.engine,
            model=sorting.model,
            took_ms=(time.perf_counter() - began) * 1000,
        )

    def correct(self, params: t.CorrectParams, call: Call) -> t.CorrectResult:
        profile = self._services.profile(call)
        correction_id = learning.correct_tab(
            profile, url=params.url, title=params.title, category=params.category, origin=params.from_
        )
        self._services.reconsider_site(profile, params.url)
        self._services.indexer.wake()
        return t.CorrectResult(learned=True, correction_id=correction_id)

    def list_corrections(self, params: t.CorrectionsParams, call: Call) -> t.CorrectionsResult:
        found, categories, total = learning.list_corrections(
            self._services.profile(call), limit=params.limit, offset=params.offset
        )
        names = {category.key: category.name for category in categories}
        return t.CorrectionsResult(
            corrections=[
                t.CorrectionItem(
                    id=each.id,
                    url=each.url,
                    title=each.title,
                    category=names.get(each.category) if each.category else None,
                    from_category=names.get(each.origin) if each.origin else None,
                    created_at=each.created_at,
                    weight=weigh_age(each.created_at, now_ms()),
                )
                for each in found
            ],
            total=total,
        )

    def forget(self, params: t.ForgetCorrectionsParams, call: Call) -> t.ForgetCorrectionsResult:
        profile = self._services.profile(call)
        if params.all:
            selection = Selection(all_said=True)
        else:
            selection = profile.database.read(lambda connection: select_said(connection, params.ids))
        found = self._services.forget(profile, selection)
        return t.ForgetCorrectionsResult(forgotten=found.deleted.corrections)

    def list_categories(self, _: m.Empty, call: Call) -> t.CategoriesResult:
        found = learning.list_categories(self._services.profile(call))
        return t.CategoriesResult(categories=[_show_category(each, count) for each, count in found])

    def set_categories(self, params: t.SetCategoriesParams, call: Call) -> t.CategoriesResult:
        profile = self._services.profile(call)
        learning.set_categories(
            profile,
            [
                CategoryChange(
                    key=each.key,
                    name=each.name,
                    description=each.description,
                    examples=None if each.examples is None else tuple(each.examples),
                    colour=each.colour,
                    enabled=each.enabled,
                )
                for each in params.categories
            ],
            remove=params.remove,
            reset=params.reset,
        )
        self._services.indexer.wake()
        found = learning.list_categories(profile)
        return t.CategoriesResult(categories=[_show_category(each, count) for each, count in found])


def _is_new(tab: t.TabItem, seen: set[int]) -> bool:
    """Whether a tab's id was not seen yet; it is from now on."""
    known = tab.id in seen
    seen.add(tab.id)
    return not known


def _read_tabs(items: Sequence[t.TabItem]) -> list[Tab]:
    return [Tab(item.id, item.url, item.title, item.text or "") for item in items]


def _show_tabs(
    items: Sequence[t.TabItem], verdicts: Sequence[Verdict], categories: Sequence[TabCategory]
) -> list[t.CategorizedTab]:
    names = {category.key: category.name for category in categories}
    return [
        t.CategorizedTab(
            id=item.id,
            category=names[verdict.category] if verdict.category else None,
            confidence=verdict.confidence,
            alternatives=_show_alternatives(verdict, names),
            reason=verdict.reason,
        )
        for item, verdict in zip(items, verdicts, strict=True)
    ]


def _show_alternatives(verdict: Verdict, names: dict[str, str]) -> list[t.CategoryShare]:
    others = sorted(
        ((share, key) for key, share in verdict.shares.items() if key != verdict.category), reverse=True
    )
    return [
        t.CategoryShare(category=names[key], confidence=share)
        for share, key in others[:_MOST_ALTERNATIVES]
        if share >= _LEAST_SHARE
    ]


def _show_category(category: TabCategory, corrections: int) -> t.CategoryItem:
    return t.CategoryItem(
        key=category.key,
        name=category.name,
        description=category.description,
        examples=[*category.examples, *category.sites],
        colour=category.colour,
        enabled=category.enabled,
        builtin=category.builtin,
        corrections=corrections,
    )
