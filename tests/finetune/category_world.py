"""Small categories for tests of the dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.finetune.category_file import read_category_file

if TYPE_CHECKING:
    from pathlib import Path

    from host.finetune.category_data import CategoryData

TWO = """
include = []

[slots]
instrument = ["violin", "cello", "drum kit", "oboe", "harp", "trumpet", "lute", "banjo", "piano", "viola"]
instrument_de = ["Geige", "Trommel", "Harfe", "Flöte", "Laute", "Bratsche", "Orgel", "Posaune"]
town = ["Leeds", "Oslo", "Turin", "Porto", "Gdańsk", "Bergen", "Nantes", "Derby", "Malmö", "Ghent", "Zagreb"]
plant = ["tomato", "oleander", "fern", "maple", "lavender", "beetroot", "thistle", "quince", "hops"]

[[categories]]
name = "Music lessons"
description = "learning an instrument"
keywords = ["violin", "sheet music"]
sites = { halls = ["halls.example.org | Concert Halls", "stage.example.net"] }
[[categories.patterns]]
titles = ["Learn the {instrument} in {town}", "{instrument} lessons <for adults >near {town} | {site}"]
urls = ["https://{domain}/lessons/{instrument.slug}/{slug}"]
[[categories.patterns]]
titles = ["{site}: {instrument} recital on {date}, {town}"]
urls = ["https://{domain}/{year}/{slug}"]
[[categories.patterns]]
language = "de"
titles = ["{instrument} lernen – Musikschule {town}"]
urls = ["https://{domain}/kurse/{id}"]
[[categories.patterns]]
titles = ["Seats for the {instrument} gala, {town} – {site}"]
urls = ["https://{domain}/tickets?event={id}"]
sites = "halls"
[[categories.patterns]]
titles = ["How loud is a {instrument}? Questions from {town}"]
urls = ["https://{domain}/q/{token}"]

[[categories]]
name = "Garden"
description = "plants"
[[categories.patterns]]
titles = ["Pruning {plant} with the gardeners of {town}", "When does {plant} flower around {town}?"]
urls = ["https://{domain}/plants/{plant.slug}/{slug}"]
[[categories.patterns]]
titles = ["{plant} seeds: sowing calendar {town}"]
urls = ["https://{domain}/{slug}", "https://{domain}/sow/{number}"]
[[categories.patterns]]
titles = ["Slugs ate my {plant} and my {plant2} :( {town} allotments"]
urls = ["https://{domain}/forum/t/{slug}/{id}"]
[[categories.patterns]]
titles = ["Botanic garden {town} | {plant} house"]
urls = ["http://{domain}/visit.php?id={number}"]
hard = true
[[categories.patterns]]
titles = ["Compost for {plant}, delivered to {town}"]
urls = ["https://{domain}/c/{hex}/{slug_}"]
"""


def write_categories(folder: Path, text: str = TWO) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def read_two(folder: Path) -> tuple[CategoryData, ...]:
    """Music lessons and Garden, without tabs of none of them."""
    return tuple(each for each in read_category_file(write_categories(folder)) if each.name)
