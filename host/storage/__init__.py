"""The history database: SQLite through apsw, FTS5, sqlite-vec. The only place with SQL.

Knows nothing of models, of the wire, or of what a page means to a person.
"""
