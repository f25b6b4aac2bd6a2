from __future__ import annotations

import pytest

from host.classify.categories import DEFAULT_CATEGORIES
from host.evaluation.file_labels import label_file

_KNOWN = {
    "code": ["src/app.py", "lib/index.js", "main.go", "include/a.hpp", "pkg/__init__.py", "web/site.css"],
    "documentation": ["README.md", "docs/guide.rst", "CHANGELOG", "docs/notes.txt", "CONTRIBUTING.rst"],
    "configuration": [
        "pyproject.toml",
        "setup.cfg",
        "config/app.yaml",
        ".gitignore",
        "package.json",
        "a/tsconfig.json",
    ],
    "data": ["prices.csv", "data/cities.json", "pkg/datasets/iris.tsv", "data/words.txt", "events.jsonl"],
    "test": [
        "tests/test_app.py",
        "src/app.test.js",
        "src/__tests__/panel.ts",
        "app_test.go",
        "tests/conftest.py",
    ],
    "build": [
        "Makefile",
        "CMakeLists.txt",
        "docker/Dockerfile",
        ".github/workflows/ci.yml",
        "setup.py",
        "native/meson.build",
        "binding.gyp",
    ],
    "other": ["LICENSE", "LICENSE-MIT", "icons/logo.svg", "NOTICE.txt", "run.log", "licenses/LICENSE.apache"],
}


@pytest.mark.parametrize(("label", "path"), [(label, path) for label in _KNOWN for path in _KNOWN[label]])
def test_a_path_that_says_what_its_file_is_has_a_label(label: str, path: str) -> None:
    assert label_file(path) == label
    assert label_file(path.upper()) == label


@pytest.mark.parametrize(
    "path",
    [
        "tests/data/sample.json",
        "tests/__init__.py",
        "tests/README.md",
        "examples/app.py",
        "package-lock.json",
        "uv.lock",
        "dist/app.min.js",
        "vendor/lib.c",
        "docs/conf.py",
        "requirements.txt",
        "pkg-1.0.dist-info/RECORD",
        "strange.xyz",
        "tox.ini",
        "types/index.d.ts",
    ],
)
def test_a_path_that_people_would_argue_about_has_none(path: str) -> None:
    assert label_file(path) is None


def test_every_label_is_a_default_category() -> None:
    assert set(_KNOWN) == {category.name for category in DEFAULT_CATEGORIES}
