"""Which files a run reads: folders are walked, what a project leaves out is left out, nothing is opened."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from host.classify.ignoring import STORE_NAMES, Rules, compile_rules, enter_from_top

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from host.classify.ignoring import Rule

NO_PERMISSION = "may not be read"
BROKEN_LINK = "a link that leads nowhere"
LINK_LOOP = "a link that leads in a circle"
LINK = "a link; what it leads to is read where it lies"
NO_FILE = "neither a file nor a folder"


@dataclass(frozen=True)
class Selection:
    """What to take and what to leave out.

    Attributes:
        include: patterns as in a `.gitignore`; when there are any, a file must match one.
        exclude: patterns of files and folders to leave out.
        gitignore: respect `.gitignore` files; without any, leave out the usual leftovers.
        hidden: enter folders whose names begin with a dot.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    gitignore: bool = True
    hidden: bool = False


@dataclass(frozen=True)
class FoundFile:
    """A regular file to be read.

    Attributes:
        name: its path below the root, with "/", fit to be shown and written.
        path: where it lies.
        size: in bytes, when it was found.
    """

    name: str
    path: Path
    size: int


@dataclass(frozen=True)
class SkippedFile:
    """Something that was not classified, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class Found:
    """Everything below the given paths, sorted by name.

    Attributes:
        root: the folder that the names are relative to.
    """

    root: Path
    files: tuple[FoundFile, ...]
    skipped: tuple[SkippedFile, ...]


def find_files(
    inputs: Sequence[Path], selection: Selection | None = None, without: Iterable[Path] = ()
) -> Found:
    """Find what to classify.

    Links are followed when they are named, and passed over inside folders: what they lead to is read where
    it lies, so nothing is read twice and no circle is walked.

    Args:
        inputs: files and folders that exist. What is named is taken even where a `.gitignore` leaves it out;
            of a folder that is ignored itself only the `.gitignore` files inside it count.
        selection: what to take.
        without: files to pass over: those that the run itself writes.
    """
    walk = _Walk(inputs, selection or Selection(), without)
    for path in walk.inputs:
        walk.take_named(path)
    return Found(
        walk.root,
        tuple(sorted(walk.files.values(), key=lambda file: file.name)),
        tuple(sorted(walk.skipped.values(), key=lambda skipped: skipped.path)),
    )


def show_name(path: str) -> str:
    """A path as text that every file and terminal takes: what cannot be shown stands as an escape."""
    if path.isprintable():
        return path
    readable = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in readable
    )


class _Walk:
    def __init__(self, inputs: Sequence[Path], selection: Selection, without: Iterable[Path]) -> None:
        self.inputs = [Path(os.path.abspath(path)) for path in inputs]  # noqa: PTH100 - keeps links as named
        self.root = _find_root(self.inputs)
        self.files: dict[Path, FoundFile] = {}
        self.skipped: dict[Path, SkippedFile] = {}
        self._selection = selection
        self._include = compile_rules(os.fsencode(pattern) for pattern in selection.include)
        self._exclude = compile_rules(os.fsencode(pattern) for pattern in selection.exclude)
        self._without = {Path(os.path.abspath(path)) for path in without}  # noqa: PTH100

    def take_named(self, path: Path) -> None:
        """Take a path that the caller has named."""
        try:
            found = path.stat()
        except OSError as error:
            self._skip(path, explain_error(error))
            return
        if not stat.S_ISDIR(found.st_mode):
            self._take_file(path, found)
            return
        rules = Rules()
        if self._selection.gitignore:
            rules = enter_from_top(path) or Rules().enter(path)
        waiting = [(path, rules)]
        while waiting:
            waiting.extend(self._take_folder(*waiting.pop()))

    def _take_folder(self, folder: Path, rules: Rules) -> list[tuple[Path, Rules]]:
        """Take the files of a folder; returns the folders in it."""
        try:
            with os.scandir(folder) as entries:
                listed = list(entries)
        except OSError as error:
            self._skip(folder, explain_error(error))
            return []
        inner = []
        for entry in listed:
            path = Path(entry.path)
            is_folder = entry.is_dir(follow_symlinks=False)
            if not self._wants(path, rules, is_folder=is_folder):
                continue
            if is_folder:
                inner.append((path, rules.enter(path) if self._selection.gitignore else rules))
            elif entry.is_symlink():
                self._skip(path, _judge_link(path))
            else:
                try:
                    self._take_file(path, entry.stat(follow_symlinks=False))
                except OSError as error:
                    self._skip(path, explain_error(error))
        return inner

    def _wants(self, path: Path, rules: Rules, *, is_folder: bool) -> bool:
        if is_folder and (
            path.name in STORE_NAMES or (path.name.startswith(".") and not self._selection.hidden)
        ):
            return False
        if self._selection.gitignore and rules.ignores(path, is_folder=is_folder):
            return False
        if self._matches(self._exclude, path, is_folder=is_folder):
            return False
        return is_folder or not self._include or self._matches(self._include, path, is_folder=False)

    def _matches(self, rules: tuple[Rule, ...], path: Path, *, is_folder: bool) -> bool:
        """Whether the last pattern about a path, or about a folder that it lies in, takes it."""
        parts = [os.fsencode(part).decode("latin-1") for part in path.relative_to(self.root).parts]
        for depth in range(len(parts), 0, -1):
            name = "/".join(parts[:depth])
            for rule in reversed(rules):
                if rule.matches(name, is_folder=is_folder or depth < len(parts)):
                    return rule.ignore
        return False

    def _take_file(self, path: Path, found: os.stat_result) -> None:
        if path in self._without:
            return
        if not stat.S_ISREG(found.st_mode):
            self._skip(path, NO_FILE)
            return
        self.files[path] = FoundFile(self._name(path), path, found.st_size)

    def _skip(self, path: Path, reason: str) -> None:
        self.skipped[path] = SkippedFile(self._name(path), reason)

    def _name(self, path: Path) -> str:
        return show_name(path.relative_to(self.root).as_posix())


def explain_error(error: OSError) -> str:
    """Why a file could not be read, in a few words."""
    if isinstance(error, PermissionError):
        return NO_PERMISSION
    if error.errno == errno.ELOOP:
        return LINK_LOOP
    if isinstance(error, FileNotFoundError):
        return "is gone"
    return (error.strerror or type(error).__name__).lower()


def _judge_link(path: Path) -> str:
    try:
        path.stat()
    except FileNotFoundError:
        return BROKEN_LINK
    except OSError as error:
        return explain_error(error)
    return LINK


def _find_root(inputs: Sequence[Path]) -> Path:
    """The folder that names are relative to: the current one when everything lies below it."""
    here = Path.cwd()
    if all(path.is_relative_to(here) for path in inputs):
        return here
    folders = [path if path.is_dir() else path.parent for path in inputs]
    try:
        return Path(os.path.commonpath(folders))
    except ValueError:
        # Several drives of Windows have nothing in common.
        return Path(inputs[0].anchor)
