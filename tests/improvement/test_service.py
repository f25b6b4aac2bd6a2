"""The training in the background: when it runs, when it waits, what it leaves behind."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from host.core.errors import DatabaseCorrupt, InvalidInput, ModelUnavailable, NotFound, NotReady
from host.improvement.job import ACTIVE, STATES
from host.improvement.readiness import NEEDED
from host.improvement.service import JOB_FILE, KEPT_S, MOST_DEATHS
from tests.improvement.conftest import IDLE_S, PROFILE, World
from tests.makers import WAIT_S, wait_until
from tests.processes import has_ended

if TYPE_CHECKING:
    from host.improvement.job import JobState


def test_a_training_that_nothing_stands_in_the_way_of_is_done_at_once(world: World) -> None:
    job = world.improvement.improve(PROFILE)
    assert job.state == "waiting"
    ended = world.wait_for("deployed")
    assert (ended.text, ended.share, ended.stage) == ("It was deployed.", 1.0, None)
    assert ended.report is not None
    assert Path(ended.report).read_text(encoding="utf-8") == "figures"
    assert ended.started_at is not None
    assert ended.ended_at is not None
    assert ended.started_at <= ended.ended_at
    # The smallest model is the one that is trained.
    assert world.runs() == [f"smollm {PROFILE}"]
    assert world.workers[0].pid is None


def test_a_model_that_is_not_better_is_told_as_refused(world: World) -> None:
    world.order("refused")
    world.improvement.improve(PROFILE, "larger")
    assert world.wait_for("refused", "failed").text == "It was refused."
    assert world.runs() == [f"larger {PROFILE}"]


def test_its_progress_is_there_to_be_seen(world: World) -> None:
    world.order("wait")
    world.improvement.improve(PROFILE)
    job = world.wait_begun()
    assert (job.state, job.stage, job.share, job.remaining_s) == ("running", "training", 0.5, 60.0)
    assert job.text == "Step 5 of 10."
    assert world.improvement.needs_process


@pytest.mark.parametrize("obstacle", ["person", "battery", "load", "paused"])
def test_it_waits_says_why_and_begins_when_the_obstacle_is_gone(world: World, obstacle: str) -> None:
    words = {"person": "5 minutes", "battery": "plugged in", "load": "processor", "paused": "paused"}
    _put(world, obstacle, there=True)
    assert world.improvement.improve(PROFILE).state == "waiting"
    wait_until(lambda: words[obstacle] in world.improvement.job.text, "the reason is told")
    assert world.improvement.job.state == "waiting"
    assert world.workers == []
    assert world.improvement.needs_process is (obstacle != "paused")
    world.now += KEPT_S
    assert not world.improvement.needs_process
    _put(world, obstacle, there=False)
    world.wait_for("deployed")


@pytest.mark.parametrize("obstacle", ["person", "battery", "load", "paused"])
def test_it_gives_way_in_the_middle_and_goes_on_in_the_same_folder(world: World, obstacle: str) -> None:
    world.order("wait")
    world.improvement.improve(PROFILE)
    world.wait_begun()
    _put(world, obstacle, there=True)
    world.wait_for("paused")
    wait_until(lambda: world.improvement.job.text.startswith("It waits"), "the reason is told")
    assert world.workers[0].pid is None
    assert world.improvement.job.share == 0.5
    world.order("deployed")
    _put(world, obstacle, there=False)
    world.wait_for("deployed")
    assert len(world.runs()) == 2


def test_one_busy_moment_of_the_processor_is_no_reason_to_stop(world: World) -> None:
    world.order("wait")
    world.improvement.improve(PROFILE)
    world.wait_begun()
    readings = iter([1.0])
    drained = threading.Event()

    class Load(float):
        def __gt__(self, other: float) -> bool:
            value = next(readings, None)
            if value is None:
                drained.set()
                return False
            return value > other

    world.load = Load()
    assert drained.wait(WAIT_S)
    assert world.improvement.job.state == "running"
    world.order("deployed")
    world.wait_for("deployed")
    assert len(world.workers) == 1


def test_what_is_wanted_now_waits_for_nothing(world: World) -> None:
    world.person_idle_s, world.battery, world.load = 0.0, True, 1.0
    world.improvement.improve(PROFILE, now=True)
    world.wait_for("deployed")


def test_a_training_that_waits_begins_when_it_is_wanted_now(world: World) -> None:
    world.person_idle_s = 0.0
    first = world.improvement.improve(PROFILE)
    second = world.improvement.improve(PROFILE, now=True)
    assert (second.folder, second.now) == (first.folder, True)
    world.wait_for("deployed")
    assert len(world.runs()) == 1


def test_off_ends_also_what_is_wanted_now_and_on_goes_on_with_it(world: World) -> None:
    world.order("wait")
    world.improvement.improve(PROFILE, now=True)
    world.wait_begun()
    world.off = True
    world.wait_for("paused")
    wait_until(lambda: "switched off" in world.improvement.job.text, "the reason is told")
    assert world.workers[0].pid is None
    world.order("deployed")
    world.off = False
    world.wait_for("deployed")
    assert world.runs() == [f"smollm {PROFILE}"] * 2


def test_a_second_wish_joins_the_training_under_way(world: World) -> None:
    world.order("wait")
    first = world.improvement.improve(PROFILE)
    world.wait_begun()
    assert world.improvement.improve(PROFILE, "larger").folder == first.folder
    world.order("refused")
    world.wait_for("refused")
    assert world.runs() == [f"smollm {PROFILE}"]


@pytest.mark.parametrize("order", ["wait", "deaf"])
def test_cancelling_ends_the_process_and_deletes_what_is_half_made(
    world: World, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("host.improvement.service.GRACE_S", 0.2)
    world.order(order)
    world.improvement.improve(PROFILE)
    folder = world.wait_begun().folder
    job = world.improvement.cancel()
    assert (job.state, job.folder) == ("cancelled", None)
    assert folder is not None
    assert not Path(folder).exists()
    assert world.workers[0].pid is None
    assert {path.name for path in world.store.folder.iterdir()} >= {"smollm", "larger"}
    # Another one can be begun.
    world.order("deployed")
    world.improvement.improve(PROFILE)
    world.wait_for("deployed")


def test_what_a_killed_process_has_started_ends_with_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("host.improvement.service.GRACE_S", 0.2)
    world.order("deaf child")
    file = Path(str(world.improvement.improve(PROFILE).folder)) / "child"
    wait_until(lambda: file.is_file() and file.read_text(encoding="utf-8"), "it has started another")
    child = psutil.Process(int(file.read_text(encoding="utf-8")))
    assert not has_ended(child)
    assert world.improvement.cancel().state == "cancelled"
    wait_until(lambda: has_ended(child), "the other has ended, too")


def test_a_training_that_waits_can_be_cancelled(world: World) -> None:
    world.battery = True
    world.improvement.improve(PROFILE)
    assert world.improvement.cancel().state == "cancelled"
    assert world.improvement.cancel().state == "cancelled"
    assert world.workers == []


def test_cancelling_without_a_training_changes_nothing(world: World) -> None:
    assert world.improvement.cancel().state == "none"
    assert not (world.folder / JOB_FILE).exists()


def test_a_later_process_goes_on_with_what_an_earlier_one_began(world: World) -> None:
    world.order("wait")
    world.improvement.improve(PROFILE, now=True)
    world.wait_begun()
    world.person_idle_s = 0.0
    world.restart()
    # Who wanted it at once may be gone by now.
    wait_until(lambda: "5 minutes" in world.improvement.job.text, "the reason is told")
    assert (world.improvement.job.state, world.improvement.job.now) == ("paused", False)
    world.order("deployed")
    world.person_idle_s = IDLE_S
    world.wait_for("deployed")
    assert len(world.runs()) == 2


def test_a_process_that_was_killed_leaves_a_file_that_is_gone_on_with(world: World) -> None:
    world.order("wait")
    world.improvement.improve(PROFILE)
    world.wait_begun()
    left = json.loads((world.folder / JOB_FILE).read_text(encoding="utf-8"))
    assert left["state"] == "running"
    world.improvement.close()
    # As it was in the middle, not as an orderly end leaves it.
    (world.folder / JOB_FILE).write_text(json.dumps(left), encoding="utf-8")
    world.order("refused")
    world.improvement = world.make()
    world.improvement.start()
    world.wait_for("refused")
    assert len(world.runs()) == 2


def test_a_process_that_dies_is_started_again_and_given_up_in_the_end(world: World) -> None:
    world.order("die")
    world.improvement.improve(PROFILE)
    job = world.wait_for("failed")
    assert len(world.runs()) == MOST_DEATHS
    assert "memory" in job.text


def test_an_error_is_told_with_what_to_do(world: World) -> None:
    world.order("fail")
    world.improvement.improve(PROFILE)
    assert world.wait_for("failed").text == "The disk is full. Free some space."


def test_an_answer_that_says_nothing_clear_deploys_nothing(world: World) -> None:
    world.order("odd")
    world.improvement.improve(PROFILE)
    assert world.wait_for("refused", "deployed", "failed").state == "refused"
    assert world.improvement.job.report is None


def test_by_itself_it_begins_after_enough_new_corrections_only(world: World) -> None:
    assert world.improvement.consider(PROFILE)
    job = world.wait_for("deployed")
    assert world.newer_than[0] == 0
    assert world.improvement.consider(PROFILE)
    # Those since the last training count.
    assert job.started_at in world.newer_than
    world.wait_for("deployed")
    world.corrections.clear()
    assert not world.improvement.consider(PROFILE)


def test_a_database_that_cannot_be_read_ends_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_profile: str, _since: int) -> bool:
        raise DatabaseCorrupt("The database is damaged.")

    monkeypatch.setattr("host.improvement.readiness.Readiness.has_new", lambda _, *asked: fail(*asked))
    assert not world.improvement.consider(PROFILE)
    assert world.improvement.job.state == "none"


@pytest.mark.parametrize("missing", ["package", "model", "corrections", "of one"])
def test_without_what_it_needs_nothing_begins_and_the_words_say_what_to_do(
    world: World, missing: str
) -> None:
    words = "host.install --extra finetune"
    error: type[Exception] = ModelUnavailable
    if missing == "package":
        world.packages = False
    elif missing == "model":
        for name in ("smollm", "larger"):
            world.store.remove(name)
        # What was made here is not made from.
        world.install("mine", 10, roles=("categories",))
        world.install("adapter", 10, base="smollm")
        words = "classify model download"
    elif missing == "corrections":
        world.corrections["dev"] -= 2
        words, error = f"{NEEDED} are needed", InvalidInput
    else:
        world.corrections.clear()
        world.corrections.update({str(number): 2 for number in range(NEEDED)})
        words, error = "No category has", InvalidInput
    with pytest.raises(error) as caught:
        world.improvement.improve(PROFILE)
    assert words in f"{caught.value.message} {caught.value.fix}"  # type: ignore[attr-defined]
    assert caught.value.fix  # type: ignore[attr-defined]
    job = world.improvement.describe(PROFILE)
    assert job.state == "none"
    assert words in job.text
    assert not world.improvement.consider(PROFILE)
    assert not world.folder.exists()


def test_what_cannot_be_trained_is_refused_by_its_name(world: World) -> None:
    world.install("mine", 10, roles=("categories",))
    with pytest.raises(InvalidInput, match="mine cannot be trained"):
        world.improvement.improve(PROFILE, "mine")
    with pytest.raises(NotFound):
        world.improvement.improve(PROFILE, "nobody")
    assert "21 corrections" in world.improvement.describe(PROFILE).text
    assert world.improvement.describe(None).text == "Nothing is being trained."


def test_a_service_that_ends_begins_nothing(world: World) -> None:
    world.improvement.close()
    with pytest.raises(NotReady):
        world.improvement.improve(PROFILE)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"state": "odd"}', '{"state": "running"}', '{"state": "waiting", "share": "x"}']
)
def test_a_file_that_cannot_be_read_is_no_training(world: World, text: str) -> None:
    world.folder.mkdir()
    (world.folder / JOB_FILE).write_text(text, encoding="utf-8")
    world.restart()
    assert world.improvement.job.state == "none"
    world.improvement.improve(PROFILE)
    world.wait_for("deployed")


_ACTS = (
    "improve",
    "now",
    "cancel",
    "restart",
    "person",
    "battery",
    "load",
    "free",
    "wait",
    "deployed",
    "fail",
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.sampled_from(_ACTS), max_size=12))
def test_whatever_happens_there_is_one_training_with_one_end(
    tmp_path_factory: pytest.TempPathFactory, acts: list[str]
) -> None:
    world = World(tmp_path_factory.mktemp("world"))
    try:
        for act in acts:
            _act(world, act)
            job = world.improvement.job
            assert job.state in STATES
            assert bool(job.text) or job.state == "none"
            assert (job.ended_at is None) == (job.state in ACTIVE or job.state == "none")
            assert sum(worker.pid is not None for worker in world.workers) <= 1
        _act(world, "free")
        world.order("deployed")
        if world.improvement.job.active:
            ended: tuple[JobState, ...] = ("deployed", "failed")
            world.wait_for(*ended)
        written = world.make().job
        assert (written.state, written.text) == (world.improvement.job.state, world.improvement.job.text)
    finally:
        world.close()


def _act(world: World, act: str) -> None:
    if act == "improve":
        world.improvement.improve(PROFILE)
    elif act == "now":
        world.improvement.improve(PROFILE, now=True)
    elif act == "cancel":
        assert not world.improvement.cancel().active
    elif act == "restart":
        world.restart()
    elif act == "free":
        for obstacle in ("person", "battery", "load"):
            _put(world, obstacle, there=False)
    elif act in ("person", "battery", "load"):
        _put(world, act, there=True)
    else:
        world.order(act)


def _put(world: World, obstacle: str, *, there: bool) -> None:
    if obstacle == "person":
        world.person_idle_s = 0.0 if there else IDLE_S
    elif obstacle == "battery":
        world.battery = there
    elif obstacle == "load":
        world.load = 1.0 if there else 0.0
    else:
        world.paused = there
