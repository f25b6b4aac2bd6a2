"""What is asked about models, over a real store, real downloads and real processes with tiny weights."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from host.core.errors import Forbidden, InvalidInput, ModelUnavailable, NotFound
from host.models.downloads import Downloads
from host.models.manager import ModelManager
from host.models.optimisation import Optimiser
from host.models.runtime import ModelRuntime
from tests.hub_server import REVISION
from tests.makers import WAIT_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from host.models.store import ModelStore
    from tests.hub_server import HubServer


class _World:
    """A manager with its parts, and what it told."""

    def __init__(self, store: ModelStore) -> None:
        self.store = store
        self.changes = 0
        self.serving: frozenset[str] = frozenset()
        self.runtime = ModelRuntime(store)
        self.downloads = Downloads(store, first_wait_s=0.01)
        self.optimiser = Optimiser(store, wanted=lambda: False)
        self.manager = ModelManager(
            store, self.downloads, self.runtime, self.optimiser, self._note, lambda: self.serving
        )

    def _note(self) -> bool:
        self.changes += 1
        return False

    def close(self) -> None:
        self.downloads.close()
        self.optimiser.close()
        self.runtime.close()


@pytest.fixture
def world(online: None, talkers: ModelStore) -> Iterator[_World]:
    made = _World(talkers)
    yield made
    made.close()


def _states(world: _World) -> dict[str, str]:
    return {view.entry.id: view.state for view in world.manager.list_views()}


def test_a_model_that_does_a_job_is_removed_only_by_force(world: _World) -> None:
    world.manager.use("chat", "second")
    with pytest.raises(Forbidden, match="it does chat") as caught:
        world.manager.remove("second")
    assert caught.value.fix
    assert "--force" in caught.value.fix
    assert _states(world)["second"] == "installed"
    assert world.manager.remove("second", force=True) > 0
    assert _states(world)["second"] == "available"
    assert world.manager.find_jobs()["chat"] != ("second", True)
    with pytest.raises(NotFound):
        world.manager.remove("second")


def test_a_loaded_model_and_one_that_searches_are_in_use(world: _World) -> None:
    world.manager.use("chat", "first")
    world.manager.load("third")
    assert _states(world)["third"] == "ready"
    with pytest.raises(Forbidden, match="it is loaded"):
        world.manager.remove("third")
    assert world.manager.unload("third")
    assert not world.manager.unload("third")
    world.serving = frozenset({"third"})
    with pytest.raises(Forbidden, match="until the vectors"):
        world.manager.remove("third")
    world.serving = frozenset()
    assert world.manager.remove("third")


def test_a_choice_holds_until_it_is_taken_back_and_is_told(world: _World) -> None:
    assert world.manager.find_jobs()["chat"][1] is False
    world.manager.use("chat", "third")
    assert world.manager.find_jobs()["chat"] == ("third", True)
    assert _World(world.store).manager.find_jobs()["chat"] == ("third", True)
    world.manager.use("chat", None)
    assert world.manager.find_jobs()["chat"][1] is False
    assert world.changes == 2


def test_a_model_cannot_do_a_job_of_another_type_or_from_afar(world: _World) -> None:
    with pytest.raises(InvalidInput, match="search needs one of type embedding"):
        world.manager.use("search", "first")
    world.store.shipped["absent"] = replace(world.store.shipped["first"], id="absent")
    with pytest.raises(NotFound, match="Download it first") as caught:
        world.manager.use("chat", "absent")
    assert caught.value.fix == "classify model download absent"
    with pytest.raises(NotFound):
        world.manager.use("chat", "nobody")
    assert world.changes == 0


@pytest.mark.parametrize("content", ["", "[]", '{"chat": 3}', '{"chat": "gone"}', "\x00"])
def test_choices_that_cannot_be_read_are_no_choices(world: _World, content: str) -> None:
    (world.store.folder / "choices.json").write_text(content, encoding="utf-8")
    assert world.manager.find_jobs()["chat"][1] is False
    world.manager.use("chat", "second")
    assert world.manager.find_jobs()["chat"] == ("second", True)


def test_a_damaged_model_is_shown_until_a_download_has_mended_it(world: _World, hub: HubServer) -> None:
    file = world.store.folder / "first" / "tiny.gguf"
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert world.manager.verify("first") == ["tiny.gguf"]
    assert _states(world)["first"] == "damaged"
    file.write_bytes(whole)
    assert world.manager.verify("first") == []
    assert _states(world)["first"] == "installed"
    file.write_bytes(whole[:100])
    assert _states(world)["first"] == "damaged"


def test_a_model_of_ones_own_is_added_fetched_and_forgotten_with_its_removal(
    world: _World, hub: HubServer, talker_weights: bytes
) -> None:
    hub.add_repository("somebody/talker", {"talker.gguf": talker_weights})
    heard: list[int] = []
    view = world.manager.add(
        f"somebody/talker@{REVISION}:talker.gguf",
        model_id="mine",
        on_progress=lambda transfer: heard.append(transfer.done),
    )
    assert (view.entry.id, view.entry.type, view.entry.added, view.state) == (
        "mine",
        "instruction",
        True,
        "installed",
    )
    assert heard
    world.manager.use("chat", "first")
    assert world.manager.remove("mine")
    assert "mine" not in _states(world)


def test_a_name_that_is_taken_is_not_given_to_another_model(world: _World, talker_weights: bytes) -> None:
    other = world.store.folder.parent / "other.gguf"
    other.write_bytes(talker_weights)
    with pytest.raises(InvalidInput, match="already a model named first") as caught:
        world.manager.add(str(other), model_id="first")
    assert caught.value.fix == "Give it another name with --id NAME."
    assert not world.store.entries()["first"].added


def test_a_model_that_cannot_be_fetched_is_not_kept_in_the_list(world: _World, hub: HubServer) -> None:
    hub.add_repository("somebody/gated", {"talker.gguf": b"GGUF"}, gated=True)
    before = _states(world)
    with pytest.raises(Exception, match="somebody/gated"):
        world.manager.add(f"somebody/gated@{REVISION}:talker.gguf", model_id="mine")
    assert _states(world) == before


def test_only_a_download_under_way_can_be_cancelled(world: _World) -> None:
    assert world.manager.cancel_download("first") is False


def test_a_download_that_is_cancelled_by_one_page_ends_for_the_other(
    world: _World, hub: HubServer, talker_weights: bytes
) -> None:
    hub.add_repository("somebody/talker", {"talker.gguf": talker_weights})
    hub.fail("talker.gguf", "503", times=1000)
    errors: list[BaseException] = []

    def add() -> None:
        try:
            world.manager.add(f"somebody/talker@{REVISION}:talker.gguf", model_id="mine")
        except Exception as error:  # noqa: BLE001 - looked at below
            errors.append(error)

    thread = threading.Thread(target=add)
    thread.start()
    deadline = threading.Event()
    while not world.manager.cancel_download("mine"):
        assert not deadline.wait(0.02) and thread.is_alive()  # noqa: PT018
    thread.join(WAIT_S)
    assert [type(error).__name__ for error in errors] == ["Cancelled"]
    assert "mine" not in _states(world)


def test_a_model_that_was_fetched_in_part_stays_to_be_gone_on_with_or_removed(
    world: _World, hub: HubServer, talker_weights: bytes
) -> None:
    source = f"somebody/talker@{REVISION}:talker.gguf"
    hub.add_repository("somebody/talker", {"talker.gguf": talker_weights + bytes(1_000_000)})
    hub.fail("talker.gguf", "drop", times=1, after=700_000)
    hub.fail("talker.gguf", "404", times=1)
    with pytest.raises(ModelUnavailable):
        world.manager.add(source, model_id="mine")
    assert _states(world)["mine"] == "available"
    assert world.manager.remove("mine") > 0
    assert "mine" not in _states(world)


def test_a_name_under_which_something_was_only_begun_is_free_for_another(
    world: _World, hub: HubServer, talker_weights: bytes
) -> None:
    hub.add_repository("somebody/talker", {"talker.gguf": talker_weights + bytes(1_000_000)})
    hub.add_repository("somebody/other", {"other.gguf": talker_weights})
    hub.fail("talker.gguf", "drop", times=1, after=700_000)
    hub.fail("talker.gguf", "404", times=1)
    with pytest.raises(ModelUnavailable):
        world.manager.add(f"somebody/talker@{REVISION}:talker.gguf", model_id="mine")
    assert world.store.presence("mine") == "partial"
    view = world.manager.add(f"somebody/other@{REVISION}:other.gguf", model_id="mine")
    assert view.state == "installed"
    assert not (world.store.folder / "mine" / "talker.gguf").exists()


def test_only_instruction_models_have_other_forms(world: _World) -> None:
    world.store.shipped["first"] = replace(world.store.shipped["first"], type="embedding", dimensions=4)
    with pytest.raises(InvalidInput, match="only GGUF models"):
        world.manager.optimise("first")


def test_going_back_to_the_file_as_it_came_is_remembered(world: _World) -> None:
    fast = world.store.folder / "first" / "fast"
    fast.mkdir()
    (fast / "tiny.gguf").write_bytes(b"GGUF")
    world.store.update_metadata("first", quantisation={"kept": "Q8_0", "file": "fast/tiny.gguf"})
    assert world.manager.optimise("first", restore=True) is None
    assert not fast.exists()
    recorded = json.loads((world.store.folder / "first" / "metadata.json").read_text(encoding="utf-8"))
    assert recorded["quantisation"] == {"kept": "as downloaded", "file": None}


def test_the_recommended_set_knows_what_is_here(world: _World) -> None:
    languages, found = world.manager.recommend(["en"])
    assert languages == ["en"]
    assert {item.entry.id for item in found} <= set(_states(world))
