"""An installed model with a random adapter, as peft computes it: `python -m tests.models.lora.peft_smollm`.

Takes the GGUF file, a folder, and the spread of the adapter's weights. Writes the adapter, the tokens of a
text, and the logits with and without it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

TOKENS = 96


def main() -> None:
    """Write everything."""
    import peft
    import torch
    import transformers

    from host.models.quality_text import QUALITY_TEXT

    file, folder, spread = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
    place, name = str(file.parent), file.name
    tokenizer = transformers.AutoTokenizer.from_pretrained(place, gguf_file=name)
    tokens = tokenizer(QUALITY_TEXT, return_tensors="pt").input_ids[:, :TOKENS]
    np.save(folder / "tokens.npy", tokens[0].numpy())
    model = transformers.AutoModelForCausalLM.from_pretrained(
        place, gguf_file=name, dtype=torch.float32
    ).eval()
    options = peft.LoraConfig(r=8, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM")
    torch.manual_seed(1)
    with torch.no_grad():
        np.save(folder / "base.npy", model(tokens).logits[0].numpy())
        adapted = peft.get_peft_model(model, options).eval()
        for key, weight in adapted.named_parameters():
            if "lora_B" in key:
                weight.copy_(torch.randn_like(weight) * spread)
        np.save(folder / "adapted.npy", adapted(tokens).logits[0].numpy())
    adapted.save_pretrained(folder / "adapter")


if __name__ == "__main__":
    main()
