from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.classify.classifier import Classification
from host.evaluation.bench.models import find_trees
from host.evaluation.classification import LabelledFile, measure_quality, pick_evenly, read_tree

if TYPE_CHECKING:
    from pathlib import Path


def test_quality_is_what_can_be_counted_by_hand() -> None:
    labels = ["code", "code", "code", "test"]
    given = [("code", 0.9), ("code", 0.9), ("test", 0.6), ("test", 0.6)]
    found = measure_quality(labels, [Classification(category, sure) for category, sure in given])
    assert found.files == 4
    assert found.accuracy == 0.75
    assert found.commonest == 0.75
    code, test = found.categories["code"], found.categories["test"]
    assert (code.files, code.precision) == (3, 1.0)
    assert code.recall == pytest.approx(2 / 3)
    assert (test.files, test.precision, test.recall) == (1, 0.5, 1.0)
    assert code.f1 == pytest.approx(0.8)
    assert test.f1 == pytest.approx(2 / 3)
    assert found.macro_f1 == pytest.approx((0.8 + 2 / 3) / 2)
    # 0.9 and all right, 0.6 and half of them.
    assert found.calibration_error == pytest.approx(0.5 * 0.1 + 0.5 * 0.1)


def test_a_category_that_is_never_found_scores_nothing() -> None:
    found = measure_quality(["data", "code"], [Classification("code", 1.0), Classification("code", 1.0)])
    assert found.categories["data"].f1 == 0.0
    assert found.categories["code"].recall == 1.0


def test_a_tree_gives_its_labelled_readable_files(tmp_path: Path) -> None:
    files = {
        "src/app.py": b"import re\n\nprint('hello world')\n",
        "README.md": b"# A project that does something\n",
        "data/a.csv": b"name,value\none,1\ntwo,2\n",
        "data/binary.csv": bytes(range(256)) * 4,
        "src/empty.py": b"\n",
        "src/unclear.xyz": b"whatever this may be, it is long enough",
        "out/built.py": b"this is ignored, and long enough to be read",
        ".gitignore": b"out/\nand more that makes it long enough\n",
    }
    for name, data in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    found = {file.path: file.label for file in read_tree(tmp_path)}
    assert {path: label for path, label in found.items() if path != ".gitignore"} == {
        "src/app.py": "code",
        "README.md": "documentation",
        "data/a.csv": "data",
    }


def test_a_large_category_is_thinned_out_evenly() -> None:
    files = [LabelledFile(str(number), "", "code") for number in range(100)]
    assert [file.path for file in pick_evenly(files, 4)] == ["0", "25", "50", "75"]
    assert pick_evenly(files, 200) == files


def test_a_file_can_be_shown_without_its_name() -> None:
    file = LabelledFile("src/app.py", "import re", "code")
    assert "app.py" in file.describe()
    assert file.describe(with_name=False) == "import re"


def test_this_checkout_and_an_installed_package_are_there_to_be_classified() -> None:
    trees = find_trees()
    assert len(trees) == 2
    assert all(tree.is_dir() for tree in trees)
