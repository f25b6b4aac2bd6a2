"""The process that trains an adapter: `python -m host.models.lora.training_worker`."""

from __future__ import annotations

import json
import resource
import sys
import time
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from host.core.errors import AppError, InvalidInput, ModelUnavailable, WorkerError
from host.models.cores import count_cores
from host.models.language_worker import prepare_process
from host.models.lora.base import BaseModel
from host.models.lora.checkpoints import forget_checkpoint
from host.models.lora.devices import choose_way
from host.models.lora.loop import Loop, count_steps
from host.models.lora.memory_need import Shape, estimate_memory
from host.models.lora.network import Lesson, Network
from host.models.lora.optimiser import Optimiser
from host.models.lora.options import TrainOptions
from host.models.lora.saving import save_learned
from host.models.memory import find_available
from host.workers.server import Operation, serve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from host.models.lora.tokens import Conversations
    from host.workers.messages import Header
    from host.workers.server import Report, Task

_SMALLER = "Use a smaller --batch-size, a lower --lora-r or --gradient-checkpointing, or a smaller model."


def load(_config: Header, _report: Report) -> Mapping[str, Operation]:
    """Look whether the libraries are there."""
    prepare_process()
    try:
        import peft  # noqa: F401
        import torch
    except ImportError as error:
        raise ModelUnavailable(
            "The libraries for training are not installed.",
            fix="Run: python3 -m host.install --extra finetune",
        ) from error
    torch.set_num_threads(count_cores())

    def train(header: Header, payload: bytes, task: Task) -> tuple[Header, bytes]:
        """{base, options, folder, resume, merge, force, threads}; {messages, labels, lessons, examined}."""
        return _train(header, json.loads(payload), task)

    return {"train": train}


def _train(header: Header, told: Mapping[str, Any], task: Task) -> tuple[Header, bytes]:
    began = time.monotonic()
    base, options, folder = (
        _read_base(header["base"]),
        TrainOptions(**header["options"]),
        Path(header["folder"]),
    )
    task.progress({"stage": "loading", "share": 0.0, "text": f"Loading {base.name}"})
    with _explain_memory():
        conversations = _tokenise(base, told)
        task.check_cancelled()
        network, facts = _prepare(base, options, conversations, told, task, force=header["force"])
        loop = _make_loop(_identify(base), network, options, conversations, told, folder)
        resumed = loop.resume() if header["resume"] else False
        task.progress({"stage": "loading", "share": 1.0, **facts, "resumed": resumed})
        loop.run(task.check_cancelled, task.progress)
        task.progress({"stage": "testing", "share": 0.0})
        scores = loop.score()
        save_learned(network.model, folder, merge=header["merge"])
    forget_checkpoint(folder)
    course = loop.course
    return {
        **facts,
        "took_s": round(time.monotonic() - began, 1),
        "trained_s": round(course.seconds, 1),
        "tokens_per_s": round(course.tokens / max(course.seconds, 1e-9), 1),
        "steps": loop.history[-1].step if loop.history else 0,
        "best_step": course.best_step,
        "history": [asdict(look) for look in loop.history],
        "memory": {**facts["memory"], "peak": _find_peak()},
        "shape": list(scores.shape),
    }, scores.astype(np.float64).tobytes()


def _tokenise(base: BaseModel, told: Mapping[str, Any]) -> Conversations:
    # llama.cpp first: what it holds is given back before torch loads the model.
    from host.models.lora.tokens import tokenise_folder, tokenise_gguf

    items = [*(item for item, _ in told["lessons"]), *(item for item, _ in told["examined"])]
    if base.gguf is not None:
        return tokenise_gguf(base.gguf, count_cores(), told["messages"], items, told["labels"])
    from host.models.lora.loading import load_tokenizer

    return tokenise_folder(load_tokenizer(base), told["messages"], items, told["labels"])


