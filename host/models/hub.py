"""Reads repositories of the model hub, through the hub's own library. Runs in the download process.

The library finds the address, the token, the proxy and the meaning of an answer. What it does not do is
to go on with a file that an earlier process began: its own download starts anew when it was killed. So the
bytes are read from its session into a file of ours (docs/decisions/resumable-downloads.md).
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from huggingface_hub import HfApi, get_session, hf_hub_url
from huggingface_hub.utils import build_hf_headers, hf_raise_for_status  # type: ignore[attr-defined]

from host.models.hub_errors import explain_hub_error
from host.models.integrity import WantedFile
from host.models.offline import OFFLINE_VARIABLE, RESTART, is_offline
from host.models.sources import FIRST_WAIT_S, SourceError, TransferBroken, keep_trying

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from host.models.registry import HubSource
    from host.models.transfers import Reporter

DEFAULT_HUB = "https://huggingface.co"
# A hub that does not answer a question within this is not there.
REACH_S = 5.0
# A connection that brings nothing for this long is taken for broken.
SILENCE_S = 20.0
BLOCK_BYTES = 1 << 17
_UNREACHABLE_FIX = (
    "Check the network connection and try again; what was fetched is kept."
    f" For another hub or a proxy set HF_ENDPOINT or HTTPS_PROXY, {RESTART}"
)
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class Repository:
    """A repository at one commit.

    Attributes:
        name: owner/name.
        commit: 40 hexadecimal digits.
        files: all its files by path.
        gated: whether its owner wants the licence accepted first.
        licence: as its card says, or empty.
        languages: as its card says.
        gguf: what the hub has read in its GGUF file (context length, architecture).
    """

    name: str
    commit: str
    files: dict[str, WantedFile]
    gated: bool = False
    licence: str = ""
    languages: tuple[str, ...] = ()
    gguf: dict[str, Any] = field(default_factory=dict)


def find_hub() -> str:
    """Address of the model hub: `HF_ENDPOINT` when it is set.

    Raises:
        SourceError: it is no address of the web.
    """
    hub = (os.environ.get("HF_ENDPOINT") or DEFAULT_HUB).rstrip("/")
    if not hub.startswith(("http://", "https://")):
        message = f"HF_ENDPOINT is not a web address: {hub}"
        raise SourceError(message)
    return hub


class Hub:
    """The model hub."""

    def __init__(self, first_wait_s: float = FIRST_WAIT_S) -> None:
        """Set up; nothing is asked yet.

        Args:
            first_wait_s: seconds before the second try.
        """
        self._first_wait_s = first_wait_s

    def look_up(self, source: HubSource, reporter: Reporter) -> Repository:
        """Ask what a repository holds: its commit, and size and checksum of every file.

        Raises:
            SourceError: the hub cannot be reached, or it has no such repository for us.
            Cancelled: the download was called off.
        """
        _check_online()
        hub = find_hub()
        reporter.say("asking the model hub")
        # An unreachable hub must cost seconds, because the next source may be at hand.
        unreachable = 0

        def ask() -> Repository:
            nonlocal unreachable
            try:
                return _read_repository(source, hub)
            except Exception as error:
                told = explain_hub_error(error, source)
                if isinstance(told, TransferBroken) and told.never_answered:
                    unreachable += 1
                    if unreachable > 1:
                        raise SourceError(
                            f"the model hub cannot be reached ({type(error).__name__})", fix=_UNREACHABLE_FIX
                        ) from error
                raise told from error

        return keep_trying(ask, reporter, first_wait_s=self._first_wait_s)

    def fetch(
        self, source: HubSource, repository: Repository, file: WantedFile, target: Path, reporter: Reporter
    ) -> None:
        """Fetch one file, going on where `target` ends.

        Args:
            source: the repository, for messages.
            repository: the same as it was looked up.
            file: which file.
            target: a file that is not yet whole; an earlier process may have begun it.
            reporter: gets the count of bytes of this file.

        Raises:
            SourceError: the hub did not deliver it.
            Cancelled: the download was called off; what came is kept.
            OSError: the disk did not take it.
        """
        _check_online()
        url = hf_hub_url(repository.name, file.path, revision=repository.commit, endpoint=find_hub())

        def read() -> None:
            try:
                _stream(url, file, target, reporter.fetched)
            except Exception as error:
                raise explain_hub_error(error, source, file.path) from error

        keep_trying(read, reporter, first_wait_s=self._first_wait_s, count_bytes=lambda: _count_bytes(target))

    def read_small(self, repository: Repository, path: str, reporter: Reporter, folder: Path) -> bytes:
        """The content of a small file of a repository, such as its `config.json`.

        Args:
            repository: as it was looked up.
            path: of the file.
            reporter: may end it.
            folder: for a file in between.

        Raises:
            SourceError: it is not there, or did not come as the hub describes it.
        """
        from host.models.registry import HubSource

        file = repository.files.get(path)
        if file is None:
            message = f"{repository.name} has no file {path}"
            raise SourceError(message)
        target = folder / name_incomplete(file)
        self.fetch(HubSource(repository.name, repository.commit), repository, file, target, reporter)
        content = target.read_bytes()
        target.unlink()
        return content


def _check_online() -> None:
    # Here, so that no one who asks the hub can forget it.
    if is_offline():
        raise SourceError(
            f"{OFFLINE_VARIABLE}=1 forbids to ask the model hub", fix=f"Unset {OFFLINE_VARIABLE}, {RESTART}"
        )


def name_incomplete(file: WantedFile) -> str:
    """The name under which a file is kept until it is whole; another content has another name."""
    known = f"{file.path}\0{file.size}\0{file.sha256}\0{file.git_sha1}"
    return hashlib.sha256(known.encode()).hexdigest()[:24]


def _read_repository(source: HubSource, hub: str) -> Repository:
    info = HfApi(endpoint=hub).model_info(
        source.repository, revision=source.revision, files_metadata=True, timeout=REACH_S
    )
    files = {
        one.rfilename: WantedFile(
            path=one.rfilename,
            size=one.size,
            sha256=one.lfs.sha256 if one.lfs else None,
            git_sha1=None if one.lfs else one.blob_id,
        )
        for one in info.siblings or []
    }
    commit = info.sha or source.revision
    if not _COMMIT.fullmatch(commit):
        raise SourceError(f"the model hub does not say which commit of {source.repository} it has")
    card = info.card_data
    languages = getattr(card, "language", None) or ()
    return Repository(
        name=source.repository,
        commit=commit,
        files=files,
        gated=bool(info.gated),
        licence=str(getattr(card, "license_name", None) or getattr(card, "license", None) or ""),
        languages=(languages,) if isinstance(languages, str) else tuple(str(one) for one in languages),
        gguf=info.gguf or {},
    )


def _stream(url: str, file: WantedFile, target: Path, on_bytes: Callable[[int], None]) -> None:
    have = _count_bytes(target)
    if file.size is not None and have >= file.size:
        if have == file.size:
            return
        have = 0
    # The size must be that of the content, and a part must be a part of it: nothing is compressed.
    headers = {**build_hf_headers(library_name="ai-history"), "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    with get_session().stream("GET", url, headers=headers, timeout=SILENCE_S) as response:
        if response.status_code == 416:
            target.unlink(missing_ok=True)
            raise TransferBroken("the model hub could not go on with a file, which begins anew")
        hf_raise_for_status(response)
        have = have if response.status_code == 206 else 0
        on_bytes(have)
        with target.open("ab" if have else "wb") as output:
            for block in response.iter_bytes(BLOCK_BYTES):
                have += len(block)
                if file.size is not None and have > file.size:
                    break
                output.write(block)
                on_bytes(have)
            output.flush()
            os.fsync(output.fileno())
    if file.size is not None and have > file.size:
        target.unlink()
        raise SourceError(f"the model hub sends more of {file.path} than it says there is")
    if file.size is not None and have < file.size:
        raise TransferBroken("the connection broke")


def _count_bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
