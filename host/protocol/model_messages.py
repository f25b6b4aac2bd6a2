"""The shapes of what looks after the models, and of classification with them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from host.protocol.messages import Params, Result

ModelId = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
ModelType = Literal["embedding", "nli", "instruction", "reranker"]
Role = Literal["search", "rerank", "chat", "categories"]
ModelState = Literal["available", "downloading", "installed", "damaged", "loading", "ready", "failed"]


class TransferItem(Result):
    """A download under way."""

    done: int = Field(description="bytes that are there")
    total: int = Field(description="bytes in all")
    rate: float | None = Field(None, description="bytes a second")
    remaining_s: float | None = None
    note: str | None = Field(None, description="what it waits for: another try, another download")


class ModelItem(Result):
    """One model: what it is, whether it is here, and what it is doing. Sizes in bytes."""

    id: str
    name: str
    type: ModelType
    format: str
    licence: str
    languages: list[str]
    note: str
    context: int = Field(description="longest input in tokens")
    dimensions: int | None = None
    size: int = Field(description="to download, or on the disk when it is installed")
    memory: int = Field(description="needed when loaded, about")
    state: ModelState
    installed: bool
    starter: bool
    added: bool = Field(description="put in by its user")
    roles: list[Role] = Field(description="what it is used for now")
    fits: bool = Field(description="whether this machine has the memory and the disk for it")
    reason: str | None = Field(None, description="why it does not fit, or why it failed")
    transfer: TransferItem | None = None
    loading: float | None = Field(None, description="share of the loading that is done, 0 to 1")
    device: str | None = Field(None, description="where it computes: cpu, cuda or metal")
    layers_on_device: int | None = None
    layers: int | None = None
    resident: int | None = Field(None, description="memory that its process holds now")
    idle_s: float | None = Field(None, description="seconds since it was last used")
    fix: str | None = Field(None, description="what to do about the reason")
    remote_code: str | None = Field(None, description="code it brings, to be allowed by this name")
    gated: str | None = Field(None, description="a repository whose licence has to be accepted first")
    base: str | None = Field(None, description="of an adapter: the model whose answers it changes")
    only_for: list[Role] = Field(
        [], description="the only jobs that it was trained for; empty: its type says"
    )


class MachineItem(Result):
    """This machine, as far as models care. Sizes in bytes."""

    memory: int
    memory_free: int
    disk_free: int
    cores: int = Field(description="physical ones")
    accelerator: str | None = Field(None, description="cuda or metal, when llama.cpp was built with it")


class RoleItem(Result):
    """A job and the model that does it."""

    role: Role
    model: str | None
    chosen: bool = Field(description="by its user; otherwise the best that is installed")


class ModelsResult(Result):
    """Every model known, this machine, and who does what."""

    models: list[ModelItem]
    machine: MachineItem
    roles: list[RoleItem]


class ModelParams(Params):
    """Which model."""

    id: ModelId


class ModelResult(Result):
    """The model as it is now."""

    model: ModelItem


class FileItem(Result):
    """A file of a model."""

    path: str
    size: int | None = None
    sha256: str | None = None


class ModelInfoResult(Result):
    """All that is known of one model."""

    model: ModelItem
    files: list[FileItem]
    sources: list[str] = Field(description="where it comes from, best first")
    folder: str | None = Field(None, description="where it lies, when it is installed")
    installed_at: int | None = None
    revision: str | None = None
    query_prefix: str
    passage_prefix: str
    quantisation: dict[str, str | float | int | None] | None = Field(
        None, description="the form an instruction model is kept in for this processor, with its measurements"
    )


class DownloadParams(ModelParams):
    """Which model to fetch."""

    allow_remote_code: str | None = Field(
        None, description="the repository of the code that the model brings, by name"
    )


class CancelResult(Result):
    """Whether there was a download to stop."""

    cancelled: bool


class RemoveParams(ModelParams):
    """Which model to remove."""

    force: bool = Field(False, description="even though it is in use")


class RemoveResult(Result):
    """What was freed."""

    removed: bool
    freed: int = Field(description="bytes")


class UnloadResult(Result):
    """Whether it was loaded."""

    unloaded: bool


class UseParams(Params):
    """Which model does a job from now on."""

    role: Role
    id: ModelId | None = Field(None, description="null: the best that is installed")


class UseResult(Result):
    """Who does what now."""

    roles: list[RoleItem]
    reindexing: bool = Field(description="vectors are being made anew; the old ones serve meanwhile")


class VerifyResult(Result):
    """Which files are not as they should be."""

    ok: bool
    damaged: list[str]


class AddParams(Params):
    """A model of the user's own."""

    source: str = Field(min_length=1, max_length=4096, description="a path, or owner/name[@revision][:file]")
    id: ModelId | None = None
    type: ModelType | None = Field(None, description="found out when it is left out")
    allow_remote_code: str | None = None


class RecommendParams(Params):
    """For whom."""

    languages: list[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]] | None = Field(
        None, max_length=30, description="ISO 639-1; by default those of this computer"
    )


class RecommendItem(Result):
    """A model for a job, and why it."""

    role: Role
    model: ModelItem
    reason: str


class RecommendResult(Result):
    """The set that fits this machine."""

    machine: MachineItem
    languages: list[str]
    recommended: list[RecommendItem]


class OptimiseParams(ModelParams):
    """Which model to keep in the form that answers fastest here."""

    restore: bool = Field(False, description="back to the file as it was downloaded")


class OptimiseResult(Result):
    """The forms that were tried."""

    kept: str = Field(description="name of the quantisation in use now")
    tried: list[dict[str, str | float | None]] = Field(
        description="each form: quantisation, prompt_tokens_per_s, tokens_per_s, divergence from the original"
    )


class CategoryItem(Params):
    """A category and what belongs into it."""

    name: str = Field(min_length=1, max_length=100)
    description: str = Field("", max_length=2000)
    examples: list[Annotated[str, Field(max_length=10_000)]] = Field(default_factory=list, max_length=50)


class TextItem(Params):
    """A text to be classified."""

    id: str = Field(max_length=5000)
    text: str = Field(max_length=100_000)


class ClassifyParams(Params):
    """Texts, categories and the model that decides."""

    model: ModelId
    texts: list[TextItem] = Field(max_length=256)
    categories: list[CategoryItem] = Field(default_factory=list, max_length=100)
    reasoning: bool = Field(False, description="ask an instruction model why")


class ClassifiedItem(Result):
    """What a text was found to be."""

    id: str
    category: str
    confidence: float
    scores: dict[str, float] = Field(description="probability of each category; they sum to 1")
    reasoning: str | None = None
    tokens: int = Field(description="that the model read")


class ClassifyResult(Result):
    """The texts in the order they came."""

    results: list[ClassifiedItem]
    model: str
    took_ms: float