def _prepare(
    base: BaseModel,
    options: TrainOptions,
    conversations: Conversations,
    told: Mapping[str, Any],
    task: Task,
    *,
    force: bool,
) -> tuple[Network, Header]:
    import torch

    from host.models.lora.loading import add_adapter, check_quantised, list_devices, load_network_model
    from host.models.lora.shapes import find_shape

    task.progress({"stage": "loading", "share": 0.2, "text": "Trying what this machine can do"})
    devices = list_devices()
    check_quantised(base, devices, options.quantised)
    shape = find_shape(base, options)
    way = choose_way(devices, options.device, options.precision)
    task.check_cancelled()
    facts: Header = {
        "device": way.device,
        "precision": way.precision,
        "parameters": shape.parameters,
        "trained_parameters": shape.trained,
        "rows": len(told["lessons"]),
        "memory": {
            "estimated": _estimate(base, shape, way.precision, options, conversations),
            "available": _find_room(way.device),
        },
    }
    # Before anything large is loaded, so that there is time to say no.
    task.progress({"stage": "loading", "share": 0.4, "text": f"Loading {base.name}", **facts})
    if not force:
        _check_room(base, way.device, **facts["memory"])
    torch.manual_seed(options.seed)
    plain = load_network_model(base, device=way.device, precision=way.precision, quantised=options.quantised)
    task.check_cancelled()
    model = add_adapter(plain, options)
    network = Network(model, conversations.head, way.device, share_head=not options.gradient_checkpointing)
    return network, facts


def _estimate(
    base: BaseModel, shape: Shape, precision: str, options: TrainOptions, conversations: Conversations
) -> int:
    longest = max(map(len, conversations.items)) + max(map(len, conversations.labels))
    if options.gradient_checkpointing:
        longest += len(conversations.head)
    return estimate_memory(
        shape,
        precision=precision,
        quantised=options.quantised,
        batch_tokens=options.batch_size * longest,
        batch_rows=options.batch_size,
        checkpointing=options.gradient_checkpointing,
        unpacked=base.gguf is not None,
    )


def _check_room(base: BaseModel, device: str, *, estimated: int, available: int) -> None:
    if estimated > available:
        raise InvalidInput(
            f"Training {base.name} takes about {estimated / 1e9:.1f} GB; {available / 1e9:.1f} GB are free"
            f" on {device}.",
            fix=_SMALLER,
        )


def _make_loop(
    base: str,
    network: Network,
    options: TrainOptions,
    conversations: Conversations,
    told: Mapping[str, Any],
    folder: Path,
) -> Loop:
    border = len(told["lessons"])
    answers = [(*label, conversations.end) for label in conversations.labels]
    lessons = [
        Lesson(item, answers[label])
        for item, (_, label) in zip(conversations.items[:border], told["lessons"], strict=True)
    ]
    right = np.array([label for _, label in told["examined"]], dtype=np.int64)
    return Loop(
        network,
        Optimiser(network.trained, options, count_steps(len(lessons), options)),
        lessons,
        (conversations.items[border:], right, conversations.paths),
        options,
        folder,
        base=base,
    )


def _find_room(device: str) -> int:
    if device == "cuda":
        import torch

        return int(torch.cuda.mem_get_info()[0])
    return find_available()


def _identify(base: BaseModel) -> str:
    """Stands for the weights that are trained beside."""
    size = base.gguf.stat().st_size if base.gguf is not None else 0
    return f"{base.name} {base.architecture} {size}"


def _find_peak() -> int:
    """The most bytes that this process has held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak if sys.platform == "darwin" else peak * 1024)


def _read_base(told: Mapping[str, Any]) -> BaseModel:
    gguf, folder = told["gguf"], told["folder"]
    return BaseModel(
        told["name"],
        told["id"],
        Path(gguf) if gguf else None,
        Path(folder) if folder else None,
        told["architecture"],
    )


@contextmanager
def _explain_memory() -> Iterator[None]:
    """Say in words what torch says when there is no memory left."""
    try:
        yield
    except AppError:
        raise
    except (MemoryError, RuntimeError) as error:
        from host.models.lora.loading import is_out_of_memory

        if is_out_of_memory(error):
            raise WorkerError("There was not enough memory for the training.", fix=_SMALLER) from error
        raise


if __name__ == "__main__":
    serve(load)
