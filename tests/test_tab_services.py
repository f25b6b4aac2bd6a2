"""Engines of tabs by the models that are installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.core.errors import ModelUnavailable, NotFound
from host.model_services import ModelServices
from host.tab_services import TabEngines
from host.tabs.analysis import Analysis
from host.tabs.exchange import Tab
from tests.tabs.engine_world import read_defaults

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from host.core.paths import Paths

PATIENCE_S = 120.0
TAB = Tab(1, "https://github.com/numpy/numpy/pulls", "Pull requests")


@pytest.fixture
def engines(home: Paths) -> Iterator[TabEngines]:
    models = ModelServices(home, on_change=lambda: False, serving=frozenset, may_measure=lambda: False)
    analysis = Analysis()
    made = TabEngines(models, analysis, home.models)
    yield made
    made.close()
    analysis.close()
    models.close()


def test_without_a_model_words_rate_and_what_was_asked_for_by_name_is_refused(engines: TabEngines) -> None:
    for name in (None, "words"):
        with engines.lend(name) as engine:
            assert (engine.kind, engine.model_id) == ("words", "words")
    assert engines.find_embedding(wait_s=0.0, lane="interactive") is None
    assert engines.find_stamp() is None
    for kind in ("embedding", "nli", "instruction"):
        with pytest.raises(ModelUnavailable, match=f"type {kind}"), engines.lend(kind):
            pass
    with pytest.raises(NotFound), engines.lend("all-minilm-l6-v2"):
        pass
    with pytest.raises(NotFound), engines.lend("no-such-model"):
        pass


@pytest.mark.model
def test_each_kind_and_each_name_has_its_engine(models: Path, engines: TabEngines) -> None:
    assert models.is_dir()
    stamp = engines.find_stamp()
    assert stamp is not None
    assert "untaught" not in stamp
    for name, kind in (
        (None, "embedding"),
        ("embedding", "embedding"),
        ("all-minilm-l6-v2", "embedding"),
        ("words", "words"),
        ("smollm2-135m-instruct", "instruction"),
        ("instruction", "instruction"),
    ):
        with engines.lend(name, wait_s=PATIENCE_S) as engine:
            assert engine.kind == kind
            assert engine.rate([TAB], read_defaults()).shape == (1, 8)
    embedding = engines.find_embedding(wait_s=PATIENCE_S, lane="interactive")
    assert embedding is not None
    assert embedding.model_id == "all-minilm-l6-v2"
    with pytest.raises(ModelUnavailable, match="type nli"), engines.lend("nli"):
        pass
