"""Training in the background, wired together for the daemon."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from host.core.errors import AppError, NotFound
from host.core.text import clean_line
from host.history import library
from host.improvement.readiness import NEEDED_OF_OWN, Readiness
from host.improvement.service import Improvement
from host.improvement.surroundings import Surroundings
from host.protocol.upkeep_messages import ActionItem, CheckItem
from host.tabs import learning
from host.workers.client import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from host.core.paths import Paths
    from host.history.profiles import Profile, Profiles
    from host.models.store import ModelStore
    from host.protocol.person_clock import PersonClock

FOLDER = "finetune"
WORKER = "host.finetune.job_worker"
# So long nobody may have asked for anything.
IDLE_S = 300.0
# The latest corrections are enough to know that there are enough.
_MOST_COUNTED = 10_000
_ALL = -1


def make_improvement(paths: Paths, profiles: Profiles, store: ModelStore, person: PersonClock) -> Improvement:
    """The service over a daemon's parts.

    Args:
        paths: the installation.
        profiles: whose corrections are learned from.
        store: the models that can be trained.
        person: says when somebody asked last.
    """

    def count(profile_id: str, since: int) -> Counter[str | None]:
        found, _, _ = learning.list_corrections(profiles.open(profile_id), limit=_MOST_COUNTED, offset=0)
        return Counter(one.category for one in found if one.created_at > since)

    def find_short(profile_id: str) -> list[str]:
        # How many pages of a site there are is known later.
        return [
            category.name
            for category, said in learning.list_categories(profiles.open(profile_id))
            if category.enabled and not category.builtin and not category.sites
            if said + len(category.examples) < NEEDED_OF_OWN
        ]

    def is_paused(profile_id: str) -> bool:
        return any(one.id == profile_id and one.resting for one in profiles.opened())

    def is_off(profile_id: str) -> bool:
        try:
            # The training of a profile that nobody uses now must not outlive its being switched off.
            return not profiles.open(profile_id).settings.capture_enabled
        except AppError:
            return True

    def know(profile_id: str) -> Callable[[Mapping[str, Any]], bool]:
        return find_remembered(profiles.open(profile_id))

    return Improvement(
        paths.data / FOLDER,
        lambda: Worker("training", WORKER, {}, log_file=paths.log / "training.log"),
        Surroundings(person.idle_s, is_paused=is_paused, is_off=is_off, idle_s=IDLE_S),
        Readiness(store, count, find_short=find_short),
        knows=know,
    )


def find_remembered(profile: Profile) -> Callable[[Mapping[str, Any]], bool]:
    """What says whether a row of a training is about something that its person has not taken back.

    Args:
        profile: of the person.
    """
    found, categories, _ = learning.list_corrections(profile, limit=_ALL, offset=0)
    said = {clean_line(one.url) or clean_line(one.title).casefold() for one in found}
    said |= {clean_line(example).casefold() for one in categories for example in one.examples}

    def is_remembered(row: Mapping[str, Any]) -> bool:
        url = str(row.get("url") or "")
        if row.get("source") == "correction":
            return (url or str(row.get("title")).casefold()) in said
        try:
            library.get_page(profile, page_id=None, url=url, offset=0, limit=0)
        except NotFound:
            return False
        return True

    return is_remembered


def improve_by_settings(improvement: Improvement, profiles: Profiles) -> None:
    """Begin a training for a profile that wants it and has made enough new corrections."""
    for profile in profiles.opened():
        if profile.settings.tabs_improve and not profile.resting:
            improvement.consider(profile.id)


def check_improvement(improvement: Improvement) -> list[CheckItem]:
    """The doctor's check: a training that is half done, or that failed."""
    job = improvement.job
    if job.active:
        return [CheckItem(name="Training", ok=True, detail=f"{job.state}: {job.text}")]
    if job.state == "failed":
        fix = "Try again: ai-history finetune improve"
        again = ActionItem(label="Try again", method="finetune.improve")
        return [CheckItem(name="Training", ok=False, detail=job.text, fix=fix, action=again)]
    return []
