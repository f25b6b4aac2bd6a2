"""The tests. `python3 -m tests` runs all of them from a bare checkout."""
