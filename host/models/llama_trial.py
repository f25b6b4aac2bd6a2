"""Evaluates a few tokens with llama.cpp and prints what happened as one line of JSON.

Run it as a child process (`python -m host.models.llama_trial [MODEL.gguf]`): a build that uses an
instruction which this processor traps is killed by a signal in the middle of it, after a load that
looked fine. Without a model it writes a tiny one of its own.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

from host.models.tiny_gguf import write_tiny_gguf

PROMPT_TOKENS = 96
GENERATED_TOKENS = 4
# Exit code of a build that was tried and is no good; any other failure is not the build's.
EVALUATION_FAILED = 3


def try_llama(model: Path) -> dict[str, object]:
    """Evaluate a prompt and generate a few tokens.

    Args:
        model: a GGUF file.

    Returns:
        version, system (what llama.cpp says it was built for), and the prompt tokens a second.

    Raises:
        ArithmeticError: the numbers that came out are not numbers.
    """
    import llama_cpp
    import numpy as np

    llama = llama_cpp.Llama(
        str(model), n_ctx=256, n_batch=128, n_gpu_layers=-1, logits_all=False, verbose=False, seed=1
    )
    try:
        started = time.perf_counter()
        llama.eval([1 + at % 200 for at in range(PROMPT_TOKENS)])
        took = time.perf_counter() - started
        for _ in range(GENERATED_TOKENS):
            llama.eval([llama.sample(temp=0.0)])
        logits = np.ctypeslib.as_array(llama_cpp.llama_get_logits(llama.ctx), (llama.n_vocab(),))
        if not bool(np.isfinite(logits).all()) or float(np.ptp(logits)) == 0.0:
            raise ArithmeticError("llama.cpp computed numbers that are not numbers")
        return {
            "version": llama_cpp.__version__,
            "system": llama_cpp.llama_print_system_info().decode("utf-8"),
            "prompt_tokens_per_second": round(PROMPT_TOKENS / took),
        }
    finally:
        llama.close()


def main(arguments: list[str]) -> int:
    """Try the model named, or a tiny one; returns the exit code."""
    # llama.cpp prints from C: standard output carries our one line and nothing else.
    wire = os.dup(1)
    os.dup2(2, 1)
    with tempfile.TemporaryDirectory(prefix="ai-history-trial-") as folder:
        model = Path(arguments[0]) if arguments else Path(folder) / "tiny.gguf"
        if not arguments:
            write_tiny_gguf(model)
        try:
            report = try_llama(model)
        # Whatever it is, this build does not evaluate here.
        except Exception as error:  # noqa: BLE001
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            return EVALUATION_FAILED
    with os.fdopen(wire, "w", encoding="utf-8") as output:
        output.write(json.dumps(report) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
