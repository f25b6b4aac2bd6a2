"""Which files a run reads."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from host.classify import files
from host.classify.files import Selection, find_files

posix_only = pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")


def _write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name, encoding="utf-8")


def _names(*inputs: Path, selection: Selection | None = None) -> list[str]:
    return [file.name for file in find_files(inputs, selection).files]


def _reasons(folder: Path) -> dict[str, str]:
    return {item.path: item.reason for item in find_files([folder]).skipped}


def test_files_come_sorted_by_path_whatever_the_order_of_the_disk(tmp_path: Path) -> None:
    _write(tmp_path, "b.txt", "a/z.txt", "a.txt", "a/b/c.txt")
    assert _names(tmp_path) == ["a.txt", "a/b/c.txt", "a/z.txt", "b.txt"]


def test_what_gitignore_files_leave_out_is_left_out_unless_told(tmp_path: Path) -> None:
    _write(tmp_path, "a.py", "a.log", "build/x.py", "deep/b.log", "deep/keep.log")
    (tmp_path / ".gitignore").write_text("*.log\nbuild/\n", encoding="utf-8")
    (tmp_path / "deep" / ".gitignore").write_text("!keep.log\n", encoding="utf-8")
    assert _names(tmp_path) == [".gitignore", "a.py", "deep/.gitignore", "deep/keep.log"]
    everything = _names(tmp_path, selection=Selection(gitignore=False))
    assert {"a.log", "build/x.py", "deep/b.log"} < set(everything)


def test_hidden_folders_are_entered_only_when_told_and_a_store_of_git_never(tmp_path: Path) -> None:
    _write(tmp_path, ".github/ci.yml", ".git/config", ".editorconfig", "a.py")
    assert _names(tmp_path) == [".editorconfig", "a.py"]
    assert _names(tmp_path, selection=Selection(hidden=True)) == [".editorconfig", ".github/ci.yml", "a.py"]


def test_the_leftovers_of_tools_are_left_out_where_no_gitignore_speaks(tmp_path: Path) -> None:
    _write(tmp_path, "a.py", "node_modules/x/index.js", "pkg/__pycache__/a.txt", "venv/lib/a.py")
    assert _names(tmp_path) == ["a.py"]
    assert len(_names(tmp_path, selection=Selection(gitignore=False))) == 4


def test_patterns_choose_and_leave_out(tmp_path: Path) -> None:
    _write(tmp_path, "a.py", "a.md", "guide/b.md", "guide/c.py", "out/d.py")
    assert _names(tmp_path, selection=Selection(include=("*.py",))) == ["a.py", "guide/c.py", "out/d.py"]
    assert _names(tmp_path, selection=Selection(include=("guide/",))) == ["guide/b.md", "guide/c.py"]
    chosen = Selection(include=("*.py", "*.md"), exclude=("out", "/a.md"))
    assert _names(tmp_path, selection=chosen) == ["a.py", "guide/b.md", "guide/c.py"]
    assert _names(tmp_path, selection=Selection(exclude=("*", "!*.md"))) == ["a.md"]


def test_what_is_named_is_taken_even_when_it_is_ignored(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    _write(tmp_path, "build/a.py", "build/inner/b.py", "c.log")
    (tmp_path / ".gitignore").write_text("build/\n*.log\n", encoding="utf-8")
    assert _names(tmp_path / "build", tmp_path / "c.log") == ["build/a.py", "build/inner/b.py", "c.log"]


def test_names_are_relative_to_the_current_folder_where_everything_lies_below_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(tmp_path, "project/src/a.py", "project/tests/b.py")
    found = find_files([tmp_path / "project" / "src"])
    assert (found.root, [file.name for file in found.files]) == (tmp_path / "project" / "src", ["a.py"])
    monkeypatch.chdir(tmp_path / "project")
    found = find_files([Path("src"), Path("tests/b.py")])
    assert found.root == Path.cwd()
    assert [file.name for file in found.files] == ["src/a.py", "tests/b.py"]


def test_a_file_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    _write(tmp_path, "a.py")
    assert _names(tmp_path, tmp_path / "a.py") == ["a.py"]


def test_what_the_run_itself_writes_is_not_read(tmp_path: Path) -> None:
    _write(tmp_path, "a.py", "results.json")
    found = find_files([tmp_path], without=[tmp_path / "results.json"])
    assert [file.name for file in found.files] == ["a.py"]


@posix_only
def test_links_are_told_and_no_circle_is_walked(tmp_path: Path) -> None:
    _write(tmp_path, "a.py", "folder/b.py")
    (tmp_path / "to_file").symlink_to("a.py")
    (tmp_path / "to_folder").symlink_to("folder")
    (tmp_path / "folder" / "up").symlink_to("..")
    (tmp_path / "broken").symlink_to("nowhere")
    (tmp_path / "self").symlink_to("self")
    assert _names(tmp_path) == ["a.py", "folder/b.py"]
    assert _reasons(tmp_path) == {
        "to_file": files.LINK,
        "to_folder": files.LINK,
        "folder/up": files.LINK,
        "broken": files.BROKEN_LINK,
        "self": files.LINK_LOOP,
    }


@posix_only
def test_a_link_that_is_named_is_followed(tmp_path: Path) -> None:
    _write(tmp_path, "real/a.py")
    (tmp_path / "link").symlink_to("real")
    assert _names(tmp_path / "link") == ["a.py"]


@posix_only
def test_pipes_and_sockets_are_told_and_not_opened(short_path: Path) -> None:
    os.mkfifo(short_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(short_path / "socket"))
        assert _reasons(short_path) == {"pipe": files.NO_FILE, "socket": files.NO_FILE}


def test_a_folder_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(tmp_path, "closed/a.py", "b.py")
    scan = os.scandir

    # Root may read everything, so that permissions alone would prove nothing.
    def refuse(folder: Path) -> object:
        if Path(folder).name == "closed":
            raise PermissionError(13, "Permission denied")
        return scan(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    assert _reasons(tmp_path) == {"closed": files.NO_PERMISSION}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux allows such names")
def test_names_that_are_not_utf8_or_not_printable_are_shown_as_escapes(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/a\xff.py")).write_text("x = 1", encoding="utf-8")
    (tmp_path / "b\n\x1b[31m.py").write_text("x = 1", encoding="utf-8")
    (tmp_path / "ü.py").write_text("x = 1", encoding="utf-8")
    names = _names(tmp_path)
    assert names == ["a\\xff.py", "b\\n\\x1b[31m.py", "ü.py"]
    for name in names:
        name.encode("utf-8")
