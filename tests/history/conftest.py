"""A reader that needs no process, an embedder that needs no model, and an indexer between two models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.history.model_changes import PAGES, add_pages, make_indexer, work_dry
from tests.history.stand_ins import InstantReader, Models, WordEmbedder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from host.history.indexing import Indexer
    from host.history.profiles import Profile, Profiles


@pytest.fixture
def reader() -> InstantReader:
    """Reads at once, or when it is told to."""
    return InstantReader()


@pytest.fixture
def embedder() -> WordEmbedder:
    """Makes vectors of words."""
    return WordEmbedder()


@pytest.fixture
def models() -> Models:
    """Three models; the first is wanted."""
    made = Models(old=64, new=96, third=32)
    made.want("old")
    return made


@pytest.fixture
def changing(profiles: Profiles, profile: Profile, models: Models) -> Iterator[Indexer]:
    """An indexer that has made the vectors of some pages with the first model."""
    made = make_indexer(profiles, models)
    made.prepare(profile)
    add_pages(profile, range(PAGES))
    work_dry(made)
    models.installed["old"].texts.clear()
    yield made
    made.stop()
