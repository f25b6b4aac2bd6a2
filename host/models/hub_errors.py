"""What an answer of the model hub means for a person, and whether another try is worth it."""

from __future__ import annotations

import email.utils
import time
from typing import TYPE_CHECKING

from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RevisionNotFoundError,
)

from host.core.errors import AppError
from host.models.offline import RESTART
from host.models.sources import SourceError, TransferBroken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from host.models.registry import HubSource

_BUSY = {408, 425, 429, 500, 502, 503, 504}


class AccessRefused(SourceError):  # noqa: N818 - it says what happened
    """The hub does not give a repository to us.

    Attributes:
        repository: owner/name.
    """

    def __init__(self, message: str, repository: str, *, fix: str) -> None:
        super().__init__(message, fix=fix)
        self.repository = repository


def explain_hub_error(error: Exception, source: HubSource, path: str | None = None) -> Exception:
    """Say what went wrong.

    Args:
        error: what the hub's library raised.
        source: which repository was asked.
        path: which of its files, if one.

    Returns:
        TransferBroken when another try is worth it, SourceError when it is not, and an error of the
        disk or of ours as it is.
    """
    if isinstance(error, HfHubHTTPError):
        return _explain_answer(error, source, path)
    if isinstance(error, OfflineModeIsEnabled):
        return SourceError(
            "HF_HUB_OFFLINE forbids to ask the model hub", fix=f"Unset HF_HUB_OFFLINE, {RESTART}"
        )
    if isinstance(error, AppError | SourceError | TransferBroken | OSError):
        return error
    if isinstance(error, ValueError | TypeError | LookupError | AttributeError):
        # The library does not like a name, or an answer that is none of a hub.
        name = type(error).__name__
        return SourceError(f"the model hub's answer for {source.repository} cannot be used ({name})")
    # Errors of the HTTP library beneath: a name that is not found, a refused or broken connection, silence.
    return TransferBroken(
        f"the connection to the model hub broke ({type(error).__name__})", never_answered=True
    )


def _explain_answer(error: HfHubHTTPError, source: HubSource, path: str | None) -> Exception:
    status = error.response.status_code
    repository = source.repository
    if status in _BUSY:
        what = "is asked too often" if status == 429 else "has a failure of its own"
        return TransferBroken(f"the model hub {what} ({status})", read_retry_after(error.response.headers))
    if isinstance(error, GatedRepoError) or (status == 403 and path is not None):
        return AccessRefused(
            f"{repository} is gated: its owner wants its licence accepted first",
            repository,
            fix=f"Accept the licence on the page of {repository}, make an access token there,"
            f" and set HF_TOKEN to it, {RESTART}",
        )
    if status in (401, 403):
        return AccessRefused(
            f"{repository} is private or does not exist",
            repository,
            fix="Check the name; for a private or gated repository set HF_TOKEN to an access token,"
            f" {RESTART}",
        )
    if isinstance(error, RevisionNotFoundError):
        return SourceError(f"{repository} has no revision {source.revision}")
    if status == 404:
        return _missing(source, path)
    return SourceError(f"the model hub refused {path or repository} ({status})")


def _missing(source: HubSource, path: str | None) -> SourceError:
    if path is None:
        return SourceError(f"the model hub has no repository {source.repository}")
    return SourceError(f"{source.repository} has no file {path}")


def read_retry_after(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """Seconds that a `Retry-After` header asks to wait, or None.

    Args:
        headers: of the answer.
        now: seconds since 1970, for a header that names a time of day.
    """
    value = (headers.get("Retry-After") or "").strip()
    if value.isdigit():
        return float(value)
    try:
        at = email.utils.parsedate_to_datetime(value).timestamp()
    except (TypeError, ValueError):
        return None
    return max(0.0, at - (time.time() if now is None else now))
