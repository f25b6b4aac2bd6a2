"""What is ignored is what git ignores: held against `git check-ignore` over made-up trees and patterns."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from host.classify.ignoring import Rules, compile_rules, enter_from_top

GIT = shutil.which("git")
needs_git = pytest.mark.skipif(GIT is None, reason="the program git is not on PATH")
needs_linux = pytest.mark.skipif(os.name == "nt", reason="Windows has no such file names")

NAMES = ("a", "b", "ab", "a.py", "b.py", "keep", "x y", "#h", "!b", "[a]", "é")
# Without "a**" and brackets over a slash, where git itself does not do what its manual says.
_SEGMENTS = (
    *("a", "b", "*", "**", "a*", "*b", "*.py", "?", "[ab]", "[!a]", "[^a]", "[[:alpha:]]"),
    *("ab", "keep", "a.py", "\\#h", "\\!b", "x y", "\\[a\\]", "é", "\\a"),
)
_SEGMENT = st.sampled_from(_SEGMENTS)


@st.composite
def _patterns(draw: st.DrawFn) -> str:
    body = "/".join(draw(st.lists(_SEGMENT, min_size=1, max_size=3)))
    start = draw(st.sampled_from(["", "", "/", "!", "!", "!/"]))
    return start + body + draw(st.sampled_from(["", "", "/", " ", "\r"]))


_TREES = st.recursive(
    st.none(),
    lambda inner: st.dictionaries(st.sampled_from(NAMES), inner, min_size=1, max_size=4),
    max_leaves=14,
)
_IGNORE_FILE = st.lists(_patterns(), min_size=1, max_size=5).map("\n".join)


def _git(folder: Path, *arguments: str, given: bytes = b"") -> bytes:
    """Git as nobody has configured it."""
    nothing = {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "XDG_CONFIG_HOME": str(folder / ".git"),
    }
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")} | nothing
    command = [str(GIT), "-C", str(folder), *arguments]
    done = subprocess.run(command, input=given, env=environment, capture_output=True, check=False)
    assert done.returncode in {0, 1}, done.stderr
    return done.stdout


def _make(folder: Path, tree: dict[str, object] | None) -> None:
    for name, inner in (tree or {}).items():
        if isinstance(inner, dict):
            (folder / name).mkdir()
            _make(folder / name, inner)
        else:
            (folder / name).write_bytes(b"")


def _walk(folder: Path, rules: Rules, *, ignored: bool, top: Path, seen: dict[str, bool]) -> None:
    rules = rules.enter(folder)
    for entry in os.scandir(folder):
        if entry.name == ".git":
            continue
        path = Path(entry.path)
        out = ignored or rules.ignores(path, is_folder=entry.is_dir())
        seen[path.relative_to(top).as_posix()] = out
        if entry.is_dir():
            _walk(path, rules, ignored=out, top=top, seen=seen)


@needs_git
@needs_linux
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    tree=_TREES.filter(lambda tree: isinstance(tree, dict)),
    top_file=_IGNORE_FILE,
    inner_files=st.lists(_IGNORE_FILE, max_size=3),
    excluded=st.lists(_patterns(), max_size=2),
)
def test_exactly_what_git_ignores_is_ignored(
    tree: dict[str, object], top_file: str, inner_files: list[str], excluded: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        top = Path(name).resolve()
        _git(top, "init", "--quiet")
        _make(top, tree)
        (top / ".gitignore").write_bytes(top_file.encode())
        (top / ".git" / "info" / "exclude").write_bytes("\n".join(excluded).encode())
        folders = sorted(path for path in top.rglob("*") if path.is_dir() and ".git" not in path.parts)
        for folder, text in zip(folders, inner_files, strict=False):
            (folder / ".gitignore").write_bytes(text.encode())
        seen: dict[str, bool] = {}
        _walk(top, Rules(), ignored=False, top=top, seen=seen)
        given_names = "\0".join(seen).encode()
        answer = _git(top, "check-ignore", "--no-index", "-z", "--stdin", given=given_names)
        theirs = {path.decode() for path in answer.split(b"\0") if path}
        assert {path for path, out in seen.items() if out} == theirs


def test_a_nested_file_has_the_last_word(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / ".gitignore").write_text("*.log\n", encoding="utf-8")
    (tmp_path / "inner" / ".gitignore").write_text("!keep.log\n", encoding="utf-8")
    inner = Rules().enter(tmp_path).enter(tmp_path / "inner")
    assert inner.ignores(tmp_path / "inner" / "other.log", is_folder=False)
    assert not inner.ignores(tmp_path / "inner" / "keep.log", is_folder=False)


def test_the_rules_of_higher_folders_count_up_to_the_repository(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    (repository / "src" / "deep").mkdir(parents=True)
    (repository / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("*.py\n", encoding="utf-8")
    (repository / ".gitignore").write_text("*.log\nsrc/deep/out/\n", encoding="utf-8")
    rules = enter_from_top(repository / "src" / "deep")
    assert rules is not None
    assert rules.ignores(repository / "src" / "deep" / "a.log", is_folder=False)
    assert rules.ignores(repository / "src" / "deep" / "out", is_folder=True)
    assert not rules.ignores(repository / "src" / "deep" / "a.py", is_folder=False)


def test_a_folder_that_is_ignored_itself_is_told(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "build" / "deep").mkdir(parents=True)
    (tmp_path / ".gitignore").write_text("build/\n", encoding="utf-8")
    assert enter_from_top(tmp_path / "build") is None
    assert enter_from_top(tmp_path / "build" / "deep") is None
    assert enter_from_top(tmp_path) is not None


def test_a_repository_inside_another_goes_by_its_own_rules(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    (inner / ".git" / "info").mkdir(parents=True)
    (inner / ".git" / "info" / "exclude").write_text("secret\n", encoding="utf-8")
    (tmp_path / ".gitignore").write_text("*.py\n", encoding="utf-8")
    rules = Rules().enter(tmp_path).enter(inner)
    assert not rules.ignores(inner / "a.py", is_folder=False)
    assert rules.ignores(inner / "secret", is_folder=False)


def test_a_further_working_tree_shares_the_exclusions_of_the_first(tmp_path: Path) -> None:
    store, tree = tmp_path / "first" / ".git", tmp_path / "second"
    (store / "info").mkdir(parents=True)
    (store / "worktrees" / "second").mkdir(parents=True)
    (store / "worktrees" / "second" / "commondir").write_text("../..\n", encoding="utf-8")
    (store / "info" / "exclude").write_text("scratch\n", encoding="utf-8")
    tree.mkdir()
    (tree / ".git").write_text(f"gitdir: {store / 'worktrees' / 'second'}\n", encoding="utf-8")
    assert Rules().enter(tree).ignores(tree / "scratch", is_folder=False)


def test_without_any_gitignore_the_usual_leftovers_are_left_out(tmp_path: Path) -> None:
    bare = Rules().enter(tmp_path)
    assert bare.ignores(tmp_path / "node_modules", is_folder=True)
    assert bare.ignores(tmp_path / "__pycache__", is_folder=True)
    assert not bare.ignores(tmp_path / "node_modules", is_folder=False)
    (tmp_path / ".gitignore").write_text("*.log\n", encoding="utf-8")
    assert not Rules().enter(tmp_path).ignores(tmp_path / "node_modules", is_folder=True)


def test_lines_that_git_passes_over_make_no_rule() -> None:
    assert compile_rules([b"", b"# a word", b"/", b"   "]) == ()


def test_a_gitignore_that_is_no_file_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").mkdir()
    assert Rules().enter(tmp_path).levels == ()


@needs_linux
def test_a_gitignore_that_is_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".gitignore")
    assert Rules().enter(tmp_path).levels == ()


@needs_linux
def test_names_that_are_not_utf8_are_matched_byte_by_byte(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_bytes(b"\xefbb*.bin\n")
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xefbb1.bin"))
    assert Rules().enter(tmp_path).ignores(odd, is_folder=False)
