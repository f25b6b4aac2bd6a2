"""How well files are classified: against the labels that follow from their paths."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from host.classify.calibration import measure_calibration_error
from host.classify.document import HEAD_CHARACTERS, describe_document
from host.classify.files import find_files
from host.classify.heads import UnreadableFile, read_head
from host.evaluation.file_labels import label_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from host.classify.classifier import Classification

# Of each category in a tree, so that hundreds of source files do not drown a handful of settings.
FILES_PER_CATEGORY = 25
# With less text than this there is nothing to judge by.
_LEAST_CHARACTERS = 20


@dataclass(frozen=True)
class LabelledFile:
    """A file whose path says what it is.

    Attributes:
        path: relative to its tree, with forward slashes.
        head: the beginning of its text.
        label: its category.
    """

    path: str
    head: str
    label: str

    def describe(self, *, with_name: bool = True) -> str:
        """What a model is shown of it."""
        return describe_document(self.path if with_name else "", self.head)


@dataclass(frozen=True)
class CategoryQuality:
    """How well one category is found; each figure from 0 to 1.

    Attributes:
        files: that belong to it.
        precision: share of what was put there that belongs there; 0 when nothing was.
        recall: share of what belongs there that was put there.
        f1: their harmonic mean.
    """

    files: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class Quality:
    """How well files were classified; each figure from 0 to 1.

    Attributes:
        files: how many.
        accuracy: share that was right.
        commonest: what the accuracy would be if all were put into the commonest category.
        macro_f1: mean of the categories' F1; each counts the same, however few files it has.
        calibration_error: how far confidence and accuracy are apart on average.
        categories: by name; those that files belong to.
    """

    files: int
    accuracy: float
    commonest: float
    macro_f1: float
    calibration_error: float
    categories: dict[str, CategoryQuality]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def read_tree(root: Path, limit: int = FILES_PER_CATEGORY) -> list[LabelledFile]:
    """The labelled files of a source tree.

    Args:
        root: its folder. What `.gitignore` leaves out is left out.
        limit: of each category at most, taken at even distances from the sorted paths.
    """
    by_label: dict[str, list[LabelledFile]] = defaultdict(list)
    for file in find_files([root]).files:
        path = file.path.relative_to(root).as_posix()
        label = label_file(path)
        if label is None:
            continue
        try:
            head = read_head(file.path).text[:HEAD_CHARACTERS]
        except UnreadableFile:
            continue
        if len(head.strip()) >= _LEAST_CHARACTERS:
            by_label[label].append(LabelledFile(path, head, label))
    found: list[LabelledFile] = []
    for label in sorted(by_label):
        found += pick_evenly(by_label[label], limit)
    return found


def pick_evenly(files: Sequence[LabelledFile], limit: int) -> list[LabelledFile]:
    """At most so many of them, at even distances."""
    if len(files) <= limit:
        return list(files)
    return [files[place * len(files) // limit] for place in range(limit)]


def measure_quality(labels: Sequence[str], answers: Sequence[Classification]) -> Quality:
    """Compare answers with labels.

    Args:
        labels: what is right; at least one.
        answers: in the same order.
    """
    given = [answer.category for answer in answers]
    right = [label == category for label, category in zip(labels, given, strict=True)]
    belonging, put = Counter(labels), Counter(given)
    hits = Counter(label for label, hit in zip(labels, right, strict=True) if hit)
    categories = {}
    for name, files in sorted(belonging.items()):
        precision = hits[name] / put[name] if put[name] else 0.0
        recall = hits[name] / files
        total = precision + recall
        categories[name] = CategoryQuality(
            files, precision, recall, 2 * precision * recall / total if total else 0.0
        )
    return Quality(
        files=len(labels),
        accuracy=sum(right) / len(right),
        commonest=max(belonging.values()) / len(labels),
        macro_f1=sum(one.f1 for one in categories.values()) / len(categories),
        calibration_error=measure_calibration_error([answer.confidence for answer in answers], right),
        categories=categories,
    )
