from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from host.core.errors import InvalidInput
from host.finetune.category_checks import check_category
from host.finetune.category_data import NONE_KEY, SiteEntry
from host.finetune.category_file import read_builtin_categories, read_category_file
from host.tabs.examples import KEYS
from tests.finetune.category_world import read_two, write_categories

if TYPE_CHECKING:
    from pathlib import Path


def test_every_built_in_template_can_be_filled() -> None:
    categories = read_builtin_categories()
    assert tuple(category.key for category in categories) == KEYS
    for category in categories:
        check_category(category, "built-in")
        assert category.description
        assert (category.name is None) == (category.key == NONE_KEY)


def test_keywords_sites_and_title_patterns_are_all_that_a_category_needs(tmp_path: Path) -> None:
    path = write_categories(
        tmp_path,
        """
        [categories.Chess]
        keywords = ["opening", "endgame"]
        domains = ["https://www.chess.example/x", "club.example.org | The Club"]
        title_patterns = ["The {keyword} explained", "{site}: {keyword} of the day"]
        [categories.Sailing]
        keywords = ["spinnaker", "tide"]
        """,
    )
    chess, sailing, none = read_category_file(path)
    assert (chess.key, chess.name, chess.builtin) == ("chess", "Chess", False)
    assert chess.patterns[0].titles == ("The {keyword} explained",)
    assert chess.patterns[0].sites == (
        SiteEntry("www.chess.example", "Chess"),
        SiteEntry("club.example.org", "The Club"),
    )
    # Patterns that share all sites have addresses of their own forms, or none could be held out.
    assert chess.patterns[0].urls != chess.patterns[1].urls
    assert len(sailing.patterns) > 3
    assert none.key == NONE_KEY


def test_built_in_categories_are_kept_and_added_to(tmp_path: Path) -> None:
    path = write_categories(
        tmp_path,
        """
        include = ["news", "none"]
        [[categories]]
        key = "news"
        keywords = ["parish gazette"]
        title_patterns = ["{keyword} of {year}", "The {keyword}"]
        """,
    )
    builtin = {category.key: category for category in read_builtin_categories()}
    news, none = read_category_file(path)
    assert news.name == builtin["news"].name
    assert len(news.patterns) == len(builtin["news"].patterns) + 2
    assert len({pattern.id for pattern in news.patterns}) == len(news.patterns)
    assert none == builtin["none"]


def test_all_built_in_categories_are_kept_with_one_word(tmp_path: Path) -> None:
    found = read_category_file(write_categories(tmp_path, 'include = "all"'))
    assert found == read_builtin_categories()


def test_a_file_may_be_one_category(tmp_path: Path) -> None:
    found = read_category_file(write_categories(tmp_path, 'name = "Chess"\nkeywords = ["endgame"]'))
    assert [category.key for category in found] == ["chess", NONE_KEY]


def test_words_of_a_language_go_before_the_others(tmp_path: Path) -> None:
    music, _ = read_two(tmp_path)
    assert "Geige" in (music.find_words("instrument", "de") or ())
    assert "violin" in (music.find_words("instrument", "fr") or ())
    assert music.find_words("nothing", "en") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = x", "is no TOML.*line 1"),
        ("", "the category is empty"),
        ('name = "A"', "the category is empty"),
        ('include = ["dev"]\n[categories.A]\nkeyword = ["a"]', "nothing is called 'keyword'"),
        ('include = ["devs"]', "no built-in category 'devs'"),
        ("include = []", "names no category"),
        ("categories = 3", r"written as \[\[categories\]\]"),
        ('name = "A"\nkeywords = "a"', "keywords must be a list of texts"),
        ('name = "A"\nkeywords = [" "]', "a text of keywords is empty"),
        ('name = 3\nkeywords = ["a"]', "name must be text"),
        ('name = "A"\ntitle_patterns = ["Pattern {variable}", "b"]', r"the slot \{variable\}"),
        ('name = "A"\ntitle_patterns = ["Pattern {slug}", "b"]', r"the slot \{slug\}"),
        ('name = "A"\ntitle_patterns = ["a {b", "b"]', "belongs to nothing"),
        ('name = "A"\ntitle_patterns = ["{number:x}", "b"]', "cannot be made"),
        ('name = "A"\ntitle_patterns = ["{year.wide}", "b"]', "no change 'wide'"),
        ('name = "A"\ndomains = ["/x"]\nkeywords = ["a"]', "is no site"),
        ('name = "A"\nsites = ["x"]\nkeywords = ["a"]', "written as groups"),
        ('name = "A"\n[[patterns]]\ntitles = ["a"]\nsites = "shop"', "no group of sites 'shop'"),
        ('name = "A"\n[[patterns]]\nurls = ["https://a.b/"]', "has no titles"),
        ('name = "A"\n[[patterns]]\ntitles = ["a"]\nweight = 0', "weight must be"),
        ('name = "A"\n[[patterns]]\ntitles = ["a"]\nhard = 1', "hard must be true or false"),
        ('name = "A"\npatterns = ["a"]', r"written as \[\[patterns\]\]"),
        ('name = "A"\ntitle_patterns = ["{a}", "b"]\n[slots]\na = []', "'a' is empty"),
        ('name = "A"\ntitle_patterns = ["{a}", "b"]\n[slots]\na1 = ["x"]', "letters and underscores"),
        ('name = "A"\ntitle_patterns = ["{a}", "b"]\n[slots]\na = ["{b}"]\nb = ["{a}"]', "in a circle|again"),
        (
            '[[categories]]\nname = "A"\nkeywords = ["a"]\n[[categories]]\nname = "a"\nkeywords = ["b"]',
            "twice",
        ),
    ],
)
def test_what_is_wrong_in_a_file_is_told(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as raised:
        read_category_file(write_categories(tmp_path, text))
    assert "mine.toml" in raised.value.message


def test_a_mistyped_slot_is_told_with_the_one_that_is_meant(tmp_path: Path) -> None:
    path = write_categories(tmp_path, 'name = "A"\ntitle_patterns = ["{numbr}", "b"]')
    with pytest.raises(InvalidInput) as raised:
        read_category_file(path)
    assert "do you mean {number}?" in (raised.value.fix or "")


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_category_file(tmp_path)
    (tmp_path / "bytes.toml").write_bytes(b'name = "\xff"')
    with pytest.raises(InvalidInput, match="is no TOML"):
        read_category_file(tmp_path / "bytes.toml")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text("ab{}<>| .", max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "key"]), inner, max_size=2)
    ),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    raw=st.dictionaries(
        st.sampled_from(
            ["name", "key", "keywords", "domains", "sites", "slots", "title_patterns", "patterns", "include"]
        ),
        VALUES,
    )
)
def test_any_values_are_categories_or_are_told_to_be_none(tmp_path: Path, raw: dict[str, object]) -> None:
    path = write_categories(tmp_path, _write_toml(raw))
    try:
        found = read_category_file(path)
    except InvalidInput:
        return
    assert found
    for category in found:
        check_category(category, "here")


def _write_toml(raw: dict[str, object]) -> str:
    return "".join(f"{key} = {_write_value(value)}\n" for key, value in raw.items())


def _write_value(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_write_value(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_write_value(each) for each in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else f'"{value or ""}"'
