"""What a file is, where its path alone says so: the labels that classifiers are measured against.

The rules were written down before anything was measured, and `docs/classification.md` lists them.
A path that people would argue about has no label and is left out.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

_CODE = frozenset(
    [
        "py",
        "pyi",
        "pyx",
        "pxd",
        "js",
        "mjs",
        "cjs",
        "jsx",
        "ts",
        "tsx",
        "mts",
        "cts",
        "c",
        "h",
        "cc",
        "cpp",
        "cxx",
        "hpp",
        "hh",
        "cu",
        "cuh",
        "m",
        "mm",
        "rs",
        "go",
        "java",
        "kt",
        "kts",
        "scala",
        "swift",
        "rb",
        "php",
        "pl",
        "pm",
        "lua",
        "r",
        "jl",
        "f",
        "f90",
        "f95",
        "for",
        "hs",
        "ml",
        "mli",
        "ex",
        "exs",
        "erl",
        "clj",
        "cs",
        "fs",
        "vb",
        "sh",
        "bash",
        "zsh",
        "fish",
        "ps1",
        "bat",
        "cmd",
        "sql",
        "css",
        "scss",
        "less",
        "vue",
        "svelte",
        "dart",
        "zig",
        "nim",
        "d",
        "asm",
        "s",
    ]
)
_DOCUMENTATION = frozenset(["md", "markdown", "rst", "adoc", "asciidoc", "textile", "man"])
_CONFIGURATION = frozenset(["toml", "cfg", "ini", "yml", "yaml", "conf", "properties", "editorconfig"])
_DATA = frozenset(["csv", "tsv", "jsonl", "ndjson", "geojson", "arff"])
_DATA_IN_ITS_FOLDER = _DATA | frozenset(["json", "xml", "txt", "dat", "yml", "yaml"])

_TEST_FOLDERS = frozenset({"test", "tests", "__tests__", "spec", "specs"})
_DOCUMENTATION_FOLDERS = frozenset({"doc", "docs", "documentation", "man"})
_DATA_FOLDERS = frozenset({"data", "datasets", "corpus", "corpora"})
# What lies there is of two kinds at once, or written by a machine.
_UNCLEAR_FOLDERS = frozenset(
    [
        "example",
        "examples",
        "demo",
        "demos",
        "sample",
        "samples",
        "fixture",
        "fixtures",
        "template",
        "templates",
        "testing",
        "vendor",
        "vendored",
        "_vendor",
        "third_party",
        "node_modules",
        "dist",
        "build",
        "generated",
        "locale",
        "locales",
        "snapshots",
        "__snapshots__",
    ]
)

_TEST_NAME = re.compile(r"(test_.+|.+_test|.+[.-](test|spec)|conftest)\.\w+")
_BUILD_NAMES = re.compile(
    r"(gnu)?makefile(\..+)?|.+\.(mk|cmake|gradle|bazel|gyp|gypi|am)|cmakelists\.txt|dockerfile(\..+)?|.+\.dockerfile|"
    r"containerfile|meson\.build|meson_options\.txt|setup\.py|build\.rs|configure(\.ac)?|jenkinsfile|rakefile|"
    r"gulpfile\..+|gruntfile\..+|(webpack|rollup|vite|esbuild)\.config\.\w+|noxfile\.py|fabfile\.py|sconstruct|"
    r"workspace|build\.(xml|zig)|\.travis\.yml|\.gitlab-ci\.yml|azure-pipelines\.yml|appveyor\.yml|justfile"
)
_BUILD_FOLDERS = ((".github", "workflows"), (".github", "actions"), (".circleci",), (".ci",))
_CONFIGURATION_NAMES = re.compile(
    r"\.(git(ignore|attributes|modules)|dockerignore|npmignore|npmrc|nvmrc|prettierignore|eslintignore)|"
    r"\.(eslint|prettier|babel|stylelint|mocha|nyc|flake8|pylint|coverage|clang-format|clang-tidy|swc|taprc)(rc)?"
    r"(\.json|\.js|\.cjs)?|"
    r"(tsconfig|jsconfig)(\..+)?\.json|package\.json|composer\.json|biome\.json|\.env(\..+)?|pylintrc"
)
_DOCUMENTATION_NAMES = re.compile(
    r"(readme|changelog|changes|history|news|contributing|authors|contributors|code_of_conduct|security|todo|"
    r"install|thanks|faq|upgrading)(\.(txt|md|rst|markdown))?"
)
_OTHER_NAMES = re.compile(r"(licen[cs]e|copying|notice|copyright|unlicense)([.-].+)?|.+\.(svg|log)")
# Written by tools, or two things at once.
_UNCLEAR_NAMES = re.compile(
    r".+\.(min\.(js|css)|lock|map)|package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|go\.sum|"
    r"(.+[-_])?requirements([-_].+)?\.(txt|in)|docker-compose.*|tox\.ini|\.pre-commit-.+|__main__\.py|version\.py|"
    r"conf\.py|.+\.d\.(ts|mts|cts)|mkdocs\.yml|\.readthedocs\.ya?ml|citation\.cff"
)


def label_file(path: str) -> str | None:
    """The category that a path says its file belongs to.

    Args:
        path: relative to the root of its tree, with forward slashes.

    Returns:
        One of code, documentation, configuration, data, test, build, other; None where it is unclear.
    """
    pure = PurePosixPath(path.lower())
    name, folders = pure.name, pure.parts[:-1]
    kind = name.rpartition(".")[2] if "." in name[1:] else ""
    if _is_unclear(name, folders):
        return None
    if _OTHER_NAMES.fullmatch(name):
        return "other"
    if _TEST_FOLDERS & set(folders):
        # Data, settings and texts for tests are two things at once.
        return "test" if kind in _CODE and name != "__init__.py" else None
    if _TEST_NAME.fullmatch(name) and kind in _CODE:
        return "test"
    if _BUILD_NAMES.fullmatch(name) or any(_begins_with(folders, begin) for begin in _BUILD_FOLDERS):
        return "build"
    return _label_text(name, kind, set(folders))


def _is_unclear(name: str, folders: tuple[str, ...]) -> bool:
    if _UNCLEAR_NAMES.fullmatch(name) or _UNCLEAR_FOLDERS & set(folders):
        return True
    return any(folder.endswith((".dist-info", ".egg-info")) for folder in folders)


def _label_text(name: str, kind: str, folders: set[str]) -> str | None:
    """What neither tests nor builds nor is of another kind altogether."""
    if kind in _DOCUMENTATION or _DOCUMENTATION_NAMES.fullmatch(name):
        return "documentation"
    if _DOCUMENTATION_FOLDERS & folders:
        return "documentation" if kind == "txt" else None
    if _CONFIGURATION_NAMES.fullmatch(name):
        return "configuration"
    if kind in _DATA or (_DATA_FOLDERS & folders and kind in _DATA_IN_ITS_FOLDER):
        return "data"
    if kind in _CONFIGURATION:
        return "configuration"
    return "code" if kind in _CODE else None


def _begins_with(folders: tuple[str, ...], begin: tuple[str, ...]) -> bool:
    return folders[: len(begin)] == begin
