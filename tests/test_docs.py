"""What the documents say is so: references are current, commands exist, links lead somewhere."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from host.core.errors import error_tree
from host.core.settings import Settings
from host.install.options import read_options
from host.models.reference import renew, write_tables
from host.models.registry import load_registry
from host.protocol.methods import METHODS
from host.protocol.reference import write_protocol, write_settings
from tests.command_reference import PROGRAMS, list_commands, walk_programs, write_commands

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
TEXTS = sorted(
    file
    for file in [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "install").glob("*.md")]
    if file.name != "LICENSE.md"
)
_FENCE = re.compile(r"^```[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_PATH = re.compile(r"(?:host|extension|tests|install|docs)/[\w./-]+")


def _read(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "written", "command"),
    [
        ("protocol.md", write_protocol(), "python -m host.protocol.reference"),
        ("settings.md", write_settings(), "python -m host.protocol.reference settings"),
        ("commands.md", write_commands(), "python -m tests.command_reference"),
    ],
    ids=("protocol", "settings", "commands"),
)
def test_a_generated_reference_is_what_would_be_written_now(name: str, written: str, command: str) -> None:
    assert _read(name) == written, f"Run: {command} > docs/{name}"


def test_the_tables_of_the_models_are_what_would_be_written_now() -> None:
    text = _read("models.md")
    assert renew(text) == text, "Run: python -m host.models.reference docs/models.md"
    assert [name for name in load_registry() if f"| `{name}`" not in write_tables()] == []


def test_a_document_without_the_marks_is_not_written_over() -> None:
    with pytest.raises(ValueError, match="lacks"):
        renew("# Models")


def test_every_method_error_setting_and_command_is_documented() -> None:
    protocol, settings, commands = _read("protocol.md"), _read("settings.md"), _read("commands.md")
    assert [name for name in METHODS if f"### {name}\n" not in protocol] == []
    assert [kind for kind in error_tree() if f"`{kind}`" not in protocol] == []
    assert [key for key in Settings.model_validate({}).to_values() if f"`{key}`" not in settings] == []
    assert [name for name, _ in walk_programs() if f"## {name}\n" not in commands] == []


def test_every_setting_and_parameter_of_a_command_says_what_it_is_for() -> None:
    for name, command in walk_programs():
        assert command.help, name
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{name} {parameter.name}"


def _commands_in(text: str) -> list[str]:
    """Lines of fenced blocks and inline pieces that call a program of ours."""
    found = [line.strip() for block in _FENCE.findall(text) for line in block.splitlines()]
    found += _INLINE.findall(_FENCE.sub("", text))
    return [line.removeprefix("$ ") for line in found if re.match(r"(\$ )?(ai-history|classify)( |$)", line)]


def _check_command(line: str) -> str | None:
    """What is wrong with a line that calls a program of ours, or None."""
    line = re.split(r"\s[|>#]", line)[0].replace("…", "")
    program, *words = [word for word in shlex.split(line) if word]
    command: click.Command = PROGRAMS[program]
    while words and isinstance(command, click.Group) and not words[0].startswith("-"):
        # "daemon start|stop" names several at once.
        names = words.pop(0).split("|")
        known_commands = list_commands(command)
        missing = [name for name in names if name not in known_commands]
        if missing:
            return f"there is no {missing[0]}"
        command = known_commands[names[0]]
    known = {
        name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)
    } | {"--help", "-h", "--version"}
    unknown = [word for word in words if word.startswith("--") and word.split("=")[0] not in known]
    return f"there is no {unknown[0]}" if unknown else None


@pytest.mark.parametrize("file", TEXTS, ids=lambda file: file.name)
def test_commands_that_are_shown_exist(file: Path) -> None:
    if file.name == "commands.md":
        return
    wrong = {
        line: problem
        for line in _commands_in(file.read_text(encoding="utf-8"))
        if (problem := _check_command(line))
    }
    assert wrong == {}


def test_a_command_that_does_not_exist_would_be_noticed() -> None:
    assert _check_command("ai-history serch tea") == "there is no serch"
    assert _check_command("classify model lsit") == "there is no lsit"
    assert _check_command("classify -i . --moddel=x") == "there is no --moddel=x"
    assert _check_command("classify -i . -o a.json --model=x") is None
    assert _check_command("ai-history search tea --fast") == "there is no --fast"
    assert _check_command("ai-history daemon start|stop|status") is None
    assert _check_command('ai-history search "tea time" --json | head') is None
    assert _commands_in("```\n$ ai-history status\n```\nand `ai-history doctor`") == [
        "ai-history status",
        "ai-history doctor",
    ]


@pytest.mark.parametrize("file", TEXTS, ids=lambda file: file.name)
def test_options_of_the_installer_that_are_shown_exist(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        read_options(["--help"])
    known = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    text = file.read_text(encoding="utf-8")
    shown = {
        option
        for line in [*text.splitlines(), *_INLINE.findall(text)]
        if "-m host.install" in line
        for option in re.findall(r"(?<=\s)--[a-z-]+", line.split("host.install", 1)[1].split("`")[0])
    }
    assert shown - known == set()


@pytest.mark.parametrize("file", TEXTS, ids=lambda file: file.name)
def test_links_lead_somewhere(file: Path) -> None:
    text = _FENCE.sub("", file.read_text(encoding="utf-8"))
    missing = []
    for target in _LINK.findall(text):
        path, _, fragment = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        there = (file.parent / path).resolve() if path else file
        if not there.exists():
            missing.append(target)
            continue
        lost = bool(fragment) and there.suffix == ".md" and fragment not in _anchors(there)
        if lost:
            missing.append(target)
    assert missing == []


def _anchors(file: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("file", TEXTS, ids=lambda file: file.name)
def test_files_and_modules_that_are_named_exist(file: Path) -> None:
    wrong = []
    for piece in _INLINE.findall(file.read_text(encoding="utf-8")):
        if _PATH.fullmatch(piece) and not (ROOT / piece).exists():
            wrong.append(piece)
        module = re.fullmatch(r"python3? -m (host[\w.]*|tests[\w.]*)( .*)?", piece)
        if module:
            base = ROOT / module[1].replace(".", "/")
            if not base.with_suffix(".py").exists() and not (base / "__main__.py").exists():
                wrong.append(piece)
    assert wrong == []


def test_documents_that_code_points_to_exist() -> None:
    missing = {
        f"{file.relative_to(ROOT)}: {name}"
        for folder in ("host", "extension", "tests")
        for pattern in ("*.py", "*.js")
        for file in (ROOT / folder).rglob(pattern)
        for name in re.findall(r"docs/[\w./-]+\.md", file.read_text(encoding="utf-8"))
        if not (ROOT / name).exists()
    }
    assert missing == set()
