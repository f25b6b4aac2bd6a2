from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.model_services import ModelServices
from host.models.clearing import clear_models
from host.models.registry import HubSource, LocalSource, ModelEntry, ModelFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from host.core.paths import Paths
    from host.models.registry import ModelSource

SIZE = 100


@pytest.fixture
def services(home: Paths) -> Iterator[ModelServices]:
    made = ModelServices(home, on_change=lambda: False, serving=frozenset, may_measure=lambda: False)
    yield made
    made.close()


def _install(services: ModelServices, name: str, source: ModelSource) -> None:
    services.store.add_entry(
        ModelEntry(
            name, name, "instruction", "gguf", "MIT", 512, SIZE, 0,
            files=(ModelFile("model.gguf", SIZE),), sources=(source,), added=True,
        )
    )  # fmt: skip
    folder = services.store.folder / name
    folder.mkdir()
    (folder / "model.gguf").write_bytes(b"x" * SIZE)


def test_what_can_be_fetched_again_goes_and_what_was_made_here_stays(services: ModelServices) -> None:
    _install(services, "fetched", HubSource("owner/name", "0" * 40))
    _install(services, "trained", LocalSource("/nowhere/adapter.gguf"))
    services.manager.use("chat", "fetched")
    (services.store.folder / "fetched" / "derived.q8.gguf").write_bytes(b"y" * SIZE)
    cleared = clear_models(services.store, services.manager)
    assert cleared.removed == ("fetched",)
    assert cleared.kept == ("trained",)
    assert cleared.freed >= 2 * SIZE
    assert not (services.store.folder / "fetched").exists()
    assert (services.store.folder / "trained" / "model.gguf").exists()
    assert services.manager.find_entry_for("chat") is None or (
        services.manager.find_entry_for("chat").id != "fetched"  # type: ignore[union-attr]
    )


def test_what_unfinished_downloads_have_left_goes(services: ModelServices) -> None:
    half = services.store.staging_folder("smollm2-135m-instruct")
    half.mkdir(parents=True)
    (half / "part").write_bytes(b"z" * SIZE)
    unknown = services.store.partial_folder / "of-another-version"
    unknown.mkdir()
    (unknown / "part").write_bytes(b"z" * SIZE)
    cleared = clear_models(services.store, services.manager)
    assert cleared.freed == 2 * SIZE
    assert not half.exists()
    assert not unknown.exists()


def test_with_nothing_there_nothing_is_removed(services: ModelServices) -> None:
    cleared = clear_models(services.store, services.manager)
    assert (cleared.removed, cleared.kept, cleared.freed) == ((), (), 0)
