"""The set of our own, and the readers of the others, from small folders of the same shape."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import apsw
import pytest

from host.core.errors import InvalidInput
from host.evaluation import tab_rows
from host.evaluation.tab_sets import CATEGORIES, LABELS, TAB_SET_NAMES, load_tab_set
from host.tabs.examples import read_examples

if TYPE_CHECKING:
    from pathlib import Path

HEADER = ",url,title,task,test_set_id,task_id,user_description\n"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_the_own_set_is_varied_and_labelled() -> None:
    tabs = load_tab_set("own").tabs
    assert len(tabs) == 420
    assert all(sum(tab.category == key for tab in tabs) >= 40 for key in CATEGORIES)
    assert sum(tab.category is None for tab in tabs) >= 0.19 * len(tabs)
    assert sum(tab.language != "en" for tab in tabs) >= 0.4 * len(tabs)
    assert len({tab.language for tab in tabs}) >= 15
    assert len({tab.title for tab in tabs}) == len(tabs)
    assert {tab.label for tab in tabs} == set(LABELS)


def test_hardly_a_tab_of_the_own_set_is_among_the_examples_that_the_product_learned_from() -> None:
    titles = {example.title.casefold() for example in read_examples()}
    shared = [tab.title for tab in load_tab_set("own").tabs if tab.title.casefold() in titles]
    assert len(shared) < 15


def test_a_list_of_interfaces_is_labelled_by_its_sections(tmp_path: Path) -> None:
    write(
        tmp_path / "public_apis" / "README.md",
        "### Music\nAPI | Description | Auth |\n|:---|:---|:---|\n"
        "| [Hum](https://hum.net) | Songs by ear | No |\n"
        "| [Hum](https://hum.net) | Songs by ear | No |\n"
        "| [Drum](https://developers.drum.net) | Beats | No |\n"
        "### Security\n| [Lock](https://lock.net) | Keys | No |\n"
        "### Weather\n| [Rain](https://rain.net) | Drops | No |\n",
    )
    found = load_tab_set("public_apis", tmp_path).tabs
    assert [(tab.title, tab.label) for tab in found] == [
        ("Hum – Songs by ear", "entertainment"),
        ("Drum – Beats", "entertainment"),
        ("Rain – Drops", "none"),
    ]
    assert [tab.title for tab in load_tab_set("public_apis_names", tmp_path).tabs] == ["Hum", "Drum", "Rain"]
    assert [tab.url for tab in load_tab_set("public_apis_sites", tmp_path).tabs] == [
        "https://hum.net",
        "https://rain.net",
    ]


def test_tasks_say_where_tabs_belong_and_strays_are_left_out(tmp_path: Path) -> None:
    rows = (
        "0,https://a.net/tents,Tents on sale,Online Shopping for Camping Gear,s,s_1,someone\n"
        "1,https://a.net/tents,Tents on sale,Online Shopping for Camping Gear,s,s_1,someone\n"
        "2,https://b.net/,How to choose a tent,Online Shopping for Camping Gear,s,s_1,someone\n"
        '3,c.net/r/rome,Rooms in Rome,"Researching or Booking Travel for Rome, Italy",s,s_2,someone\n'
        "4,https://d.net/,A view,Reading Articles about Parenting,s,s_3,someone\n"
        "5,https://e.net/budget,Budget vote tonight,Reading Articles about Elections,s,s_4,someone\n"
    )
    write(tmp_path / "mozilla_tabs" / "synthetic_processed.csv", HEADER + rows)
    found = load_tab_set("mozilla_synthetic", tmp_path).tabs
    assert [(tab.title, tab.url, tab.label) for tab in found] == [
        ("Tents on sale", "https://a.net/tents", "shopping"),
        ("Rooms in Rome", "https://c.net/r/rome", "none"),
        ("Budget vote tonight", "https://e.net/budget", "news"),
    ]


def test_labels_by_hand_hold_no_address_and_find_their_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own"
    key = tab_rows.hash_text("https://a.net/x Planning board")
    write(own / "mozilla_labels.tsv", f"{key}\twork\ten\n")
    write(own / "article_labels.tsv", f"{tab_rows.hash_text('https://n.net/1')}\tnews\tde\n")
    write(own / "browser_history_labels.tsv", f"{tab_rows.hash_text('https://h.net/')}\tdev\ten\n")
    monkeypatch.setattr(tab_rows, "_OWN", own)
    write(
        tmp_path / "mozilla_tabs" / "one.csv",
        HEADER + "0,https://a.net/x,Planning board,Using,s,s_1,u\n1,https://a.net/y,Other,Using,s,s_1,u\n",
    )
    assert [(tab.title, tab.label) for tab in load_tab_set("mozilla_mixed", tmp_path).tabs] == [
        ("Planning board", "work")
    ]

    articles = tmp_path / "article_extraction"
    write(articles / "ground-truth.json", json.dumps({"k": {"url": "https://n.net/1"}}))
    (articles / "html").mkdir()
    page = "<html><head><title>Gr&uuml;n &amp;\n klein</title></head></html>"
    (articles / "html" / "k.html.gz").write_bytes(gzip.compress(page.encode()))
    found = load_tab_set("article_extraction", tmp_path).tabs
    assert [(tab.title, tab.label, tab.language) for tab in found] == [("Grün & klein", "news", "de")]

    history = tmp_path / "browser_history" / "some" / "History"
    write(history.parent / "LICENSE", "words")
    connection = apsw.Connection(str(history))
    connection.execute(
        "CREATE TABLE urls(id INTEGER PRIMARY KEY, url, title, visit_count, last_visit_time, hidden);"
        "CREATE TABLE visits(id INTEGER PRIMARY KEY, url, visit_time, transition);"
        "INSERT INTO urls VALUES (1, 'https://h.net/', 'Code', 1, 13000000000000000, 0),"
        " (2, 'https://h.net/2', 'Code', 1, 13100000000000000, 0)"
    )
    connection.close()
    # The latest page with a title stands for it, and that one has no label.
    assert load_tab_set("browser_history", tmp_path).tabs == ()
    write(own / "browser_history_labels.tsv", f"{tab_rows.hash_text('https://h.net/2')}\tdev\ten\n")
    assert [(tab.title, tab.label) for tab in load_tab_set("browser_history", tmp_path).tabs] == [
        ("Code", "dev")
    ]


@pytest.mark.parametrize("name", TAB_SET_NAMES[1:])
def test_data_that_is_not_there_is_said(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as without:
        load_tab_set(name)
    assert "--data" in (without.value.fix or "")
    for folder in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(InvalidInput):
            load_tab_set(name, folder)


def test_a_set_that_is_unknown_is_said() -> None:
    with pytest.raises(InvalidInput, match="no set"):
        load_tab_set("other")
