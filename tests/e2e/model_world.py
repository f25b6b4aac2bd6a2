"""A product with models of its own: one starter, and one more that a hub on the loopback offers."""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from host.models.registry import HubSource, ModelFile, load_registry
from host.models.store import ModelStore
from tests.conftest import INSTALLED_MODELS
from tests.e2e.browser import LIMIT_MS
from tests.e2e.conftest import make_world
from tests.e2e.installation import Installation
from tests.e2e.waiting import LIMIT_S
from tests.hub_server import REVISION, HubServer

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator, Page, Playwright

    from tests.e2e.conftest import World
    from tests.e2e.site import Site

STARTER = "all-MiniLM-L6-v2"
STARTER_ID = "all-minilm-l6-v2"
OFFERED = "Second embedder"
OFFERED_ID = "second-embedder"
WEIGHTS = "model.safetensors"
_REPOSITORY = "tests/second-embedder"


class ModelInstallation(Installation):
    """A home whose models folder is its own, and whose hub is on the loopback."""

    def __init__(self, folder: Path, hub: HubServer) -> None:
        super().__init__(folder)
        self._hub = hub
        self.paths.models.unlink()
        self.paths.models.mkdir()
        source = INSTALLED_MODELS / STARTER_ID
        shutil.copytree(source, self.paths.models / STARTER_ID)
        # The weights are those of the starter, so that what it finds can be checked.
        starter = load_registry()[STARTER_ID]
        contents = {file.path: (source / file.path).read_bytes() for file in starter.files}
        hub.add_repository(_REPOSITORY, contents)
        files = [
            ModelFile(path, len(data), hashlib.sha256(data).hexdigest()) for path, data in contents.items()
        ]
        ModelStore(self.paths.models).add_entry(
            replace(
                starter,
                id=OFFERED_ID,
                name=OFFERED,
                files=tuple(files),
                sources=(HubSource(_REPOSITORY, REVISION),),
                starter=False,
                added=True,
                note="The same again.",
            )
        )

    @property
    def environment(self) -> dict[str, str]:
        """What the browser is started with: the hub can be reached."""
        environment = {**super().environment, "HF_ENDPOINT": self._hub.url}
        del environment["AI_HISTORY_OFFLINE"]
        return environment


class ModelWorld:
    """A browser with such an installation, and what its Models section shows."""

    def __init__(self, playwright: Playwright, site: Site) -> None:
        with ExitStack() as stack:
            self.hub = stack.enter_context(HubServer())
            self.world: World = stack.enter_context(
                make_world(playwright, site, lambda folder: ModelInstallation(folder, self.hub))
            )
            self.world.browser.start()
            self.world.browser.wait_until_connected()
            self._stack = stack.pop_all()

    def __enter__(self) -> ModelWorld:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def models_folder(self) -> Path:
        return self.world.installation.paths.models

    def open_section(self) -> ModelSection:
        """The settings page with its models."""
        return ModelSection(self.world.browser.open_page("options.html"))

    def stall_download(self) -> None:
        """Let the next download stand still in the middle of its largest file."""
        size = (INSTALLED_MODELS / STARTER_ID / WEIGHTS).stat().st_size
        self.hub.fail(WEIGHTS, "stall", after=size // 2)

    def wait_for_stall(self) -> None:
        """Wait until the download stands still."""
        assert self.hub.stalled.wait(LIMIT_S), "no download came"

    def spoil_weights(self, model_id: str) -> None:
        """Change one byte of a model's largest file; its size stays."""
        path = self.models_folder / model_id / WEIGHTS
        with path.open("r+b") as stream:
            stream.seek(-1, os.SEEK_END)
            last = stream.read(1)
            stream.seek(-1, os.SEEK_END)
            stream.write(bytes([last[0] ^ 255]))


class ModelSection:
    """The Models section as a person sees it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.section = page.get_by_role("region", name="Models", exact=True)
        self.list = self.section.get_by_role("list", name="Models", exact=True)
        expect(self.card(STARTER)).to_be_visible(timeout=LIMIT_MS)

    def card(self, name: str) -> Locator:
        """One model."""
        heading = self.page.get_by_role("heading", name=name, exact=True)
        return self.list.get_by_role("listitem").filter(has=heading)

    def button(self, name: str) -> Locator:
        """A button by its whole name."""
        return self.section.get_by_role("button", name=name, exact=True)

    def expect_state(self, name: str, state: str) -> None:
        """Wait until a model is in a state, as its card says."""
        expect(self.card(name).locator('[data-part="state"]')).to_have_text(state, timeout=LIMIT_MS)

    def expect_said(self, text: str) -> None:
        """Wait until the page says something at its foot, where it is read out."""
        expect(self.page.locator("#saved")).to_have_text(text, timeout=LIMIT_MS)

    def close(self) -> None:
        """Leave the page."""
        self.page.close()
