"""Which files a project leaves out: `.gitignore` at every level, as git reads it.

The patterns are compiled by pathspec. Here each entry of a folder is judged by itself, from the top down, as
git does: the last pattern that matches decides, deeper files before higher ones, and nothing inside an
ignored folder comes back.
"""

from __future__ import annotations

import os
import re
import stat
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

IGNORE_FILE = ".gitignore"
STORE_NAMES = frozenset({".git", ".hg", ".svn", ".jj", ".bzr"})
# Left out where no .gitignore says anything: what tools put beside the files of a person.
USUAL_LEFTOVERS = (
    "node_modules/",
    "bower_components/",
    "__pycache__/",
    "venv/",
    ".venv/",
    "env/",
    ".tox/",
    ".nox/",
    "*.egg-info/",
    ".mypy_cache/",
    ".pytest_cache/",
    ".ruff_cache/",
    ".gradle/",
    "target/",
    ".terraform/",
    ".next/",
    ".DS_Store",
)
_LARGEST_IGNORE_FILE = 4 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"
# Names of sets of characters inside brackets, which pathspec does not know.
_CHARACTER_SETS = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "xdigit": "0-9a-fA-F",
    "space": " \t\n\v\f\r",
}
_CHARACTER_SET = re.compile(rf"(?<!^)\[:({'|'.join(_CHARACTER_SETS)}):\]")


@dataclass(frozen=True)
class Rule:
    """One compiled line of a `.gitignore`.

    Attributes:
        ignore: False when the line takes back what an earlier one said.
    """

    ignore: bool
    regex: re.Pattern[str]
    folders_only: bool

    def matches(self, name: str, *, is_folder: bool) -> bool:
        """Whether the line is about this entry itself (not only about a folder that it lies in).

        Args:
            name: path below the folder of the `.gitignore`, one character a byte as git compares them,
                with "/" between its parts, none at its ends.
            is_folder: whether it is a folder.
        """
        if self.folders_only and not is_folder:
            return False
        source = self.regex.pattern
        if not source.startswith("^") or source.endswith("/"):
            # "*" and "**" are about any entry, "folder/**" about any that lies inside.
            return self.regex.search(name) is not None
        return self.regex.fullmatch(name) is not None


def compile_rules(lines: Iterable[bytes]) -> tuple[Rule, ...]:
    """The lines of a `.gitignore`; those that git would pass over are left out."""
    rules = []
    for data in lines:
        line = _CHARACTER_SET.sub(lambda found: _CHARACTER_SETS[found[1]], data.decode("latin-1"))
        # Without its last slash a pattern is about the same names; pathspec would take it for their contents.
        bare = line.rstrip(" ").removesuffix("/")
        folders_only = bare != line.rstrip(" ")
        try:
            with warnings.catch_warnings():
                # Python doubts brackets inside brackets, where git means them so.
                warnings.simplefilter("ignore", FutureWarning)
                pattern = GitIgnoreSpecPattern(bare if folders_only else line)
                if pattern.include is None or pattern.regex is None:
                    continue
                regex = re.compile(pattern.regex.pattern, re.DOTALL)
        except ValueError:
            continue
        rules.append(Rule(bool(pattern.include), regex, folders_only))
    return tuple(rules)


@dataclass(frozen=True)
class Level:
    """The rules that stand in one folder, for everything below it."""

    folder: str
    rules: tuple[Rule, ...]

    def decide(self, path: str, *, is_folder: bool) -> bool | None:
        """True to ignore, False to keep, None when no rule is about it."""
        name = _to_bytewise(os.path.relpath(path, self.folder).replace(os.sep, "/"))
        for rule in reversed(self.rules):
            if rule.matches(name, is_folder=is_folder):
                return rule.ignore
        return None


@dataclass(frozen=True)
class Rules:
    """What is in force in one folder.

    Attributes:
        levels: deepest first.
        found: whether a `.gitignore` is among them; otherwise the usual leftovers are ignored.
    """

    levels: tuple[Level, ...] = ()
    found: bool = False

    def enter(self, folder: Path) -> Rules:
        """The rules for the entries of `folder`, which lies in the folder of these."""
        path = str(folder)
        levels, found = self.levels, self.found
        store = find_store(folder)
        if store is not None:
            # A repository inside another goes by its own rules.
            excluded = compile_rules(_read_lines(store / "info" / "exclude"))
            levels, found = ((Level(path, excluded),) if excluded else ()), False
        lines = _read_lines(folder / IGNORE_FILE)
        if lines:
            levels = (Level(path, compile_rules(lines)), *levels)
            found = True
        return Rules(levels, found)

    def ignores(self, path: Path, *, is_folder: bool) -> bool:
        """Whether an entry of the folder that was entered last is ignored."""
        for level in self.levels:
            decision = level.decide(str(path), is_folder=is_folder)
            if decision is not None:
                return decision
        if self.found:
            return False
        return any(rule.matches(_to_bytewise(path.name), is_folder=is_folder) for rule in _LEFTOVER_RULES)


def enter_from_top(folder: Path) -> Rules | None:
    """The rules for the entries of `folder`, those of its repository's higher folders among them.

    Args:
        folder: an absolute path.

    Returns:
        None when the folder itself is ignored.
    """
    chain = [folder, *folder.parents]
    top = next((place for place, above in enumerate(chain) if find_store(above) is not None), 0)
    rules = Rules()
    for place in range(top, 0, -1):
        rules = rules.enter(chain[place])
        if rules.ignores(chain[place - 1], is_folder=True):
            return None
    return rules.enter(folder)


def find_store(folder: Path) -> Path | None:
    """The folder where git keeps what belongs to a repository, when `folder` is the top of one."""
    link = folder / ".git"
    try:
        mode = link.lstat().st_mode
    except OSError:
        return None
    if stat.S_ISDIR(mode):
        return link
    told = next((line for line in _read_lines(link) if line.startswith(b"gitdir:")), None)
    if told is None:
        return None
    store = folder / os.fsdecode(told.removeprefix(b"gitdir:").strip())
    # A further working tree shares the exclusions of the first.
    common = next(iter(_read_lines(store / "commondir")), b"").strip()
    return store / os.fsdecode(common) if common else store


def _read_lines(file: Path) -> list[bytes]:
    """The lines of a small regular file; none when it is anything else."""
    try:
        if not stat.S_ISREG(file.lstat().st_mode):
            return []
        with file.open("rb") as stream:
            data = stream.read(_LARGEST_IGNORE_FILE)
    except OSError:
        return []
    return [line.removesuffix(b"\r") for line in data.removeprefix(_BOM).split(b"\n")]


def _to_bytewise(name: str) -> str:
    return name if name.isascii() else os.fsencode(name).decode("latin-1")


_LEFTOVER_RULES = compile_rules(pattern.encode() for pattern in USUAL_LEFTOVERS)
