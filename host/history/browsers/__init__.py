"""Histories of the browsers on this machine: where they are, and what they hold."""

from __future__ import annotations

from host.history.browsers.places import BROWSER_NAMES, BrowserHistory, find_histories
from host.history.browsers.reading import HistoryItem, read_history

__all__ = ["BROWSER_NAMES", "BrowserHistory", "HistoryItem", "find_histories", "read_history"]
