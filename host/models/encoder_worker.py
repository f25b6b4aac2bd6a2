"""The process that holds embedding models, cross-encoders and entailment models.

`python -m host.models.encoder_worker`. Loading has a lane of its own: what is loaded goes on answering.
"""

from __future__ import annotations

import ctypes
import gc
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from host.core.errors import AppError, ModelUnavailable, NotFound
from host.models.architectures import register_architectures
from host.models.cores import count_cores
from host.models.encoder_files import check_code, check_folder, needs_code
from host.models.memory import find_available
from host.workers.server import Operation, serve

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from host.workers.messages import Header
    from host.workers.server import Report, Task

# Where the library puts a copy of the code that a model brings; with the number of the process behind it.
_CODE_FOLDER = "ai-history-code-"


def load(config: Header, _report: Report) -> Mapping[str, Operation]:
    """Import the libraries and return the operations.

    Args:
        config: {threads}: how many to compute with; null for as many as there are cores.
    """
    code = _prepare_environment()
    try:
        import sentence_transformers  # noqa: F401 - takes seconds, which no request should wait for
        import torch
    except ImportError as error:
        message = "The library for embedding models is not installed."
        raise ModelUnavailable(message, fix="Run python3 -m host.install again.") from error
    register_architectures()
    torch.set_num_threads(int(config.get("threads") or count_cores()))
    shelf = _Shelf(_choose_device(torch), torch, code)
    return {
        "look": shelf.look,
        "load": shelf.load,
        "unload": shelf.unload,
        "embed": shelf.embed,
        "score": shelf.score,
        "entail": shelf.entail,
    }


class _Shelf:
    """The models that are loaded."""

    def __init__(self, device: str, torch: Any, code: Path) -> None:
        self._device = device
        self._torch = torch
        self._code = code
        self._models: dict[str, Any] = {}

    def look(self, _: Header, __: bytes, ___: Task) -> tuple[Header, bytes]:
        """Where this process computes, and the memory that is left there."""
        return {
            "device": self._device,
            "threads": self._torch.get_num_threads(),
            "available": self._available(),
            "resident": psutil.Process().memory_info().rss,
        }, b""

    def load(self, header: Header, _: bytes, __: Task) -> tuple[Header, bytes]:
        """Load {model_id, folder, kind, max_tokens, remote_code}, in place of an older one of that name."""
        from host.models.encoder_kinds import KINDS

        model_id, folder = header["model_id"], Path(header["folder"])
        self._drop(model_id)
        check_folder(model_id, folder)
        with_code = needs_code(folder, _list_architectures())
        if with_code and not header["remote_code"]:
            raise ModelUnavailable(
                f"{model_id} brings Python code of its own, which is not run unless you allow it.",
                fix=f"Look at it, then run: ai-history model download {model_id} --allow-remote-code NAME",
            )
        if with_code:
            check_code(model_id, folder)
        before = self._used()
        try:
            model = self._read(KINDS[header["kind"]], folder, int(header["max_tokens"]), with_code)
            model.warm()
        except AppError as error:
            raise type(error)(f"{model_id}: {error.message}", fix=error.fix) from error
        except Exception as error:
            raise _explain(model_id, error) from error
        self._models[model_id] = model
        facts = {"device": self._device, "threads": self._torch.get_num_threads(), "pid": os.getpid()}
        return {**facts, "memory": max(0, self._used() - before), **model.describe()}, b""

    def unload(self, header: Header, _: bytes, __: Task) -> tuple[Header, bytes]:
        """Let go of {model_id} and give its memory back."""
        return {"unloaded": self._drop(header["model_id"])}, b""

    def embed(self, header: Header, _: bytes, task: Task) -> tuple[Header, bytes]:
        """Vectors of {texts} as float32, row after row; {fast}: by integers."""
        made = self._find(header).embed(header["texts"], task, fast=bool(header.get("fast")))
        return {"count": made.shape[0], "dimensions": made.shape[1]}, made.tobytes()

    def score(self, header: Header, _: bytes, task: Task) -> tuple[Header, bytes]:
        """How well each of {texts} answers {query}, as float32."""
        return {}, self._find(header).score(header["query"], header["texts"], task).tobytes()

    def entail(self, header: Header, _: bytes, task: Task) -> tuple[Header, bytes]:
        """Whether {text} entails each of {hypotheses}, as float32 in three columns."""
        return {}, self._find(header).entail(header["text"], header["hypotheses"], task).tobytes()

    def _find(self, header: Header) -> Any:
        model = self._models.get(header["model_id"])
        if model is None:
            raise NotFound(f"{header['model_id']} is not loaded.")
        return model

    def _read(self, kind: Any, folder: Path, max_tokens: int, with_code: bool) -> Any:
        if not with_code:
            return kind(folder, self._device, max_tokens, remote_code=False)
        try:
            return kind(folder, self._device, max_tokens, remote_code=True)
        finally:
            shutil.rmtree(self._code, ignore_errors=True)

    def _drop(self, model_id: str) -> bool:
        if self._models.pop(model_id, None) is None:
            return False
        gc.collect()
        if self._device == "cuda":
            self._torch.cuda.empty_cache()
        _trim()
        return True

    def _available(self) -> int:
        if self._device == "cuda":
            return int(self._torch.cuda.mem_get_info()[0])
        return find_available()

    def _used(self) -> int:
        if self._device == "cuda":
            return int(self._torch.cuda.memory_allocated())
        return int(psutil.Process().memory_info().rss)


def _prepare_environment() -> Path:
    """Nothing is fetched; code that a model brings is copied to a place of this process only."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TRANSFORMERS_OFFLINE"] = "1"
    _remove_left_code()
    # The name cannot be guessed, and the folder comes into being only when it is needed.
    place = Path(tempfile.mkdtemp(prefix=f"{_CODE_FOLDER}{os.getpid()}-"))
    place.rmdir()
    os.environ["HF_MODULES_CACHE"] = str(place)
    return place


def _remove_left_code() -> None:
    """Delete what processes left that were killed while they loaded a model with code of its own."""
    for place in Path(tempfile.gettempdir()).glob(f"{_CODE_FOLDER}*-*"):
        owner = place.name.removeprefix(_CODE_FOLDER).split("-")[0]
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(place, ignore_errors=True)


def _choose_device(torch: Any) -> str:
    if torch.cuda.is_available():
        return "cuda"
    if sys.platform == "darwin" and torch.backends.mps.is_available():
        return "mps"
    return "cpu"


def _list_architectures() -> Container[str]:
    """What the library can load with its own code."""
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    return CONFIG_MAPPING  # type: ignore[no-any-return]


def _explain(model_id: str, error: Exception) -> AppError:
    """What went wrong, in words without paths or text."""
    if isinstance(error, MemoryError) or "memory" in str(error).lower():
        return ModelUnavailable(
            f"There was not enough memory to load {model_id}.",
            fix="Try a smaller model or close other applications.",
        )
    if isinstance(error, ImportError):
        return ModelUnavailable(
            f"{model_id} needs the Python package {error.name or 'that its files name'}, which is missing.",
            fix="Choose another model, or install that package.",
        )
    return ModelUnavailable(
        f"The files of {model_id} cannot be read ({type(error).__name__}).",
        fix=f"Run: ai-history model download {model_id}; what is damaged is fetched again.",
    )


def _trim() -> None:
    """Give freed memory back to the system, which the C library of Linux does only when it is asked."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


if __name__ == "__main__":
    serve(load)
