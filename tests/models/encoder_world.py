"""Encoder processes with tiny models, some of which do what a test tells them."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil

from host.core.errors import AppError
from host.models.encoder_places import EncoderSpec
from host.models.encoders import EncoderProcess
from tests.tiny_models import write_code

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

WAIT_S = 90.0


class Gate:
    """Holds whoever reads it, in another process, until it is opened."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = path
        self._held: int | None = None

    @property
    def statement(self) -> str:
        """Python that waits here."""
        return f"open({str(self.path)!r}).read()"

    def meet(self) -> bool:
        """Whether someone has come; they stay until `open`."""
        if self._held is None:
            try:
                self._held = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                return False
        return True

    def open(self) -> None:
        """Let them through."""
        if self._held is not None:
            os.close(self._held)
            self._held = None


class Models:
    """A process and the tiny models for it."""

    def __init__(self, tiny: dict[str, Path], folder: Path) -> None:
        self.tiny = tiny
        self.folder = folder
        self.now = 0.0
        self._stack = ExitStack()

    def start(self, limit: int = 3) -> EncoderProcess:
        process = EncoderProcess(limit=limit, clock=lambda: self.now)
        self._stack.callback(process.close)
        return process

    def spec(self, model_id: str = "bert", maker: str = "bert_embedder", **values: Any) -> EncoderSpec:
        return EncoderSpec(model_id, self.tiny[maker], values.pop("kind", "embedding"), **values)

    def gate(self) -> Gate:
        made = Gate(self.folder / "gate")
        self._stack.callback(made.open)
        return made

    def with_code(self, **statements: str) -> EncoderSpec:
        """A model whose own code does this."""
        # The library keeps a module for each name of a folder: tests that share a process need their own.
        folder = self.folder / f"{self.folder.name}-code"
        shutil.copytree(self.tiny["remote_code_embedder"], folder)
        write_code(folder, **statements)
        return EncoderSpec("with-code", folder, "embedding", remote_code=True)

    def close(self) -> None:
        self._stack.close()


def embed(process: EncoderProcess, spec: EncoderSpec, *texts: str, **options: Any) -> NDArray[np.float32]:
    """Vectors of texts, a row each."""
    header, data = process.request(
        spec, "embed", {"texts": list(texts) or ["tea"]}, timeout=WAIT_S, **options
    )
    return np.frombuffer(data, dtype=np.float32).reshape(header["count"], -1)


def names(process: EncoderProcess) -> set[str]:
    """The models in memory."""
    return {one.model_id for one in process.loaded()}


def begin(run: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    """Run it in a thread; what it returned or raised is in the list when the thread has ended."""
    outcome: list[object] = []

    def keep() -> None:
        try:
            outcome.append(run())
        except AppError as error:
            outcome.append(error)

    thread = threading.Thread(target=keep)
    thread.start()
    return thread, outcome


def kill(process: EncoderProcess, number: int = signal.SIGKILL) -> psutil.Process:
    """End the process as the system does."""
    pid = process.worker.pid
    assert pid is not None
    victim = psutil.Process(pid)
    os.kill(pid, number)
    return victim
