"""What llama.cpp computes when it is asked directly: `python -m tests.models.plain_llama`.

Reads {file, messages, labels} as JSON and prints the log probability of each label behind the prompt.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CONTEXT = 512


def score_plainly(file: Path, messages: Sequence[dict[str, str]], labels: Sequence[str]) -> list[float]:
    """The natural logarithm of the probability of each label, computed in a process of its own."""
    asked = json.dumps({"file": str(file), "messages": list(messages), "labels": list(labels)})
    done = subprocess.run(
        [sys.executable, "-m", "tests.models.plain_llama"],
        input=asked,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    scores: list[float] = json.loads(done.stdout.splitlines()[-1])
    return scores


def main() -> None:
    """Answer what stands on standard input."""
    import llama_cpp
    import numpy as np
    from llama_cpp.llama_chat_format import Jinja2ChatFormatter

    asked: dict[str, Any] = json.load(sys.stdin)
    llama = llama_cpp.Llama(
        asked["file"], n_ctx=CONTEXT, logits_all=True, n_threads=1, flash_attn=True, verbose=False
    )

    def read(token: int) -> str:
        return llama.detokenize([token], special=True).decode("utf-8") if token >= 0 else ""

    def tokenise(text: str) -> list[int]:
        return [int(token) for token in llama.tokenize(text.encode("utf-8"), add_bos=False, special=True)]

    write = Jinja2ChatFormatter(
        llama.metadata["tokenizer.chat_template"],
        eos_token=read(llama.token_eos()),
        bos_token=read(llama.token_bos()),
    )
    text = write(messages=asked["messages"]).prompt
    prompt = tokenise(text)
    scores = []
    for label in asked["labels"]:
        whole = tokenise(text + label)
        assert whole[: len(prompt)] == prompt
        llama.reset()
        llama.eval(whole)
        rows = llama.scores[len(prompt) - 1 : len(whole) - 1].astype(np.float64)
        rows -= rows.max(axis=1, keepdims=True)
        shares = rows - np.log(np.exp(rows).sum(axis=1, keepdims=True))
        scores.append(float(shares[np.arange(len(rows)), whole[len(prompt) :]].sum()))
    llama.close()
    sys.stdout.write(json.dumps(scores) + "\n")


if __name__ == "__main__":
    main()
