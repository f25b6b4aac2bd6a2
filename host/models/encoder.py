"""What embedding models, cross-encoders and entailment models have in common, seen from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.core.errors import AppError

if TYPE_CHECKING:
    from host.models.encoder_places import EncoderSpec
    from host.models.encoders import EncoderProcess
    from host.workers.client import State


class Encoder:
    """One model of an encoder process; it is loaded when it is first asked.

    Attributes:
        process: where it is loaded.
    """

    def __init__(self, spec: EncoderSpec, process: EncoderProcess) -> None:
        self.process = process
        self._spec = spec

    @property
    def model_id(self) -> str:
        """The model's name."""
        return self._spec.model_id

    @property
    def state(self) -> State:
        """What the model is doing."""
        return self.process.state_of(self.model_id)

    @property
    def resting(self) -> bool:
        """Whether the model failed and is not tried again yet."""
        return self.process.is_resting(self.model_id)

    @property
    def failure(self) -> AppError | None:
        """Why the model is not there, when it failed."""
        return self.process.failure_of(self.model_id)

    def warm_up(self) -> None:
        """Begin to load the model; returns at once."""
        self.process.begin(self._spec)

    def wait_ready(self, timeout: float) -> bool:
        """Begin to load the model, and wait so many seconds at most until it can answer."""
        try:
            self.process.ensure(self._spec, timeout)
        except AppError:
            return False
        return True

    def close(self) -> None:
        """Let go of the model; the process stays for others."""
        self.process.unload(self.model_id)
