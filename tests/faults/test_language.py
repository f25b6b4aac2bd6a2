"""Deaths of an instruction model's process, and of the one that it belongs to."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

import psutil
import pytest

from host.core.errors import WorkerDied
from host.models.language import InstructionModel, LanguageModel, Message
from host.models.tiny_gguf import write_tiny_gguf
from tests.makers import wait_until
from tests.processes import ROOT, has_ended

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.model
QUESTION = [Message("user", "hello")]
ENDLESS = "root ::= [a-z] root"
# What a daemon would do, in as few lines.
OWNER = """
import sys
from pathlib import Path
from host.models.language import InstructionModel, LanguageModel, Message
model = LanguageModel(InstructionModel("tiny", Path(sys.argv[1]), 512), threads=1)
def say(_):
    print(model.worker.pid, flush=True)
while True:
    model.generate([Message("user", "hello")], max_tokens=400, grammar="root ::= [a-z] root", on_text=say)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write_tiny_gguf(tmp_path / "tiny.gguf")
    return tmp_path / "tiny.gguf"


def kill_while_it_answers(model: LanguageModel, process: psutil.Process) -> None:
    model.generate(QUESTION, max_tokens=400, grammar=ENDLESS, on_text=lambda _: process.kill())


def test_each_death_is_an_error_and_each_next_request_works_or_says_when(file: Path) -> None:
    model = LanguageModel(InstructionModel("tiny", file, 512), threads=1)
    try:
        for death in range(2):
            assert model.generate(QUESTION, max_tokens=2).prompt_tokens > 0
            process = psutil.Process(model.worker.pid)
            with pytest.raises(WorkerDied, match=r"The language model tiny stopped \(signal 9\)"):
                kill_while_it_answers(model, process)
            wait_until(partial(has_ended, process), "no process is left")
            assert model.worker.restarts == death + 1
        # After the second death it rests, and says so at once.
        assert model.resting
        with pytest.raises(WorkerDied, match="tiny"):
            model.generate(QUESTION, max_tokens=2)
        wait_until(lambda: not model.resting, "it has rested")
        assert model.generate(QUESTION, max_tokens=2).prompt_tokens > 0
    finally:
        model.close()


def test_the_process_dies_with_the_one_it_belongs_to_also_while_it_computes(file: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(file)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as owner:
        assert owner.stdout is not None
        process = psutil.Process(int(owner.stdout.readline()))
        assert process.is_running()
        owner.kill()
    wait_until(lambda: has_ended(process), "no process is left")
