from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.classify.categories import DEFAULT_CATEGORIES, Category, load_categories
from host.classify.classifier import check_categories
from host.core.errors import InvalidInput, NotFound
from host.protocol.model_messages import CategoryItem

if TYPE_CHECKING:
    from pathlib import Path


def test_the_default_categories_are_the_seven_kinds_of_files() -> None:
    names = [category.name for category in DEFAULT_CATEGORIES]
    assert names == ["code", "documentation", "configuration", "data", "test", "build", "other"]
    assert all(category.description and len(category.examples) >= 4 for category in DEFAULT_CATEGORIES)


def test_the_default_categories_can_be_sent_over_the_wire() -> None:
    for category in DEFAULT_CATEGORIES:
        sent = CategoryItem(
            name=category.name, description=category.description, examples=list(category.examples)
        )
        assert tuple(sent.examples) == category.examples


def test_categories_are_read_from_toml_and_json_alike(tmp_path: Path) -> None:
    toml = tmp_path / "topics.toml"
    toml.write_text(
        '[[category]]\nname = "recipe"\ndescription = "how to cook"\n'
        'examples = ["Soup: boil", { path = "soup.md", text = "Boil." }]\n[[category]]\nname = "poem"\n',
        encoding="utf-8",
    )
    json = tmp_path / "topics.json"
    json.write_text(
        '{"categories": [{"name": "recipe", "description": "how to cook", "examples": '
        '["Soup: boil", {"path": "soup.md", "text": "Boil."}]}, "poem"]}',
        encoding="utf-8",
    )
    wanted = (
        Category("recipe", "how to cook", ("Soup: boil", "File: soup.md\nKind: markdown\n\nBoil.")),
        Category("poem"),
    )
    assert load_categories(toml) == wanted
    assert load_categories(json) == wanted


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON"),
        ("{}", "there is no list of categories"),
        ('["one"]', "Between 2 and 100"),
        ('["one", "one"]', "is there twice"),
        ('["one", 2]', "category 2: it is neither"),
        ('["one", {"description": "x"}]', "category 2: its name is missing"),
        ('["one", {"name": " "}]', "category 2: its name is missing"),
        ('["one", {"name": "two", "colour": "red"}]', "'colour' is not known"),
        ('["one", {"name": "two", "description": 3}]', "its description is not a text"),
        ('["one", {"name": "two", "examples": "x"}]', "its examples are not a list"),
        ('["one", {"name": "two", "examples": [3]}]', "an example is neither"),
    ],
)
def test_a_file_that_cannot_be_used_says_what_is_wrong_and_where(
    tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "topics.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput) as found:
        load_categories(file)
    assert said in found.value.message
    assert str(file) in found.value.message
    assert found.value.fix


def test_a_missing_file_of_categories_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="There is no file"):
        load_categories(tmp_path / "none.json")


def test_a_broken_toml_file_is_said(tmp_path: Path) -> None:
    file = tmp_path / "topics.toml"
    file.write_text("[[category", encoding="utf-8")
    with pytest.raises(InvalidInput, match="is not TOML"):
        load_categories(file)


def test_more_categories_than_can_be_weighed_are_refused() -> None:
    check_categories([Category(str(number)) for number in range(100)])
    with pytest.raises(InvalidInput):
        check_categories([Category(str(number)) for number in range(101)])
