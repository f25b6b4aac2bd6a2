"""Architectures that were published as Python code and that the installed library has learnt since.

The weights stay as they are, and so do the files. The settings are said in the library's own words while they
are read, so that nobody's code has to run.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from host.core.errors import ModelUnavailable

if TYPE_CHECKING:
    from collections.abc import Container

# The name that the code of GTE gave to its architecture; nothing of the library's own is called so.
PUBLISHED = "new"
# What the settings mean in both worlds.
_SHARED = (
    "attention_probs_dropout_prob",
    "hidden_act",
    "hidden_dropout_prob",
    "hidden_size",
    "initializer_range",
    "intermediate_size",
    "layer_norm_eps",
    "max_position_embeddings",
    "num_attention_heads",
    "num_hidden_layers",
    "pad_token_id",
    "type_vocab_size",
    "vocab_size",
)
# The form of the architecture that the library has; others of its family were hardly published.
_GTE_FORM = {
    "position_embedding_type": "rope",
    "layer_norm_type": "layer_norm",
    "pack_qkv": True,
    "logn_attention_scale": False,
}


def translate_settings(
    settings: dict[str, Any], known: Container[str] | None = None
) -> dict[str, Any] | None:
    """Settings for the library's own class of an architecture that came as code.

    Args:
        settings: the content of the model's `config.json`.
        known: the architectures that the installed library has; not asked when it is None.

    Returns:
        The content of a `config.json` that loads the same weights, or None when there is no such class.
    """
    if settings.get("model_type") != PUBLISHED or (known is not None and "gte" not in known):
        return None
    if any(settings.get(name, value) != value for name, value in _GTE_FORM.items()):
        return None
    rope = _translate_rope(settings)
    if rope is None:
        return None
    shared = {name: settings[name] for name in _SHARED if name in settings}
    return {**shared, "architectures": ["GteModel"], "model_type": "gte", "rope_parameters": rope}


def is_translated(content: bytes) -> bool:
    """Whether the code that a `config.json` asks for is not needed any more."""
    try:
        settings = json.loads(content)
    except ValueError:
        return False
    return isinstance(settings, dict) and translate_settings(settings) is not None


def register_architectures() -> None:
    """Make the library read such settings from now on. For the process that loads models."""
    try:
        from transformers import AutoConfig, GteConfig
    except ImportError:
        # An older library: such a model then needs the code that it brings.
        return

    class PublishedGteConfig(GteConfig):  # type: ignore[misc]
        """Settings as they were published; what is made of them is the library's own kind."""

        model_type = PUBLISHED

        @classmethod
        def from_dict(cls, config_dict: dict[str, Any], **kwargs: Any) -> Any:
            """Read settings."""
            translated = translate_settings(config_dict)
            if translated is None:
                message = "This form of the architecture is not known."
                raise ModelUnavailable(message, fix="Choose another model.")
            return GteConfig.from_dict(translated, **kwargs)

    AutoConfig.register(PUBLISHED, PublishedGteConfig, exist_ok=True)


def _translate_rope(settings: dict[str, Any]) -> dict[str, Any] | None:
    """The angles of the positions.

    The published code stretches them as in the "NTK-aware scaling" of rotary positions (Jianlin Su, article
    9706 of Scientific Spaces): for a factor f and heads of d numbers the base is multiplied by f, and then
    every frequency is divided by f^(2/d).
    """
    base = settings.get("rope_theta", 10_000.0)
    scaling = settings.get("rope_scaling")
    if scaling is None:
        return {"rope_type": "default", "rope_theta": float(base)}
    if scaling.get("type") != "ntk" or scaling.get("mixed_b") is not None:
        return None
    factor = float(scaling["factor"])
    head = settings["hidden_size"] // settings["num_attention_heads"]
    return {"rope_type": "linear", "rope_theta": base * factor, "factor": factor ** (2 / head)}
