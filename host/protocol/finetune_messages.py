"""The shapes of models that are trained here: deployed, taken back, and made in the background."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from host.protocol.messages import Params, Result
from host.protocol.model_messages import ModelId

MOST_LABELS = 200
MOST_FIGURES = 64 * 1024
JobState = Literal["none", "waiting", "running", "paused", "deployed", "refused", "failed", "cancelled"]
_Label = Annotated[str, Field(min_length=1, max_length=200)]


class CalibrationItem(BaseModel):
    """How the scores of labels become probabilities."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    bias: float = Field(0.0, ge=0.0, le=1.0, description="how much of the model's habit is taken away")
    temperature: float = Field(1.0, ge=0.01, le=100.0)


class RecordItem(BaseModel):
    """What is kept beside a trained model: how it is asked and how its answers are taken."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label_calibration: CalibrationItem | None = None
    label_prompt: Literal["short"] | None = Field(None, description="the prompt it was trained with")
    trained_labels: list[_Label] | None = Field(
        None, max_length=MOST_LABELS, description="names of the categories that it was trained for"
    )


class DeployParams(Params):
    """A model file that was made here."""

    file: str = Field(min_length=1, max_length=4096, description="path of a GGUF file; it is copied")
    base: ModelId | None = Field(
        None, description="the installed model that it was trained from; a merged one can do without"
    )
    kind: Literal["adapter", "merged"]
    id: ModelId | None = Field(None, description="its name; the base's with a number behind it by default")
    record: RecordItem = RecordItem()
    figures: dict[str, Any] = Field({}, description="what was measured of it, kept in the history")
    use: bool = Field(True, description="false: only put it in, to be measured")
    forced: bool = Field(False, description="it was not shown to be better; kept in the history")

    @field_validator("figures")
    @classmethod
    def _limit_figures(cls, value: dict[str, Any]) -> dict[str, Any]:
        if len(json.dumps(value)) > MOST_FIGURES:
            message = f"at most {MOST_FIGURES} bytes of figures are kept"
            raise ValueError(message)
        return value


class DeploymentItem(Result):
    """A model that was deployed, and how it stands now. Times in milliseconds since 1970."""

    id: str
    model: str
    kind: Literal["adapter", "merged"]
    base: str | None = None
    registered_at: int
    used_at: int | None = Field(None, description="when it was put to use; null: never")
    before: str | None = Field(None, description="the model that was chosen then; null: none was")
    forced: bool = Field(description="put to use without being shown to be better")
    figures: dict[str, Any]
    rolled_back_at: int | None = None
    in_use: bool
    installed: bool = Field(description="whether its files are still here")
    size: int | None = Field(None, description="bytes of its files")
    text: str = Field(description="how it stands, for a person")


class DeployResult(Result):
    """What was deployed."""

    deployment: DeploymentItem


class DeploymentsResult(Result):
    """The history, the latest first."""

    deployments: list[DeploymentItem]
    in_use: str | None = Field(None, description="id of the deployment that is in use")


class RollbackResult(Result):
    """What was taken back, and what sorts tabs now."""

    deployment: DeploymentItem
    model: str | None = Field(None, description="the model that does it now; null: the list of words")
    text: str


class ImproveParams(Params):
    """A training from the corrections of this profile, in the background."""

    model: ModelId | None = Field(None, description="the model to train; the smallest fitting by default")
    now: bool = Field(False, description="do not wait until the computer is idle")


class JobItem(Result):
    """The training in the background. Times in milliseconds since 1970."""

    state: JobState
    stage: str | None = Field(None, description="what is being done: dataset, training, evaluating, …")
    share: float | None = Field(None, description="of the whole that is done, 0 to 1")
    remaining_s: float | None = None
    text: str = Field(description="why it waits, or what came of it; for a person")
    report: str | None = Field(None, description="path of the report")
    started_at: int | None = None
    ended_at: int | None = None


class JobResult(Result):
    """The training in the background."""

    job: JobItem


class StateResult(JobResult):
    """The training in the background, and whether another could be asked for."""

    hindrance: str | None = Field(
        None, description="why none could be begun now; null: one could, or goes on"
    )
