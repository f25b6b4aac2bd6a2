"""Every setting: its key, type, default and what it does. Validated here and nowhere else."""

from __future__ import annotations

import json
import tomllib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from host.core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SettingValue = bool | int | float | str | list[str]
SearchMode = Literal["hybrid-rerank", "hybrid-rrf", "text", "vector"]

_Pattern = Annotated[str, Field(min_length=1, max_length=300)]


@cache
def default_excluded_sites() -> tuple[str, ...]:
    """Sites that are not read unless their user says so: banks, health, mail and the like."""
    text = resources.files("host.core").joinpath("excluded_sites.json").read_text(encoding="utf-8")
    return tuple(pattern for patterns in json.loads(text).values() for pattern in patterns)


class Settings(BaseModel):
    """The settings of one profile. Fields are named by their key's last part; keys are the aliases."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)

    capture_enabled: bool = Field(
        True, alias="capture.enabled", description="Read and remember the pages you visit."
    )
    capture_paused_until: int = Field(
        0,
        alias="capture.paused_until",
        ge=-1,
        description="Remember nothing until this time (UTC milliseconds; 0: not paused, -1: until resumed).",
    )
    excluded_sites: list[_Pattern] = Field(
        default_factory=lambda: list(default_excluded_sites()),
        alias="capture.excluded_sites",
        max_length=2000,
        description="Sites that are never read. example.com covers its subdomains; * stands for anything.",
    )
    local_addresses: bool = Field(
        False,
        alias="capture.local_addresses",
        description="Also read pages on this computer and your local network.",
    )
    password_pages: bool = Field(
        False,
        alias="capture.password_pages",
        description="Also read pages that hold a password field (never its value).",
    )
    max_age_days: int = Field(
        0,
        alias="retention.max_age_days",
        ge=0,
        le=36500,
        description="Forget pages that were not visited for this many days (0: keep for ever).",
    )
    backup_every_days: int = Field(
        7,
        alias="backup.every_days",
        ge=0,
        le=3650,
        description="Make a backup of the history beside it every so many days, where there is plenty of room"
        " (0: never).",
    )
    backup_keep: int = Field(
        3,
        alias="backup.keep",
        ge=1,
        le=100,
        description="How many backups of the schedule are kept; the oldest go.",
    )
    max_size_mb: int = Field(
        0,
        alias="retention.max_size_mb",
        ge=0,
        le=10_000_000,
        description="Forget the pages visited longest ago when the history takes more than so many megabytes"
        " (0: no limit).",
    )
    theme: Literal["system", "light", "dark"] = Field(
        "system", alias="appearance.theme", description="Colours of the pages."
    )
    search_mode: SearchMode = Field(
        "hybrid-rerank", alias="search.mode", description="How to search when nothing else is said."
    )
    cross_encoder: bool = Field(
        False,
        alias="search.cross_encoder",
        description="Reorder the best results with a cross-encoder, when one is installed (slower).",
    )
    chat_engine: Literal["auto", "written", "extractive"] = Field(
        "auto",
        alias="chat.engine",
        description="Who answers questions: a model that writes, or sentences of your pages, quoted."
        " auto: the model where it was measured to write well.",
    )
    chat_unsupported: Literal["mark", "omit"] = Field(
        "mark",
        alias="chat.unsupported",
        description="What becomes of a written sentence that no page supports: marked, or left out.",
    )
    chat_system_prompt: str = Field(
        "",
        alias="chat.system_prompt",
        max_length=4000,
        description="What the writing model is told before every question (empty: the built-in prompt)."
        " Citations and links are never the model's.",
    )
    summaries_when: Literal["idle", "asked"] = Field(
        "idle",
        alias="summaries.when",
        description="When pages are summarised: by themselves while nothing else is to be done,"
        " or on demand.",
    )
    tabs_group_by: Literal["category", "topic"] = Field(
        "category", alias="tabs.group_by", description="What tabs are grouped by when nothing else is said."
    )
    tabs_threshold: float = Field(
        0.5,
        alias="tabs.threshold",
        ge=0.0,
        le=1.0,
        description="How sure the model must be of a tab's category (0 to 1); less sure tabs stay ungrouped.",
    )
    tabs_max_groups: int = Field(
        0, alias="tabs.max_groups", ge=0, le=100, description="At most so many groups (0: as many as fit)."
    )
    tabs_include_grouped: bool = Field(
        False,
        alias="tabs.include_grouped",
        description="Sort again the tabs of groups that AI History made.",
    )
    tabs_collapse: bool = Field(
        False, alias="tabs.collapse", description="Fold the new groups, but for the one in use."
    )
    tabs_auto_group: bool = Field(
        False, alias="tabs.auto_group", description="Put new tabs into matching groups by themselves."
    )
    tabs_improve: bool = Field(
        False,
        alias="tabs.improve",
        description="Train a model from your corrections by itself when enough new ones were made, while the"
        " computer is idle and plugged in. Only a better one is used.",
    )
    pages_categorize: bool = Field(
        True,
        alias="pages.categorize",
        description="Give remembered pages a category in the background; search can filter by it.",
    )
    index_on_battery: bool = Field(
        False, alias="indexing.on_battery", description="Go on making vectors at full speed on battery."
    )
    mcp_enabled: bool = Field(
        False,
        alias="mcp.enabled",
        description="Let assistants on this computer search and read your history (ai-history mcp).",
    )
    idle_exit_minutes: int = Field(
        15,
        alias="daemon.idle_exit_minutes",
        ge=1,
        le=10080,
        description="End the background process when nothing was connected for this long.",
    )

    def to_values(self) -> dict[str, Any]:
        """Values by key."""
        return self.model_dump(by_alias=True)


def merge_settings(base: Settings, values: Mapping[str, Any]) -> Settings:
    """`base` with some values replaced.

    Raises:
        InvalidInput: an unknown key or a value that does not fit; says which and why.
    """
    known = base.to_values()
    for key in values:
        if key not in known:
            message = f"There is no setting {key[:100]!r}."
            raise InvalidInput(message, fix="settings.get lists them all.")
    try:
        return Settings.model_validate({**known, **values})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        message = f"The setting {where} cannot be that: {first['msg']}."
        raise InvalidInput(message) from error


def load_defaults(config_file: Path) -> Settings:
    """The built-in defaults with those of `config.toml` laid over them.

    Raises:
        InvalidInput: the file is not TOML, or holds something that is not a setting.
    """
    try:
        loaded = tomllib.loads(config_file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings.model_validate({})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        message = f"{config_file} cannot be read: {error}"
        raise InvalidInput(message, fix="Mend or remove that file.") from error
    flat: dict[str, Any] = {}
    for section, entries in loaded.items():
        if isinstance(entries, dict):
            flat.update({f"{section}.{key}": value for key, value in entries.items()})
        else:
            flat[section] = entries
    return merge_settings(Settings.model_validate({}), flat)


def describe_settings(settings: Settings, defaults: Settings) -> list[dict[str, Any]]:
    """Each setting with key, value, default, description, type and limits, in order."""
    schema = Settings.model_json_schema(by_alias=True)["properties"]
    values, default_values = settings.to_values(), defaults.to_values()
    return [
        {
            "key": key,
            "value": values[key],
            "default": default_values[key],
            "description": entry["description"],
            **_describe_type(entry),
        }
        for key, entry in schema.items()
    ]


def _describe_type(entry: Mapping[str, Any]) -> dict[str, Any]:
    if "enum" in entry:
        return {"type": "choice", "choices": list(entry["enum"])}
    if entry["type"] == "array":
        return {"type": "string_list"}
    found = {"type": entry["type"]}
    for ours, theirs in (("minimum", "minimum"), ("maximum", "maximum")):
        if theirs in entry:
            found[ours] = entry[theirs]
    return found
