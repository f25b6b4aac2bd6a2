"""Models that were trained here: taken in whole or not at all, put to use, taken back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from host.core.errors import Cancelled, DiskFull, Forbidden, InvalidInput, ModelUnavailable, NotFound
from host.models import placing
from host.models.deployment_record import HISTORY_FILE
from host.models.deployments import KEPT_MODELS, Deployments
from host.models.downloads import Downloads
from host.models.manager import ModelManager
from host.models.optimisation import Optimiser
from host.models.runtime import ModelRuntime
from host.models.store import ModelStore
from tests.tiny_adapters import merge_adapter, write_adapter

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator
    from pathlib import Path

RECORD = {"label_calibration": {"bias": 0.0, "temperature": 1.5}, "label_prompt": "short"}


class _World:
    """Deployments over a store of tiny models; nothing is loaded."""

    def __init__(self, store: ModelStore, folder: Path) -> None:
        self.store = store
        self.runtime = ModelRuntime(store)
        self.downloads = Downloads(store, first_wait_s=0.01)
        self.optimiser = Optimiser(store, wanted=lambda: True, calm=lambda: True)
        self.manager = ModelManager(store, self.downloads, self.runtime, self.optimiser)
        self.deployments = Deployments(store, self.manager)
        self._folder = folder

    def adapter(self, seed: int = 3) -> Path:
        path = self._folder / f"adapter-{seed}.gguf"
        write_adapter(path, seed=seed)
        return path

    def merged(self, seed: int = 3) -> Path:
        path = self._folder / f"merged-{seed}.gguf"
        merge_adapter(self.store.folder / "first" / "tiny.gguf", path, seed=seed)
        return path

    def deploy(self, seed: int = 3, **options: Any) -> str:
        view = self.deployments.deploy(self.adapter(seed), "first", "adapter", record=RECORD, **options)
        return view.deployment.model

    def chosen(self) -> tuple[str | None, bool]:
        return self.manager.find_jobs()["categories"]

    def close(self) -> None:
        self.downloads.close()
        self.optimiser.close()
        self.runtime.close()


@pytest.fixture
def world(talkers: ModelStore, tmp_path: Path) -> Iterator[_World]:
    made = _World(talkers, tmp_path)
    yield made
    made.close()


def _folders(store: ModelStore) -> set[str]:
    return {path.name for path in store.folder.iterdir() if path.is_dir() and not path.name.startswith(".")}


@pytest.mark.parametrize("kind", ["adapter", "merged"])
def test_a_deployed_model_does_categories_and_no_other_job(world: _World, kind: Any) -> None:
    file = world.adapter() if kind == "adapter" else world.merged()
    before = world.manager.find_jobs()["chat"]
    view = world.deployments.deploy(file, "first", kind, record=RECORD, figures={"macro_f1": 0.8})
    assert (view.in_use, view.deployment.model, view.deployment.before) == (True, "first-tabs-1", None)
    assert view.deployment.figures == {"macro_f1": 0.8}
    assert world.chosen() == ("first-tabs-1", True)
    assert world.manager.find_jobs()["chat"] == before
    for name in ("first", "second", "third"):
        world.manager.remove(name, force=True)
    assert world.manager.find_jobs()["chat"] == (None, False)
    with pytest.raises(InvalidInput, match="categories only"):
        world.manager.use("chat", "first-tabs-1")


def test_a_whole_model_needs_no_base(world: _World) -> None:
    view = world.deployments.deploy(world.merged(), None, "merged")
    assert (view.deployment.model, view.deployment.base, view.in_use) == ("own-tabs-1", None, True)
    assert world.store.find_entry("own-tabs-1").context > 1
    assert [view] == world.deployments.list_views()


def test_what_is_only_registered_is_never_taken_by_itself(world: _World) -> None:
    for name in ("second", "third"):
        world.manager.remove(name, force=True)
    view = world.deployments.deploy(world.merged(), "first", "merged", use=False)
    world.manager.remove("first", force=True)
    assert view.in_use is False
    assert world.chosen() == (None, False)
    assert "measured" in view.text


def test_the_record_is_there_as_soon_as_the_model_is(world: _World) -> None:
    name = world.deploy()
    record = ModelStore(world.store.folder, world.store.shipped).read_metadata(name)
    assert {key: record[key] for key in RECORD} == RECORD
    assert record["entry"]["roles"] == ["categories"]
    # The list of what was put in is made anew from the folders.
    (world.store.folder / "added.json").unlink()
    again = ModelStore(world.store.folder, world.store.shipped)
    again.repair()
    assert again.find_entry(name).roles == ("categories",)


def test_a_merged_model_is_kept_in_the_form_that_was_compared(world: _World) -> None:
    model = world.deployments.deploy(world.merged(), "first", "merged").deployment.model
    assert world.store.read_metadata(model)["quantisation"] == {"kept": "as deployed", "file": None}
    with pytest.raises(InvalidInput, match="compared"):
        world.manager.optimise(model)


@pytest.mark.parametrize("step", ["write_object", "hash_file", "move_to_place"])
def test_a_deployment_that_breaks_off_leaves_no_model(
    world: _World, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "full")

    with monkeypatch.context() as patched:
        patched.setattr(placing, step, fail)
        with pytest.raises(DiskFull):
            world.deploy()
    assert _folders(world.store) == {"first", "second", "third"}
    assert list(world.store.partial_folder.glob("first-tabs*/*")) == []
    assert set(world.store.entries()) == {"first", "second", "third"}
    assert (world.chosen(), world.deployments.list_views()) == (("first", False), [])
    assert world.deploy() == "first-tabs-1"


class _Death(BaseException):
    """The process is gone: nothing after it runs."""


def test_a_process_that_dies_in_between_leaves_no_model_and_the_next_start_clears_up(
    world: _World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise _Death

    with monkeypatch.context() as patched:
        patched.setattr(placing, "move_to_place", die)
        patched.setattr("host.models.placing.shutil.rmtree", lambda *_, **__: None)
        with pytest.raises(_Death):
            world.deploy()
    left = world.store.staging_folder("first-tabs-1")
    assert left.is_dir()
    assert _folders(world.store) == {"first", "second", "third"}
    Deployments(world.store, world.manager)
    assert not left.exists()


def test_a_model_that_came_to_its_place_before_its_process_died_is_whole(
    world: _World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise _Death

    with monkeypatch.context() as patched:
        patched.setattr(ModelStore, "add_entry", die)
        with pytest.raises(_Death):
            world.deploy()
    again = ModelStore(world.store.folder, world.store.shipped)
    again.repair()
    assert again.read_metadata("first-tabs-1")["label_prompt"] == "short"
    # Deploying it again takes what is there.
    assert world.deploy() == "first-tabs-1"
    assert world.chosen() == ("first-tabs-1", True)


def test_a_cancelled_deployment_changes_nothing(world: _World) -> None:
    class Set:
        def is_set(self) -> bool:
            return True

    cancelled: threading.Event = Set()  # type: ignore[assignment]
    with pytest.raises(Cancelled):
        world.deploy(cancelled=cancelled)
    assert _folders(world.store) == {"first", "second", "third"}


@pytest.mark.parametrize("kind", ["adapter", "merged"])
def test_a_file_that_is_not_what_it_is_said_to_be_is_refused(
    world: _World, tmp_path: Path, kind: Any
) -> None:
    text = tmp_path / "text.gguf"
    text.write_text("nothing of the kind", encoding="utf-8")
    wrong = world.merged() if kind == "adapter" else world.adapter()
    for file in (text, wrong, tmp_path / "missing.gguf", tmp_path):
        with pytest.raises(InvalidInput):
            world.deployments.deploy(file, "first", kind)
    with pytest.raises(NotFound):
        world.deployments.deploy(world.adapter(), "nobody", kind)
    with pytest.raises(InvalidInput, match="already"):
        world.deploy(model_id="second")
    with pytest.raises(InvalidInput, match="trained from"):
        world.deployments.deploy(world.adapter(), None, "adapter")
    assert _folders(world.store) == {"first", "second", "third"}


def test_the_same_file_is_taken_in_once_and_used_later(world: _World) -> None:
    first = world.deploy(use=False, figures={"macro_f1": 0.7})
    assert world.deploy(figures={"p95_ms": 12}) == first
    (view,) = world.deployments.list_views()
    assert view.in_use
    assert view.deployment.figures == {"macro_f1": 0.7, "p95_ms": 12}
    assert world.deploy(use=False) == first
    assert world.deploy() == first
    assert len(world.deployments.list_views()) == 1


def test_rolling_back_goes_back_one_deployment_at_a_time_to_the_default(world: _World) -> None:
    names = [world.deploy(seed) for seed in (3, 4)]
    assert [view.in_use for view in world.deployments.list_views()] == [True, False]
    back = world.deployments.roll_back()
    assert (back.model, back.view.deployment.model) == (names[0], names[1])
    assert world.chosen() == (names[0], True)
    assert [view.in_use for view in world.deployments.list_views()] == [False, True]
    assert world.deployments.roll_back().model == "first"
    assert world.chosen() == ("first", False)
    with pytest.raises(NotFound, match="nothing to take back"):
        world.deployments.roll_back()
    assert all(view.deployment.rolled_back_at for view in world.deployments.list_views())


def test_rolling_back_restores_what_a_person_had_chosen(world: _World) -> None:
    world.manager.use("categories", "second")
    world.deploy()
    assert world.deployments.roll_back().model == "second"
    assert world.chosen() == ("second", True)


def test_rolling_back_to_a_model_that_is_gone_says_so_and_takes_the_default(world: _World) -> None:
    world.manager.use("categories", "second")
    world.deploy()
    world.manager.remove("second", force=True)
    back = world.deployments.roll_back()
    assert back.model == "first"
    assert "second" in back.text
    assert "not installed" in back.text
    assert world.chosen() == ("first", False)


def test_a_choice_of_a_person_after_a_deployment_is_not_taken_back(world: _World) -> None:
    world.deploy()
    world.manager.use("categories", "second")
    with pytest.raises(NotFound):
        world.deployments.roll_back()
    assert world.chosen() == ("second", True)


def test_removing_a_deployed_model_is_refused_while_it_works_and_told_afterwards(world: _World) -> None:
    name = world.deploy()
    world.manager.use("chat", "second")
    with pytest.raises(Forbidden, match="in use"):
        world.manager.remove(name)
    with pytest.raises(Forbidden, match=f"{name}, which does categories"):
        world.manager.remove("first")
    world.manager.remove("first", force=True)
    assert "first is not installed" in world.deployments.list_views()[0].text
    # What cannot answer is not asked.
    assert world.chosen() == ("second", False)
    world.manager.remove(name, force=True)
    (view,) = world.deployments.list_views()
    assert (view.in_use, view.size) == (False, None)
    assert "removed" in view.text


def test_only_the_last_models_stay_on_the_disk_and_all_in_the_history(world: _World) -> None:
    names = [world.deploy(seed) for seed in range(3, 3 + KEPT_MODELS + 2)]
    assert _folders(world.store) - {"first", "second", "third"} == set(names[-KEPT_MODELS:])
    views = world.deployments.list_views()
    assert [view.deployment.model for view in views] == names[::-1]
    assert [view.size is not None for view in views] == [True] * KEPT_MODELS + [False] * 2
    # A name is never given again.
    assert len(set(names)) == len(names)


def test_the_model_in_use_is_never_removed_for_room(world: _World) -> None:
    kept = world.deploy(3)
    for seed in range(4, 6 + KEPT_MODELS):
        world.deploy(seed, use=False)
    # What is to be measured stays until something is put to use.
    assert len(_folders(world.store)) == 3 + KEPT_MODELS + 3
    world.deploy(20)
    assert world.deployments.roll_back().model == kept
    world.deploy(21)
    assert world.deployments.roll_back().model == kept
    assert len(_folders(world.store)) == 3 + KEPT_MODELS


@pytest.mark.parametrize("text", ["", "{", '{"deployments": 3}', '{"deployments": [{"id": "1"}, 4]}'])
def test_a_history_that_cannot_be_read_is_an_empty_one(world: _World, text: str) -> None:
    file = world.store.folder / HISTORY_FILE
    file.write_text(text, encoding="utf-8")
    assert world.deployments.list_views() == []
    world.deploy()
    assert len(json.loads(file.read_text(encoding="utf-8"))["deployments"]) == 1


def test_a_history_that_cannot_be_written_leaves_the_choice_as_it_was(
    world: _World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("host.models.deployment_record.write_object", fail)
    with pytest.raises(ModelUnavailable):
        world.deploy()
    assert world.chosen() == ("first", False)


def test_a_deployment_can_be_called_off_at_any_block(
    world: _World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing, "_BLOCK", 64)
    calls: list[int] = []

    def check(last: int) -> Callable[[], None]:
        def step() -> None:
            calls.append(1)
            if len(calls) == last:
                raise Cancelled("off")

        return step

    entry = world.store.find_entry(world.deploy())
    world.deployments.roll_back()
    world.manager.remove(entry.id)
    for last in (1, 3, 9):
        calls.clear()
        with pytest.raises(Cancelled):
            placing.place_model(world.store, entry, world.adapter(), RECORD, check(last))
        assert entry.id not in world.store.entries()
    assert _folders(world.store) == {"first", "second", "third"}
