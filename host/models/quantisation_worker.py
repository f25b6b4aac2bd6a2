"""The process that makes and measures forms of a model: `python -m host.models.quantisation_worker`."""

from __future__ import annotations

import ctypes
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from host.core.errors import ModelUnavailable
from host.models.cores import count_cores
from host.models.language_worker import prepare_process
from host.models.quality_text import QUALITY_TEXT
from host.workers.server import Operation, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from host.models.llama_engine import LlamaEngine
    from host.workers.messages import Header
    from host.workers.server import Report, Task

CONTEXT = 1024
# Enough for a steady figure, few enough for a model that reads ten tokens a second.
QUALITY_TOKENS, PROMPT_TOKENS, GENERATED_TOKENS = 320, 256, 24
# Rounds in which every form is measured once, and how long to go on with them.
_ROUNDS, _LEAST_ROUNDS, _PATIENCE_S = 9, 2, 120.0


def load(config: Header, _report: Report) -> Mapping[str, Operation]:
    """Prepare; a model is loaded with the first measurement, or written to a file and never loaded.

    Args:
        config: {threads}.
    """
    prepare_process()
    try:
        import llama_cpp  # noqa: F401
    except ImportError as error:
        raise ModelUnavailable(
            "llama.cpp is not installed.", fix="Run python3 -m host.install again."
        ) from error
    threads = config.get("threads") or count_cores()
    engines: dict[str, LlamaEngine] = {}

    def open_engine(file: str) -> LlamaEngine:
        from host.models.llama_engine import LlamaEngine
        from host.models.llama_loading import LoadOptions, load_llama

        if file not in engines:
            options = LoadOptions(Path(file).name, CONTEXT, threads, offload=False)
            engines[file] = LlamaEngine(load_llama(Path(file), options))
        return engines[file]

    def make(header: Header, _: bytes, __: Task) -> tuple[Header, bytes]:
        return make_form(Path(header["source"]), Path(header["target"]), header["form"], threads), b""

    def compare(header: Header, _: bytes, task: Task) -> tuple[Header, bytes]:
        return compare_quality(open_engine(header["file"]), Path(header["reference"]), task), b""

    def clock(header: Header, _: bytes, task: Task) -> tuple[Header, bytes]:
        def measure(file: str) -> tuple[float, float]:
            speed = measure_speed(open_engine(file), task)
            if not header["together"]:
                engines.pop(file).close()
            return speed

        return {"speeds": measure_side_by_side(header["files"], measure)}, b""

    return {"make": make, "compare": compare, "clock": clock}


def make_form(source: Path, target: Path, form: int, threads: int) -> Header:
    """Write a model in another quantisation.

    Args:
        source: GGUF.
        target: written anew.
        form: llama.cpp's number for the kind of file.
        threads: to compute with.

    Raises:
        ModelUnavailable: llama.cpp cannot write this model so.
    """
    import llama_cpp

    from host.models.llama_log import take_log

    take_log()
    params = llama_cpp.llama_model_quantize_default_params()
    params.ftype = form
    params.nthread = threads
    params.allow_requantize = True
    began = time.perf_counter()
    code = llama_cpp.llama_model_quantize(
        str(source).encode("utf-8"), str(target).encode("utf-8"), ctypes.byref(params)
    )
    if code != 0:
        raise ModelUnavailable("llama.cpp cannot write the model in this form.")
    return {"took_s": time.perf_counter() - began, "size": target.stat().st_size}


def compare_quality(engine: LlamaEngine, reference: Path, task: Task) -> Header:
    """How far a form's expectations are from the original's, over a fixed text.

    Args:
        engine: with the form.
        reference: file with the original's log probabilities; written when it is not there.
        task: looked at between pieces.

    Returns:
        {divergence: mean Kullback-Leibler divergence in nats; agreement: share of places where both expect
        the same token most; loss: mean negative log probability of the text itself, in nats}.
    """
    tokens = engine.tokenise(QUALITY_TEXT, special=False, begin=True)[:QUALITY_TOKENS]

    def check() -> bool:
        task.check_cancelled()
        return False

    task.on_cancel(engine.loaded.abort.set)
    found = engine.evaluate_all(tokens, check)
    for place in range(len(found)):
        found[place] -= _log_of_sum(found[place])
    if not reference.exists():
        np.save(reference, found)
    original: NDArray[np.float32] = np.load(reference, mmap_mode="r")
    divergences = [
        float(np.sum(np.exp(ours, dtype=np.float64) * (ours.astype(np.float64) - theirs)))
        for ours, theirs in zip(original, found, strict=True)
    ]
    return {
        "divergence": max(0.0, float(np.mean(divergences))),
        "agreement": float(np.mean(original.argmax(axis=1) == found.argmax(axis=1))),
        "loss": -float(np.mean(found[np.arange(len(tokens) - 1), tokens[1:]])),
    }


def measure_speed(engine: LlamaEngine, task: Task) -> tuple[float, float]:
    """Tokens a second for a prompt and for an answer."""
    tokens = engine.tokenise(QUALITY_TEXT, special=False, begin=True)[: PROMPT_TOKENS + GENERATED_TOKENS]
    head, tail = tokens[:-GENERATED_TOKENS], tokens[-GENERATED_TOKENS:]
    slot = engine.slots[0]

    def check() -> bool:
        task.check_cancelled()
        return False

    task.on_cancel(engine.loaded.abort.set)
    engine.forget(slot)
    began = time.perf_counter()
    engine.evaluate(slot, head, check)
    read = time.perf_counter()
    for count in range(1, len(tail) + 1):
        engine.evaluate(slot, head + tail[:count], check)
    return len(head) / (read - began), len(tail) / (time.perf_counter() - read)


def measure_side_by_side(
    files: Sequence[str], measure: Callable[[str], tuple[float, float]]
) -> list[tuple[float, float]]:
    """The speeds of several forms, the first being what the others are held against.

    Other programs slow down all forms of a round alike, so what counts is a form beside the first in the same
    round, in the median over the rounds.

    Args:
        files: of the forms.
        measure: one measurement of one of them.

    Returns:
        for each its tokens a second for a prompt and for an answer, as of an undisturbed moment.
    """
    began = time.monotonic()
    rounds: list[NDArray[np.float64]] = []
    for number in range(_ROUNDS):
        if number >= _LEAST_ROUNDS and time.monotonic() - began > _PATIENCE_S:
            break
        rounds.append(np.array([measure(file) for file in files]))
    found = np.array(rounds)
    beside_first = np.median(found / found[:, :1], axis=0)
    speeds = found[:, 0].max(axis=0) * beside_first
    return [(float(prompt), float(answer)) for prompt, answer in speeds]


def _log_of_sum(row: NDArray[np.float32]) -> float:
    top = float(row.max())
    return top + float(np.log(np.sum(np.exp(row - top, dtype=np.float64))))


if __name__ == "__main__":
    serve(load)
