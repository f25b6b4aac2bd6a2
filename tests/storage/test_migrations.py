from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.core.errors import DatabaseTooNew
from host.storage import migrations
from host.storage.categories import BUILT_IN, read_categories
from host.storage.connection import separate_unspaced
from host.storage.database import Database
from host.storage.page_categories import find_uncategorised

if TYPE_CHECKING:
    from pathlib import Path

    from host.storage.migrations import Step


def _version(connection: apsw.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchall()[0][0])


def _tables(connection: apsw.Connection) -> set[str]:
    return {str(row[0]) for row in connection.execute("SELECT name FROM sqlite_schema")}


def _steps(count: int, broken: int | None = None) -> list[tuple[int, Step]]:
    """`count` steps that make a table each; step `broken` fails after it has made its table."""

    def make(number: int) -> Step:
        def step(connection: apsw.Connection) -> None:
            connection.execute(f"CREATE TABLE step_{number:d} (id INTEGER)")
            if number == broken:
                connection.execute("INSERT INTO step_that_nobody_made VALUES (1)")

        return step

    return [(number, make(number)) for number in range(1, count + 1)]


def test_steps_are_numbered_from_one_without_a_gap() -> None:
    numbers = [number for number, _ in migrations.load_steps()]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_migration_imports_nothing_of_ours() -> None:
    from pathlib import Path as File

    for file in File(migrations.__file__).parent.glob("m*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        imported = {
            alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
        } | {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert not {name for name in imported if name.split(".")[0] in {"host", "tests"}}, file.name


@given(count=st.integers(1, 8), data=st.data())
def test_a_step_that_fails_leaves_the_version_before_it_and_can_be_run_again(
    count: int, data: st.DataObject
) -> None:
    broken = data.draw(st.integers(1, count))
    connection = apsw.Connection(":memory:")
    with pytest.raises(apsw.SQLError):
        migrations.migrate(connection, _steps(count, broken))
    assert _version(connection) == broken - 1
    assert _tables(connection) == {f"step_{number}" for number in range(1, broken)}
    assert migrations.migrate(connection, _steps(count)) == count - broken + 1
    assert _tables(connection) == {f"step_{number}" for number in range(1, count + 1)}
    connection.close()


@given(before=st.integers(0, 5), after=st.integers(0, 5))
def test_only_the_steps_that_are_missing_are_run(before: int, after: int) -> None:
    connection = apsw.Connection(":memory:")
    assert migrations.migrate(connection, _steps(before)) == before
    assert migrations.migrate(connection, _steps(before + after)) == after
    assert _version(connection) == before + after
    connection.close()


def test_opening_a_database_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "p" / "history.db"
    Database(path).close()
    before = path.read_bytes()
    Database(path).close()
    assert path.read_bytes() == before


def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "p" / "history.db"
    Database(path).close()
    newer = apsw.Connection(str(path))
    newer.execute("PRAGMA user_version=4000")
    newer.close()
    before = path.read_bytes()
    with pytest.raises(DatabaseTooNew) as caught:
        Database(path)
    assert "4000" in caught.value.message
    assert caught.value.fix
    assert path.read_bytes() == before


def test_a_migration_that_fails_in_the_product_leaves_the_file_openable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "p" / "history.db"
    Database(path).close()
    steps = migrations.load_steps()

    def fail(connection: apsw.Connection) -> None:
        connection.execute("DROP TABLE visits")
        connection.execute("SELECT * FROM nowhere")

    with monkeypatch.context() as patched:
        patched.setattr(migrations, "load_steps", lambda: [*steps, (len(steps) + 1, fail)])
        with pytest.raises(Exception, match="nowhere"):
            Database(path)
    with Database(path) as database:
        assert database.read(lambda connection: "visits" in _tables(connection))


def _migrate_to(connection: apsw.Connection, number: int) -> None:
    migrations.migrate(connection, [step for step in migrations.load_steps() if step[0] <= number])


@given(
    titles=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20), max_size=5)
)
def test_a_history_of_the_fourth_schema_keeps_every_row_and_waits_for_categories(titles: list[str]) -> None:
    connection = apsw.Connection(":memory:")
    connection.create_scalar_function("separate_unspaced", separate_unspaced, 1, deterministic=True)
    _migrate_to(connection, 4)
    for number, title in enumerate(titles):
        connection.execute(
            "INSERT INTO pages (url, domain, title, content_text, first_visit_at, last_visit_at, summary)"
            " VALUES (?, 'a.example', ?, ?, 1, ?, 'short')",
            (f"https://a.example/{number}", title, title * 500, number),
        )
    read = "SELECT id, url, domain, title, content_text, first_visit_at, last_visit_at, summary FROM pages"
    before = connection.execute(read).fetchall()
    _migrate_to(connection, 5)
    assert connection.execute(read).fetchall() == before
    waiting = find_uncategorised(connection, "now", 99)
    assert waiting == [row[0] for row in before[::-1]]
    assert read_categories(connection) == list(BUILT_IN)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
