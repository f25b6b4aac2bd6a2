"""The shapes of tabs: categories, where tabs belong, groups, and corrections."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AliasChoices, Field, model_validator

from host.protocol.messages import Milliseconds, Params, Result

MOST_TABS = 2000
TabId = Annotated[int, Field(ge=-(2**53), le=2**53)]
TabTitle = Annotated[str, Field(max_length=10_000)]
TabUrl = Annotated[str, Field(max_length=65536)]
CategoryName = Annotated[str, Field(min_length=1, max_length=60)]
Colour = Literal["grey", "blue", "red", "yellow", "green", "pink", "purple", "cyan", "orange"]
RowId = Annotated[int, Field(ge=1, le=2**62)]


class TabItem(Params):
    """An open tab."""

    id: TabId
    url: TabUrl
    title: TabTitle = ""
    text: str | None = Field(
        None, max_length=1_000_000, description="the page's text; without it, what the history has of it"
    )


class CategorizeParams(Params):
    """Tabs that are to be categorised."""

    tabs: list[TabItem] = Field(max_length=MOST_TABS)
    engine: str | None = Field(
        None,
        max_length=200,
        description="embedding, nli, instruction, or an installed model; by default the one chosen for"
        " categories",
    )
    threshold: float | None = Field(
        None, ge=0, le=1, description="how sure it must be; by default as the settings say"
    )
    wait_ms: int = Field(0, ge=0, le=60_000, description="how long to wait for a model to load")


class CategoryShare(Result):
    """How likely a category is."""

    category: str
    confidence: float


class CategorizedTab(Result):
    """Where a tab belongs."""

    id: int
    category: str | None = Field(description="name of the category; null: none of them is likely enough")
    confidence: float = Field(description="calibrated probability of the answer, 0 to 1")
    alternatives: list[CategoryShare] = Field(description="the other likely categories, the likeliest first")
    reason: str = Field(description="why, in words for a person")


class CategorizeResult(Result):
    """Where the tabs belong."""

    tabs: list[CategorizedTab]
    engine: str = Field(description="kind of the model that answered")
    model: str
    took_ms: float


class ExistingGroup(Params):
    """A group that is open already and may take in matching tabs."""

    id: TabId
    name: str = Field("", max_length=200)
    color: Colour = "grey"
    tabs: list[TabItem] = Field(default_factory=list, max_length=MOST_TABS)


class GroupParams(CategorizeParams):
    """Tabs that are to be put into groups."""

    by: Literal["category", "topic"] = "category"
    max_groups: int | None = Field(None, ge=1, le=100, description="at most so many groups")
    existing: list[ExistingGroup] = Field(default_factory=list, max_length=200)

    @model_validator(mode="after")
    def _check(self) -> GroupParams:
        if len(self.tabs) + sum(len(each.tabs) for each in self.existing) > MOST_TABS:
            message = f"tabs and those of existing groups are more than {MOST_TABS} together"
            raise ValueError(message)
        return self


class GroupItem(Result):
    """A proposed group."""

    name: str
    color: Colour
    tab_ids: list[int]
    reason: str
    category: str | None = Field(None, description="name of the category that it stands for")
    existing_id: int | None = Field(None, description="the open group that takes these tabs in")


class GroupResult(Result):
    """Proposed groups, and the tabs that fit none."""

    groups: list[GroupItem]
    ungrouped: list[int]
    tabs: list[CategorizedTab] = Field(description="where each tab belongs, with its reason")
    engine: str
    model: str
    took_ms: float


class CorrectParams(Params):
    """What a person says about a tab."""

    url: TabUrl
    title: TabTitle = ""
    category: str | None = Field(max_length=60, description="name of a category; null: none of them")
    from_: str | None = Field(
        None, alias="from", max_length=60, description="the category that it had been put into"
    )


class CorrectResult(Result):
    """Whether the correction counts from now on."""

    learned: bool
    correction_id: int | None = None


class CorrectionItem(Result):
    """A correction that counts."""

    id: int
    url: str
    title: str
    category: str | None
    from_category: str | None = None
    created_at: Milliseconds
    weight: float = Field(description="how much it still counts, 0 to 1; it falls with age")


class CorrectionsParams(Params):
    """A page of the list of corrections."""

    limit: int = Field(100, ge=1, le=1000)
    offset: int = Field(0, ge=0, le=2**53)


class CorrectionsResult(Result):
    """Corrections, the latest first."""

    corrections: list[CorrectionItem]
    total: int


class ForgetCorrectionsParams(Params):
    """Corrections that are to count no more."""

    ids: list[RowId] = Field(default_factory=list, max_length=1000)
    all: bool = False

    @model_validator(mode="after")
    def _check(self) -> ForgetCorrectionsParams:
        if bool(self.ids) == self.all:
            message = "either ids or all"
            raise ValueError(message)
        return self


class ForgetCorrectionsResult(Result):
    """How many there were."""

    forgotten: int


class CategoryInput(Params):
    """A category as it is to be. What is left out stays as it was."""

    key: str | None = Field(None, max_length=60, description="of a category that exists, to rename it")
    name: CategoryName | None = None
    description: str | None = Field(None, max_length=1000)
    examples: list[Annotated[str, Field(max_length=500)]] | None = Field(
        None, max_length=200, description="titles of tabs that belong into it, or addresses of such sites"
    )
    colour: Colour | None = Field(None, validation_alias=AliasChoices("colour", "color"))
    enabled: bool | None = None

    @model_validator(mode="after")
    def _check(self) -> CategoryInput:
        if self.key is None and self.name is None:
            message = "a category needs a name or a key"
            raise ValueError(message)
        return self


class SetCategoriesParams(Params):
    """Changes to the categories; those that are not named stay as they are."""

    categories: list[CategoryInput] = Field(default_factory=list, max_length=100)
    remove: list[Annotated[str, Field(max_length=60)]] = Field(
        default_factory=list, max_length=100, description="names or keys of a user's own categories"
    )
    reset: bool = Field(False, description="first, make the seven defaults as they came")


class CategoryItem(Result):
    """A category."""

    key: str
    name: str
    description: str
    examples: list[str]
    colour: Colour
    enabled: bool
    builtin: bool
    corrections: int = Field(description="how many corrections say that a tab belongs into it")


class CategoriesResult(Result):
    """All categories, in their order."""

    categories: list[CategoryItem]
