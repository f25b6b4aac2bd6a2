"""The SQL explorer in a real browser, with a real host and what it has read."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import LIMIT_MS
from tests.e2e.sql_page import SqlPage
from tests.e2e.waiting import wait_for

if TYPE_CHECKING:
    from tests.e2e.conftest import World

pytestmark = [pytest.mark.browser, pytest.mark.model]

NUMBERS = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250)"
    " SELECT i, 'row ' || i AS name FROM n"
)
MANY = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000)"
    " SELECT i, 'a, \"b\"' || char(10) || printf('%060d', i) AS text FROM n"
)
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
KEPT = "SELECT 'kept'"
FORMER = "A former name"
CHANGE = "UPDATE saved_queries SET name = 'changed' WHERE name = 'A former name'"


def test_rows_come_page_by_page_and_the_page_complains_about_nothing(world: World) -> None:
    before = len(world.browser.console_errors)
    sql = SqlPage(world.browser)
    sql.field.fill("")
    sql.field.press_sequentially(NUMBERS)
    sql.page.keyboard.press("Control+Enter")
    sql.expect_cell("1")
    sql.expect_count("The first 100 rows, truncated")
    sql.button("Next").click()
    sql.expect_cell("101")
    sql.button("Next").click()
    sql.expect_cell("201")
    expect(sql.rows.get_by_role("row")).to_have_count(51)
    expect(sql.button("Next")).to_be_disabled()
    sql.button("Previous").click()
    sql.expect_cell("101")
    sql.run("SELECT 'written over coloured words'")
    sql.expect_cell("written over coloured words")
    assert world.browser.console_errors[before:] == []


def test_tab_leaves_the_editor_and_names_are_completed(world: World) -> None:
    sql = SqlPage(world.browser)
    sql.field.fill("")
    sql.field.press_sequentially("SELECT title FROM page_ch")
    completions = sql.page.get_by_role("listbox")
    expect(completions.get_by_role("option", name="page_chunks")).to_be_visible(timeout=LIMIT_MS)

    def accept() -> bool:
        # A list that has only just opened takes no key yet, so that nobody accepts it by mistake.
        sql.page.keyboard.press("Tab")
        return sql.field.text_content() == "SELECT title FROM page_chunks"

    wait_for(accept, "a completed name")
    sql.page.keyboard.press("Tab")
    expect(sql.button("Run")).to_be_focused()


def test_a_slow_statement_is_cancelled_and_the_host_answers_meanwhile(world: World) -> None:
    sql = SqlPage(world.browser)
    sql.section.get_by_label("Time limit").select_option("10 min")
    sql.run(ENDLESS)
    expect(sql.button("Cancel")).to_be_visible()
    with world.installation.client(world.profile_id) as client:
        assert client.call("store.stats")["pages"] > 0
    sql.button("Cancel").click()
    sql.expect_said("Cancelled.")
    expect(sql.button("Cancel")).to_be_hidden()
    sql.run(ENDLESS)
    sql.run("SELECT 'after'")
    sql.expect_cell("after")


def test_a_mistake_is_explained_and_nothing_is_shown_for_rows(world: World) -> None:
    sql = SqlPage(world.browser)
    sql.run("SELECT * FROM no_such_table")
    expect(sql.section.get_by_role("alert")).to_contain_text("no_such_table", timeout=LIMIT_MS)
    expect(sql.rows).to_be_hidden()
    sql.run("DELETE FROM pages")
    expect(sql.section.get_by_role("alert")).to_contain_text("rite", timeout=LIMIT_MS)


def test_a_statement_is_saved_and_taken_up_again_on_another_page(world: World) -> None:
    sql = SqlPage(world.browser)
    sql.field.fill(KEPT)
    sql.button("Save…").click()
    sql.section.get_by_role("textbox", name="Save as").fill("A kept one")
    sql.button("Save").click()
    sql.expect_said("Saved “A kept one”.")
    sql.page.close()
    sql = SqlPage(world.browser)
    sql.section.get_by_text("Saved", exact=True).click()
    sql.button("A kept one").click()
    expect(sql.field).to_have_text(KEPT)
    sql.button("Run").click()
    sql.expect_cell("kept")
    sql.button("Forget A kept one").click()
    expect(sql.button("A kept one")).to_have_count(0)


def test_a_result_larger_than_a_message_may_be_is_exported_whole(world: World) -> None:
    sql = SqlPage(world.browser)
    sql.field.fill(MANY)
    sql.button("Export rows").click()
    expect(sql.export).to_contain_text("40,000 rows written", timeout=LIMIT_MS)
    expect(sql.button("Copy path")).to_be_visible()
    file = Path((sql.export.get_by_role("status").text_content() or "").split(": ", 1)[1])
    assert world.installation.home in file.parents
    assert file.stat().st_size > 2 * 1024**2
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    file.unlink()
    assert rows[0] == ["i", "text"]
    assert rows[-1] == ["40000", f'a, "b"\n{40_000:060d}']
    assert len(rows) == 40_001


def test_parameters_are_fields_and_an_address_fills_them_and_runs_nothing(world: World) -> None:
    address = "#sql=SELECT%20%3An%20%2B%201%20AS%20sum%2C%20%3Aword%20AS%20word&p.n=41&p.word=so"
    sql = SqlPage(world.browser, address)
    expect(sql.field).to_have_text("SELECT :n + 1 AS sum, :word AS word")
    expect(sql.section.get_by_text("It was not run")).to_be_visible()
    expect(sql.rows).to_be_hidden()
    expect(sql.section.get_by_role("textbox", name=":word")).to_have_value("so")
    sql.section.get_by_role("textbox", name=":word").fill("thus")
    sql.button("Run").click()
    sql.expect_cell("42")
    expect(sql.rows.get_by_role("cell").nth(1)).to_have_text("thus")


def test_a_change_is_tried_rolled_back_applied_and_undone(world: World) -> None:
    with world.installation.client(world.profile_id) as client:

        def names() -> list[str]:
            return [query["name"] for query in client.call("sql.saved")["queries"]]

        client.call("sql.save", name=FORMER, sql=KEPT)
        sql = SqlPage(world.browser)
        sql.write_mode.check()
        expect(sql.section.get_by_text("Write mode is on")).to_be_visible()
        sql.run(CHANGE)
        expect(sql.change).to_contain_text("This would change 1 row in saved_queries.", timeout=LIMIT_MS)
        expect(sql.change).to_contain_text("Nothing is changed yet.")
        assert names() == [FORMER]
        sql.button("Roll back").click()
        expect(sql.change).to_contain_text("Nothing was changed.")
        assert names() == [FORMER]
        sql.button("Run").click()
        sql.button("Apply").click()
        expect(sql.change).to_contain_text("Changed 1 row in saved_queries", timeout=LIMIT_MS)
        assert names() == ["changed"]
        sql.button("Undo").click()
        expect(sql.change).to_contain_text("Put the whole database back as it was on")
        sql.button("Put it back").click()
        expect(sql.change).to_contain_text("The database is as it was on", timeout=LIMIT_MS)
        assert names() == [FORMER]
        sql.page.reload()
        expect(sql.write_mode).not_to_be_checked()
        client.call("sql.forget", id=client.call("sql.saved")["queries"][0]["id"])


def test_every_example_works_on_what_was_read(world: World) -> None:
    with world.installation.client(world.profile_id) as client:
        vectors = client.call("sql.schema")["active_vectors"]
    page = world.browser.open_page("debug.html")
    examples: list[dict[str, Any]] = page.evaluate(
        "(vectors) => import('/debug/sql_examples.js').then(({ examplesFor }) => examplesFor(vectors))",
        vectors,
    )
    assert len(examples) >= 6
    empty = []
    with world.installation.client(world.profile_id) as client:
        [[site]] = client.call("sql.run", sql="SELECT domain FROM pages LIMIT 1")["rows"]
        read_here = {"site": site, "words": "water"}
        for example in examples:
            values = {name: read_here.get(name, value) for name, value in example.get("values", {}).items()}
            found = client.call("sql.run", sql=example["sql"], params=values)
            assert found["columns"], example["name"]
            if not found["rows"]:
                empty.append(example["name"])
    # Nothing needs to wait by now.
    assert set(empty) <= {"What waits in the queue"}
