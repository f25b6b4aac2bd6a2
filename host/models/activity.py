"""What a model is doing, as far as a person wants to know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.core.errors import ModelUnavailable

if TYPE_CHECKING:
    from host.models.encoder import Encoder
    from host.models.language import LanguageModel
    from host.workers.client import State


@dataclass(frozen=True)
class Activity:
    """What a model's process is doing.

    Attributes:
        state: as of its process.
        share: of the loading that is done, 0 to 1, None when it is not loading or cannot tell.
        device: `cpu`, `cuda` or `metal`, once it is loaded.
        layers_on_device: of `layers`, those that really are on the accelerator.
        resident: bytes that it holds in memory.
        idle_s: seconds since it was last used.
        reason: why it failed, or what of it did.
    """

    state: State
    share: float | None = None
    device: str | None = None
    layers_on_device: int | None = None
    layers: int | None = None
    context: int | None = None
    threads: int | None = None
    resident: int | None = None
    idle_s: float | None = None
    reason: str | None = None
    fix: str | None = None


def describe_encoder(encoder: Encoder) -> Activity:
    """What an embedding model, a cross-encoder or an entailment model is doing."""
    for held in encoder.process.loaded():
        if held.model_id == encoder.model_id:
            return Activity(
                state="ready",
                device=held.device,
                threads=held.threads,
                resident=held.memory,
                idle_s=held.idle_s,
            )
    failure = encoder.failure if encoder.state == "failed" else None
    return Activity(
        state=encoder.state,
        reason=failure.message if failure else None,
        fix=failure.fix if failure else None,
    )


def describe_language(model: LanguageModel, idle_s: float | None) -> Activity:
    """What an instruction model is doing; `idle_s` seconds ago it was last used."""
    failure = model.failure if model.state == "failed" else None
    facts = model.describe() if model.state == "ready" else None
    if facts is not None and facts.adapter_failure:
        failure = ModelUnavailable(
            f"{facts.adapter_failure} The model answers without it.",
            fix=f"Remove it: classify model remove {model.model_id}",
        )
    return Activity(
        state=model.state,
        share=model.load_share if model.state == "starting" else None,
        device=facts.device if facts else None,
        layers_on_device=facts.layers_on_device if facts else None,
        layers=facts.layers if facts else None,
        context=facts.context if facts else None,
        threads=facts.threads if facts else None,
        resident=facts.resident if facts else None,
        idle_s=idle_s,
        reason=failure.message if failure else None,
        fix=failure.fix if failure else None,
    )
