"""Which vector spaces a database holds, which of them serves, and which is being built.

A space is what one model made: two vec0 tables and a table of codes. The tables of slot 1 are called
`chunk_embeddings`, `page_embeddings` and `vector_codes`, those of slot 2 the same with `_2`, and so on.
A space stays in its slot, because a vec0 table cannot be renamed (docs/decisions/several-vector-spaces.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from host.storage import codes

if TYPE_CHECKING:
    import apsw

Role = Literal["active", "building", "kept", "leaving"]

# Spaces that are kept beside the one that serves and the one that is being built.
KEPT = 1
_FIRST_SLOT = 1


@dataclass(frozen=True)
class VectorSpace:
    """What vectors are made with."""

    model_id: str
    dimensions: int


@dataclass(frozen=True)
class StoredSpace:
    """A space of a database.

    Attributes:
        id: never given twice.
        slot: says what its tables are called.
        model_id: what its vectors are made with.
        dimensions: of a vector.
        role: `active` serves, `building` will once it is complete, `kept` waits to be chosen again,
            `leaving` is being emptied.
    """

    id: int
    slot: int
    model_id: str
    dimensions: int
    role: Role

    @property
    def space(self) -> VectorSpace:
        """What its vectors are made with."""
        return VectorSpace(self.model_id, self.dimensions)

    @property
    def chunk_table(self) -> str:
        """Name of the vec0 table of passages."""
        return f"chunk_embeddings{self._suffix}"

    @property
    def page_table(self) -> str:
        """Name of the vec0 table of pages as a whole."""
        return f"page_embeddings{self._suffix}"

    @property
    def code_table(self) -> str:
        """Name of the table of codes, which has a row for everything that the space holds."""
        return f"vector_codes{self._suffix}"

    @property
    def _suffix(self) -> str:
        return "" if self.slot == _FIRST_SLOT else f"_{self.slot:d}"


def read_spaces(connection: apsw.Connection) -> list[StoredSpace]:
    """Every space that has tables."""
    rows = connection.execute("SELECT id, slot, model_id, dimensions, role FROM vector_spaces ORDER BY id")
    return [StoredSpace(*row) for row in rows]


def find_space(connection: apsw.Connection, role: Literal["active", "building"]) -> StoredSpace | None:
    """The space that serves, or the one that is being built."""
    return next((space for space in read_spaces(connection) if space.role == role), None)


def is_held(connection: apsw.Connection, space: StoredSpace) -> bool:
    """Whether a space that was read a while ago is still there, and not on its way out."""
    return any(found.id == space.id and found.role != "leaving" for found in read_spaces(connection))


def choose_space(connection: apsw.Connection, wanted: VectorSpace) -> bool:
    """Say which space is to serve: at once when none does yet, else as soon as it is complete.

    One that was built before is taken up again with all that it holds.

    Returns:
        whether anything changed.
    """
    active, building = find_space(connection, "active"), find_space(connection, "building")
    if building is not None and building.space == wanted:
        return False
    serves = active is not None and active.space == wanted
    if serves and building is None:
        return False
    if building is not None:
        _set_role(connection, building, "kept")
    if active is not None and serves:
        _use(connection, active)
    else:
        role: Role = "building" if active is not None else "active"
        known = [space for space in read_spaces(connection) if space.role == "kept" and space.space == wanted]
        if known:
            _set_role(connection, known[0], role)
            _use(connection, known[0])
        else:
            _create_space(connection, wanted, role)
    _release_spares(connection)
    return True


def activate_building(connection: apsw.Connection) -> None:
    """Let the space that was being built serve; the former one is kept."""
    building = find_space(connection, "building")
    if building is None:
        return
    former = find_space(connection, "active")
    if former is not None:
        _use(connection, former)
        _set_role(connection, former, "kept")
    _use(connection, building)
    _set_role(connection, building, "active")
    _release_spares(connection)


def restart_spaces(connection: apsw.Connection) -> None:
    """Begin the space that serves, and the one that is being built, with empty tables."""
    for space in read_spaces(connection):
        if space.role in ("active", "building"):
            _set_role(connection, space, "leaving")
            _create_space(connection, space.space, space.role)


def remove_space(connection: apsw.Connection, space: StoredSpace) -> None:
    """Drop the tables of a space that was emptied. Those of the first slot stay, empty, under their names."""
    connection.execute("DELETE FROM vector_spaces WHERE id = ?", (space.id,))
    _drop_tables(connection, space)
    if space.slot == _FIRST_SLOT:
        _create_tables(connection, space)


def mark_outdated(connection: apsw.Connection, page_id: int) -> None:
    """Note that a page's title or text changed: its vector as a whole serves until there is a new one."""
    for space in read_spaces(connection):
        connection.execute(
            f"UPDATE {space.code_table} SET outdated = 1 WHERE page_id = ? AND chunk_id = ?",
            (page_id, codes.WHOLE_PAGE),
        )


def _create_space(connection: apsw.Connection, wanted: VectorSpace, role: Role) -> None:
    taken = {space.slot for space in read_spaces(connection)}
    slot = next(number for number in range(_FIRST_SLOT, len(taken) + 2) if number not in taken)
    connection.execute(
        "INSERT INTO vector_spaces (slot, model_id, dimensions, role, used) VALUES (?, ?, ?, ?, 0)",
        (slot, wanted.model_id, wanted.dimensions, role),
    )
    made = StoredSpace(connection.last_insert_rowid(), slot, wanted.model_id, wanted.dimensions, role)
    _use(connection, made)
    _drop_tables(connection, made)
    _create_tables(connection, made)


def _create_tables(connection: apsw.Connection, space: StoredSpace) -> None:
    size = f"{space.dimensions:d}"
    # Blocks of 128 rows keep the reading of one vector short (docs/benchmarks.md).
    for table, key in ((space.chunk_table, "chunk_id"), (space.page_table, "page_id")):
        connection.execute(
            f"CREATE VIRTUAL TABLE {table} USING vec0 ({key} INTEGER PRIMARY KEY,"
            f" embedding float[{size}] distance_metric=cosine, chunk_size=128)"
        )
    codes.create_table(connection, space.code_table)


def _drop_tables(connection: apsw.Connection, space: StoredSpace) -> None:
    for table in (space.chunk_table, space.page_table, space.code_table):
        connection.execute(f"DROP TABLE IF EXISTS {table}")


def _set_role(connection: apsw.Connection, space: StoredSpace, role: Role) -> None:
    connection.execute("UPDATE vector_spaces SET role = ? WHERE id = ?", (role, space.id))


def _use(connection: apsw.Connection, space: StoredSpace) -> None:
    connection.execute(
        "UPDATE vector_spaces SET used = (SELECT max(used) + 1 FROM vector_spaces) WHERE id = ?", (space.id,)
    )


def _release_spares(connection: apsw.Connection) -> None:
    """Let go of the kept spaces that were wanted longest ago."""
    connection.execute(
        "UPDATE vector_spaces SET role = 'leaving' WHERE role = 'kept' AND id NOT IN"
        " (SELECT id FROM vector_spaces WHERE role = 'kept' ORDER BY used DESC LIMIT ?)",
        (KEPT,),
    )
