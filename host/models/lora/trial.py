"""Trains a tiny model for a few steps and prints how fast that was: `python -m host.models.lora.trial`.

Run as a child process: a processor may announce instructions for a precision and then trap on them.
"""

from __future__ import annotations

import json
import sys
import time

WIDTH, LAYERS, TOKENS, STEPS = 384, 2, 512, 3
# Exit code when it ran and the numbers were none.
FAILED = 3


def try_training(device: str, precision: str) -> float:
    """Tokens a second of a tiny model that is trained on noise.

    Args:
        device: `cpu`, `cuda` or `mps`.
        precision: name of a floating-point type of torch.

    Raises:
        ArithmeticError: the numbers that came out are not numbers.
    """
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=256,
        hidden_size=WIDTH,
        intermediate_size=3 * WIDTH,
        num_hidden_layers=LAYERS,
        num_attention_heads=8,
        attn_implementation="eager",
    )
    model = LlamaForCausalLM(config).to(device=device, dtype=getattr(torch, precision))
    tokens = torch.randint(0, 256, (16, TOKENS // 16), device=device)
    fastest = 0.0
    for _ in range(STEPS):
        began = time.perf_counter()
        loss = model(input_ids=tokens, labels=tokens).loss
        loss.backward()
        if not bool(torch.isfinite(loss)):
            message = "the loss is no number"
            raise ArithmeticError(message)
        fastest = max(fastest, TOKENS / (time.perf_counter() - began))
    return fastest


def main(arguments: list[str]) -> int:
    """Try a device and a precision; returns the exit code."""
    device, precision = arguments
    try:
        speed = try_training(device, precision)
    # Whatever it is, it cannot be trained so here.
    except Exception as error:  # noqa: BLE001
        sys.stderr.write(f"{type(error).__name__}\n")
        return FAILED
    sys.stdout.write(json.dumps({"tokens_per_s": speed}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
