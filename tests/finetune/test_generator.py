from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from host.finetune.category_file import read_category_file
from host.finetune.generator import RowGenerator
from host.finetune.site_shapes import find_site, mask_numbers
from tests.finetune.category_world import read_two, write_categories

if TYPE_CHECKING:
    from pathlib import Path

    from host.finetune.rows import Row

ALL: frozenset[str] = frozenset()


def test_a_row_is_filled_from_one_template_and_its_address_fits_its_title(tmp_path: Path) -> None:
    music, _ = read_two(tmp_path)
    rows = list(RowGenerator(3).generate(music, 60, ALL, hard=False))
    assert {row.category for row in rows} == {"Music lessons"}
    assert {row.source for row in rows} == {"template"}
    words = music.words["instrument"]
    lessons = [row for row in rows if row.group == "music-lessons/0"]
    assert len(lessons) > 5
    for row in lessons:
        instrument = max((word for word in words if word in row.title), key=len)
        path = row.url.split("/lessons/")[1]
        assert path.startswith(f"{instrument.replace(' ', '-')}/")
        # The slug has words of the title, and never the site's name.
        slug = path.split("/")[1].split("?")[0]
        assert set(slug.split("-")) <= set(row.title.lower().replace("ń", "n").replace("ö", "o").split())


def test_a_slug_is_made_of_the_headline_without_site_and_waiting_messages(tmp_path: Path) -> None:
    text = """
    [categories.Tides]
    [[categories.Tides.patterns]]
    sites = ["port.example | The Harbour Post"]
    titles = ["({count}) High water at noon | {site}", "{site} – High water at noon", "High water at noon"]
    urls = ["https://{domain}/{slug}", "https://{domain}/{year}/{slug_}.html"]
    """
    tides, _ = read_category_file(write_categories(tmp_path, text))
    rows = list(RowGenerator(3).generate(tides, 40, ALL, hard=False))
    assert len(rows) > 3
    for row in rows:
        slug = row.url.split("/")[-1].split("?")[0].removesuffix(".html").replace("_", "-")
        assert "high-water-at-noon".startswith(slug)


def test_templates_give_rows_evenly_by_their_weights(tmp_path: Path) -> None:
    text = """
    [slots]
    word = ["ash", "birch", "cedar", "elm", "fir", "gum", "hazel", "ivy", "jasmine", "larch", "maple", "oak"]
    [categories.Trees]
    [[categories.Trees.patterns]]
    titles = ["{word} with {word2}"]
    weight = 3
    [[categories.Trees.patterns]]
    titles = ["{word} or {word2}"]
    """
    trees, _ = read_category_file(write_categories(tmp_path, text))
    rows = RowGenerator(3).generate(trees, 80, ALL, hard=False)
    assert Counter(row.group for row in rows) == {"trees/0": 60, "trees/1": 20}


def test_rows_that_differ_in_numbers_only_are_made_once(tmp_path: Path) -> None:
    text = """
    [categories.Build]
    [[categories.Build.patterns]]
    sites = ["ci.example.org"]
    titles = ["Build {number} <of {year}>", "Run {hex}"]
    urls = ["https://{domain}/job/{id}"]
    """
    build, _ = read_category_file(write_categories(tmp_path, text))
    rows = list(RowGenerator(3).generate(build, 500, ALL, hard=False))
    counts = Counter(mask_numbers(row.title) for row in rows)
    assert counts["build 0"] == counts["build 0 of 0"] == counts["run x"] == 1
    assert set(counts.values()) == {1}


def test_one_title_is_on_a_few_sites_only(tmp_path: Path) -> None:
    text = """
    [categories.Cart]
    title_patterns = ["Your cart ({number})"]
    keywords = ["cart"]
    """
    cart, _ = read_category_file(write_categories(tmp_path, text))
    rows = RowGenerator(3).generate(cart, 500, ALL, hard=False)
    of_pattern = [row for row in rows if row.group == "cart/0"]
    assert len(of_pattern) == len({find_site(row.url) for row in of_pattern}) == 3


def test_templates_share_no_site_that_was_made_up(tmp_path: Path) -> None:
    generator = RowGenerator(3)
    owners: dict[str, set[str]] = {}
    for category in read_two(tmp_path):
        for row in generator.generate(category, 300, ALL, hard=False):
            if "example" not in row.url:
                owners.setdefault(find_site(row.url), set()).add(row.group)
    assert len(owners) > 50
    assert {site: groups for site, groups in owners.items() if len(groups) > 1} == {}


def test_what_is_known_is_not_made_again_and_its_sites_are_not_made_up(tmp_path: Path) -> None:
    music, _ = read_two(tmp_path)
    first = list(RowGenerator(3).generate(music, 40, ALL, hard=False))
    generator = RowGenerator(3)
    generator.remember(first)
    second = list(generator.generate(music, 40, ALL, hard=False))
    assert not {(row.title, row.url) for row in first} & {(row.title, row.url) for row in second}
    made_up = [row for row in second if "example" not in row.url]
    assert not {find_site(row.url) for row in first} & {find_site(row.url) for row in made_up}


def test_hard_templates_and_languages_are_chosen(tmp_path: Path) -> None:
    music, garden = read_two(tmp_path)
    generator = RowGenerator(3)
    assert all(row.hard for row in generator.generate(garden, 20, ALL, hard=True))
    assert not any(row.hard for row in generator.generate(garden, 20, ALL, hard=False))
    german = list(generator.generate(music, 20, frozenset({"de"}), hard=False))
    assert {row.language for row in german} == {"de"}
    assert all("lernen – Musikschule" in row.title for row in german)
    assert not any("violin" in row.title for row in german)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_seed_gives_the_same_rows(tmp_path: Path, seed: int) -> None:
    music, _ = read_two(tmp_path)

    def make(seed: int) -> list[Row]:
        return list(RowGenerator(seed).generate(music, 50, ALL, hard=False))

    assert make(seed) == make(seed)
    assert make(seed) != make(seed + 1)
