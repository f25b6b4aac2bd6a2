"""`llama_cpp.Llama` as it is and nothing of ours, for measurements."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from host.workers.server import Operation, serve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from host.workers.messages import Header
    from host.workers.server import Report, Task


def load(config: Header, _report: Report) -> Mapping[str, Operation]:
    """Load the model; config: {file, context, threads, layers}."""
    import llama_cpp
    from llama_cpp.llama_chat_format import Jinja2ChatFormatter

    llama = llama_cpp.Llama(
        config["file"],
        n_ctx=config["context"],
        n_batch=512,
        n_threads=config["threads"],
        n_threads_batch=config["threads"],
        n_gpu_layers=config["layers"],
        flash_attn=True,
        verbose=False,
    )
    write = Jinja2ChatFormatter(
        llama.metadata["tokenizer.chat_template"],
        eos_token=llama.detokenize([llama.token_eos()], special=True).decode("utf-8"),
        bos_token=llama.detokenize([llama.token_bos()], special=True).decode("utf-8"),
    )

    def generate(header: Header, _: bytes, __: Task) -> tuple[Header, bytes]:
        """Answer from nothing; says when the first token was there, and the last."""
        llama.reset()
        began = time.perf_counter()
        text = write(messages=header["messages"]).prompt
        prompt = llama.tokenize(text.encode("utf-8"), add_bos=False, special=True)
        first, count = 0.0, 0
        for token in llama.generate(prompt, temp=0.0):
            if token == llama.token_eos():
                break
            llama.detokenize([token])
            count += 1
            first = first or time.perf_counter()
            if count == header["max_tokens"]:
                break
        ended = time.perf_counter()
        return {
            "prompt_tokens": len(prompt),
            "prompt_s": first - began,
            "generated_tokens": count,
            "generation_s": ended - first,
        }, b""

    return {"generate": generate}


if __name__ == "__main__":
    serve(load)
