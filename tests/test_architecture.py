"""The floors of the house, read from the source itself."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.architecture_rules import COMMANDS_OF_THEIR_OWN, FLOORS, LIBRARIES, STANDARD_LIBRARY_ONLY

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
HOST = ROOT / "host"
LONGEST_FILE = 400


@dataclass(frozen=True)
class Module:
    """A file of ours and what it imports."""

    path: str
    text: str
    tree: ast.Module

    @property
    def part(self) -> str:
        """The floor it stands on."""
        first = self.path.split("/")[0]
        return first.removesuffix(".py")

    def imports(self, *, of_types: bool) -> set[str]:
        """Full names of imported modules; with or without those that only type checkers read."""
        hidden: set[ast.AST] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
                hidden.update(inner for statement in node.body for inner in ast.walk(statement))
        found: set[str] = set()
        for node in ast.walk(self.tree):
            if node in hidden and not of_types:
                continue
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                assert node.level == 0, f"{self.path}: a relative import"
                found.update(f"{node.module}.{alias.name}" for alias in node.names)
        return found


def _read_modules() -> list[Module]:
    found = []
    for file in sorted(HOST.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        found.append(Module(file.relative_to(HOST).as_posix(), text, ast.parse(text)))
    return found


MODULES = _read_modules()


def _is_in(path: str, places: tuple[str, ...]) -> bool:
    return any(path.startswith(place) if place.endswith("/") else path == place for place in places)


def _reach(start: str) -> set[str]:
    """The files that importing `start` loads at once: what stands at the top of modules."""
    by_name = {"host." + module.path.removesuffix(".py").replace("/", "."): module for module in MODULES}
    waiting, seen = [start], set()
    while waiting:
        name = waiting.pop()
        module = by_name.get(name) or by_name.get(name + ".__init__")
        if module is None or module.path in seen:
            continue
        seen.add(module.path)
        for node in module.tree.body:
            if isinstance(node, ast.ImportFrom) and node.module:
                waiting += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            elif isinstance(node, ast.Import):
                waiting += [alias.name for alias in node.names]
    return seen


def test_imports_point_down_only() -> None:
    wrong = [
        f"{module.path} imports {name}"
        for module in MODULES
        if module.path != "__init__.py"
        for name in module.imports(of_types=True)
        if name.startswith("host.") and name.split(".")[1] not in FLOORS[module.part] | {module.part, "core"}
    ]
    assert wrong == []


def test_storage_and_models_never_see_each_other() -> None:
    assert "models" not in FLOORS["storage"]
    assert "storage" not in FLOORS["models"]


def test_every_part_has_its_place_in_the_table() -> None:
    assert {module.part for module in MODULES} - {"__init__"} == set(FLOORS)


@pytest.mark.parametrize("library", sorted(LIBRARIES))
def test_a_library_is_loaded_only_where_it_belongs(library: str) -> None:
    users = {
        module.path
        for module in MODULES
        if any(name.split(".")[0] == library for name in module.imports(of_types=False))
    }
    # The bench measures the libraries themselves, in processes of its own.
    users = {path for path in users if not path.startswith("evaluation/")}
    assert {path for path in users if not _is_in(path, LIBRARIES[library])} == set()


def test_what_runs_before_the_environment_exists_needs_nothing_but_python() -> None:
    wrong = [
        f"{module.path} imports {name}"
        for module in MODULES
        if _is_in(module.path, STANDARD_LIBRARY_ONLY)
        for name in module.imports(of_types=False)
        if name.split(".")[0] not in {*sys.stdlib_module_names, "host"}
    ]
    assert wrong == []


def test_the_bridge_loads_next_to_nothing() -> None:
    assert _reach("host.__main__") <= {
        "__init__.py",
        "__main__.py",
        "bridge.py",
        "core/__init__.py",
        "core/origins.py",
        "core/paths.py",
    }


def test_every_library_that_is_imported_is_declared() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    extras = project["optional-dependencies"]
    lines = [*project["dependencies"], *(line for name in extras.keys() - {"test"} for line in extras[name])]
    declared = {re.split(r"[\[<>=~! ]", line)[0].lower().replace("_", "-") for line in lines}
    providers = importlib.metadata.packages_distributions()
    for module in MODULES:
        for name in module.imports(of_types=False):
            top = name.split(".")[0]
            if top in {*sys.stdlib_module_names, "host"}:
                continue
            names = {distribution.lower().replace("_", "-") for distribution in providers.get(top, [top])}
            assert names & declared, f"{module.path} imports {top}"


_SQL = re.compile(
    r"\s*(SELECT\b.+\bFROM\b|INSERT (OR \w+ )?INTO|UPDATE \w+ SET|DELETE FROM|PRAGMA \w|"
    r"(CREATE|DROP|ALTER) (VIRTUAL |TEMP )?(TABLE|INDEX|TRIGGER|VIEW)|VACUUM\b|ATTACH\b)",
    re.DOTALL,
)


def _walk() -> Iterator[tuple[Module, ast.AST]]:
    return ((module, node) for module in MODULES for node in ast.walk(module.tree))


def _name(node: ast.AST) -> str:
    """What a call calls."""
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ""


def test_sql_is_written_in_storage_only() -> None:
    wrong = [
        f"{module.path}:{node.lineno}"
        for module, node in _walk()
        if module.part != "storage"
        and isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and _SQL.match(node.value)
    ]
    assert wrong == []


def test_nothing_is_printed_but_by_commands() -> None:
    allowed = {"cli", "cli_commands", "install"}
    wrong = [
        f"{module.path}:{node.lineno}"
        for module, node in _walk()
        if module.part not in allowed and module.path not in COMMANDS_OF_THEIR_OWN
        # Naming the stream says that it is meant.
        if isinstance(node, ast.Call)
        and _name(node) == "print"
        and "file" not in {k.arg for k in node.keywords}
    ]
    assert wrong == []


def test_the_standard_streams_belong_to_the_bridge_the_workers_and_the_commands() -> None:
    allowed = {"bridge", "cli", "cli_commands", "install", "workers", "evaluation"}
    wrong = [
        module.path
        for module in MODULES
        if module.part not in allowed and module.path not in COMMANDS_OF_THEIR_OWN
        if re.search(r"sys\.(stdin|stdout)\b", module.text)
    ]
    assert wrong == []


def test_every_public_thing_says_what_it_does() -> None:
    wrong = []
    for module in MODULES:
        waiting: list[tuple[str, ast.AST]] = [(module.path, module.tree)]
        while waiting:
            name, node = waiting.pop()
            if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                continue
            if not ast.get_docstring(node):
                wrong.append(name)
            if not isinstance(node, ast.FunctionDef):
                waiting += [
                    (f"{name}: {inner.name}", inner)
                    for inner in node.body
                    if isinstance(inner, ast.ClassDef | ast.FunctionDef) and not inner.name.startswith("_")
                ]
    assert wrong == []


def test_no_failure_is_passed_over_in_silence() -> None:
    broad = {"Exception", "BaseException", "None"}
    wrong = [
        f"{module.path}:{node.lineno}"
        for module, node in _walk()
        if (
            isinstance(node, ast.ExceptHandler)
            and (node.type is None or ast.unparse(node.type) in broad)
            and all(isinstance(statement, ast.Pass | ast.Continue) for statement in node.body)
        )
        or (
            isinstance(node, ast.Call)
            and _name(node) == "contextlib.suppress"
            and {ast.unparse(argument) for argument in node.args} & broad
        )
    ]
    assert wrong == []


def test_files_are_short_enough_to_be_read() -> None:
    files = [*HOST.rglob("*.py"), *(ROOT / "tests").rglob("*.py"), *(ROOT / "extension").rglob("*.js")]
    lengths = {file.relative_to(ROOT).as_posix(): _count_lines(file) for file in files}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def _count_lines(file: Path) -> int:
    return file.read_text(encoding="utf-8").count("\n")


def test_every_module_reads_its_annotations_late() -> None:
    # The installer's first file must be understood by a Python that is too old.
    wrong = [
        module.path
        for module in MODULES
        if len(module.tree.body) > 1
        and module.path not in {"install/__main__.py", "version.py"}
        and "from __future__ import annotations" not in module.text
    ]
    assert wrong == []


def test_text_is_never_read_or_written_in_an_unnamed_encoding() -> None:
    wrong = [
        f"{module.path}:{node.lineno}"
        for module, node in _walk()
        if isinstance(node, ast.Call)
        and (_name(node).endswith(".write_text") or (_name(node).endswith(".read_text") and not node.args))
        and not {word.arg for word in node.keywords} & {"encoding"}
    ]
    assert wrong == []
