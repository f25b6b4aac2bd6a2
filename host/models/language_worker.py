"""The process of one instruction model: `python -m host.models.language_worker`."""

from __future__ import annotations

import os
import select
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from host.core.errors import ModelUnavailable
from host.models.cores import count_cores
from host.workers.server import Operation, serve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from host.models.llama_session import LlamaSession
    from host.workers.messages import Header
    from host.workers.server import Report, Task

# Enough to run every kernel that answering needs, those for many tokens at once included.
_TRIAL_TOKENS = 48


def load(config: Header, report: Report) -> Mapping[str, Operation]:
    """Load the model and return the operations.

    Args:
        config: {model_id, file, adapter, context, threads, memory, offload}.
        report: told {share}, and at the end {share, facts}.
    """
    prepare_process()
    try:
        import jinja2

        from host.models.llama_engine import LlamaEngine
        from host.models.llama_loading import LoadOptions, load_llama
        from host.models.llama_session import LlamaSession
    except ImportError as error:
        raise ModelUnavailable(
            "llama.cpp is not installed.", fix="Run python3 -m host.install again."
        ) from error
    told = 0.0

    def report_share(share: float) -> None:
        nonlocal told
        # llama.cpp says it for every tensor.
        if share - told >= 0.01:
            told = share
            report({"share": round(share, 3)})

    options = LoadOptions(
        name=config["model_id"],
        context=config.get("context"),
        threads=config.get("threads") or count_cores(),
        memory=config.get("memory") or 0,
        offload=config.get("offload", True),
        adapter=Path(config["adapter"]) if config.get("adapter") else None,
    )
    try:
        loaded = load_llama(Path(config["file"]), options, report_share, is_wanted)
    except FileNotFoundError as error:
        raise ModelUnavailable(
            f"The file of {options.name} is missing.", fix=f"Run: classify model download {options.name}"
        ) from error
    try:
        session = LlamaSession(LlamaEngine(loaded))
    except jinja2.TemplateError as error:
        raise ModelUnavailable(
            f"The chat template in the file of {options.name} cannot be understood.",
            fix="Take another conversion of the model.",
        ) from error
    # A processor may announce instructions that it then traps on. Better now than in a person's question.
    session.try_out(_TRIAL_TOKENS)
    report({"share": 1.0, "facts": asdict(loaded.facts)})
    return _operations(session)


def prepare_process() -> None:
    """Settings that llama.cpp reads from the environment. Before it is imported."""
    # An abort would start a debugger and fill the log with addresses.
    os.environ["GGML_NO_BACKTRACE"] = "1"
    # How long a thread waits for the others by looking. OpenMP's default is to look on while those wait for
    # the very processor that it holds. This is long enough to bridge what lies between two tokens, for to
    # fall asleep and be woken for each costs more.
    os.environ.setdefault("GOMP_SPINCOUNT", "20000")


def is_wanted() -> bool:
    """Whether the daemon still holds the other end of our input; asked while the model loads.

    No request is sent before that is over, so input that can be read means that it was closed.
    """
    if sys.platform == "win32":
        return True
    return not select.select([0], [], [], 0)[0]


def _operations(session: LlamaSession) -> Mapping[str, Operation]:
    # Like all that stands on llama.cpp: only once it is known to be there.
    from host.models.llama_label_batch import score_items

    def is_urgent(header: Header) -> bool:
        return header.get("lane") != "background"

    def generate(header: Header, _: bytes, task: Task) -> tuple[Header, bytes]:
        return session.generate(header, task, urgent=is_urgent(header)), b""

    def score_labels(header: Header, _: bytes, task: Task) -> tuple[Header, bytes]:
        return session.score_labels(header, task, urgent=is_urgent(header)), b""

    def score(header: Header, _: bytes, task: Task) -> tuple[Header, bytes]:
        return score_items(session, header, task, urgent=is_urgent(header))

    def count_tokens(header: Header, _: bytes, __: Task) -> tuple[Header, bytes]:
        return {"counts": session.count_tokens(header["texts"])}, b""

    return {
        "generate": generate,
        "score_labels": score_labels,
        "score_items": score,
        "count_tokens": count_tokens,
    }


if __name__ == "__main__":
    serve(load)
