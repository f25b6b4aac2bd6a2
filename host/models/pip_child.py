"""Runs pip in a process that ends with the one that started it.

A download process may be killed at any moment. Its pip would go on for gigabytes that nobody wants; so this
program watches its input, which the system closes when the parent is gone.
"""

from __future__ import annotations

import os
import runpy
import sys
import threading


def _end_with_parent() -> None:
    # Past the buffered reader, whose lock would be held when the interpreter ends.
    while os.read(0, 1):
        pass
    os._exit(1)


def main() -> None:
    """Run pip with the arguments given."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.argv[0] = "pip"
    runpy.run_module("pip", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
