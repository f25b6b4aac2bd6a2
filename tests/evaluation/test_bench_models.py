from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from host.core.errors import InvalidInput, NotFound
from host.evaluation.bench.models import bench_models

if TYPE_CHECKING:
    from pathlib import Path

STARTERS = ("all-minilm-l6-v2", "smollm2-135m-instruct")
FILES = {
    "src/engine/valve.py": "class Valve:\n    def open(self):\n        return self.turn(90)\n",
    "src/engine/pump.js": "export function pump (water) {\n  return water * 2\n}\n",
    "README.md": "# Waterworks\n\nThis package moves water. Install it and read on.\n",
    "docs/first-steps.txt": "# First steps\n\nBegin with the valve, then start the pump.\n",
    "tests/test_valve.py": "import pytest\n\ndef test_it_opens():\n    assert Valve().open()\n",
    "Makefile": "all: waterworks\n\nwaterworks: valve.o pump.o\n\t$(CC) -o $@ $^\n",
    "data/levels.csv": "day,level\n2020-01-01,3.2\n2020-01-02,3.4\n",
    "LICENSE": "Permission is hereby granted, free of charge, to any person\n",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "waterworks"
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


# The daemon outlives by design the object that started it; the measurement ends it over the wire.
_ENDED_OVER_THE_WIRE = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.mark.model
@_ENDED_OVER_THE_WIRE
@pytest.mark.usefixtures("models")
@pytest.mark.parametrize("model", STARTERS)
def test_a_starter_tells_the_files_of_a_small_project_apart(tree: Path, model: str) -> None:
    (report,) = bench_models(lambda *_: None, models=[model], folders=[tree])
    assert report.quality.files == len(FILES)
    # One in six kinds by chance.
    assert report.quality.accuracy >= 0.75
    assert 0 < report.mean_ms <= report.p95_ms * 2
    assert report.memory
    assert (report.tokens_per_s is not None) == (report.type == "instruction")
    assert json.loads(json.dumps(report.to_json()))["cost_per_1000"] == 0.0


@_ENDED_OVER_THE_WIRE
def test_a_model_that_is_not_installed_is_said_with_the_command_for_it(tree: Path) -> None:
    with pytest.raises(NotFound) as found:
        bench_models(lambda *_: None, models=["bge-m3"], folders=[tree])
    assert found.value.fix == "Run: classify model download bge-m3"


def test_a_folder_without_files_that_say_what_they_are_is_refused(tmp_path: Path) -> None:
    (tmp_path / "strange.xyz").write_text("nothing is known of this file", encoding="utf-8")
    with pytest.raises(InvalidInput, match="no file whose path says"):
        bench_models(lambda *_: None, folders=[tmp_path])
