"""Numbers that a model of somebody else's code computes when it is made.

Since version 5 transformers makes a model without numbers, reads those that are stored with it, and leaves it
to the model to compute the rest once more. Its own models do. Published code that is older does not know that
it has to, and then reckons with whatever the memory held.
"""

from __future__ import annotations

from typing import Any


def restore_buffers(model: Any) -> int:
    """Compute again what is not stored with a model.

    Args:
        model: a torch module; every transformers model in it is looked at.

    Returns:
        How many buffers there were.
    """
    from transformers import PreTrainedModel
    from transformers.initialization import no_init_weights

    found = 0
    for inner in [one for one in model.modules() if isinstance(one, PreTrainedModel)]:
        lost = dict(inner.named_non_persistent_buffers())
        if not lost:
            continue
        with no_init_weights():
            fresh = dict(type(inner)(inner.config).named_non_persistent_buffers())
        for name, buffer in lost.items():
            if name in fresh:
                owner, _, attribute = name.rpartition(".")
                value = fresh[name].to(device=buffer.device, dtype=fresh[name].dtype)
                inner.get_submodule(owner).register_buffer(attribute, value, persistent=False)
                found += 1
    return found
