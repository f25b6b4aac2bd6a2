"""Installs models from a terminal: `python -m host.models.download ID…`. Progress is printed in lines."""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING

from host.core.errors import AppError
from host.core.paths import find_paths
from host.models.registry import starter_models
from host.models.store import ModelStore, find_installed
from host.models.transfers import Reporter

if TYPE_CHECKING:
    from host.models.transfers import Transfer

__all__ = ["find_installed", "main"]


class _Printer:
    """Progress for a person: one line that is rewritten on a terminal, a few plain lines in a pipe."""

    def __init__(self, *, every_percent: bool) -> None:
        self._terminal = sys.stdout.isatty() and not every_percent
        self._every = 1 if self._terminal or every_percent else 25
        self._last: tuple[str, int, str | None] = ("", -1, None)
        self._at = 0.0

    def show(self, model_id: str, transfer: Transfer) -> None:
        done, total = transfer.done, transfer.total
        percent = 100 * done // max(total, 1)
        quiet = self._terminal and time.monotonic() - self._at < 0.1 and done < total
        # A wait for another try is worth a line; that a small file is being checked is not.
        telling = transfer.note is not None and ("again" in transfer.note or "another" in transfer.note)
        note = transfer.note if telling else None
        step = (model_id, percent // self._every, note)
        if self._last == step or quiet or (note is None and transfer.note):
            return
        self._last, self._at = step, time.monotonic()
        text = f"  {model_id}: {done / 1e6:.0f} of {total / 1e6:.0f} MB ({percent} %)"
        text += f", {note}" if note else ""
        end = "\n" if not self._terminal or done >= total else ""
        sys.stdout.write(f"\r\x1b[2K{text}{end}" if self._terminal else f"{text}{end}")
        sys.stdout.flush()


def main(arguments: list[str] | None = None) -> int:
    """Install models from a terminal; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m host.models.download", description=__doc__)
    parser.add_argument(
        "models", nargs="*", metavar="ID", help="models to install (default: the starter models)"
    )
    parser.add_argument("--lines", action="store_true", help="print a line for every percent")
    parser.add_argument(
        "--allow-remote-code", metavar="OWNER/NAME", help="let the Python code of this repository run here"
    )
    options = parser.parse_args(arguments)
    # Not before it is needed: who only asks what is installed must stay small.
    from host.models.fetching import Fetcher

    store = ModelStore(find_paths().models)
    fetcher = Fetcher(store)
    printer = _Printer(every_percent=options.lines)
    code = 0
    for model_id in options.models or starter_models():
        reporter = Reporter(lambda transfer, name=model_id: printer.show(name, transfer))  # type: ignore[misc]
        try:
            fetcher.install(store.find_entry(model_id), reporter, allow_remote_code=options.allow_remote_code)
        except AppError as error:
            sys.stderr.write(f"{error.message}\n" + (f"Fix: {error.fix}\n" if error.fix else ""))
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main())
