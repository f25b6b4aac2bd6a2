"""The Windows registry, as far as native hosts need it."""

from __future__ import annotations

import importlib
from typing import Any


class WindowsRegistry:
    """Default values of keys below HKEY_CURRENT_USER. Only Windows has the module that this needs."""

    def __init__(self) -> None:
        self._winreg: Any = importlib.import_module("winreg")

    def read(self, key: str) -> str | None:
        """The key's default value, or None."""
        try:
            value: str = self._winreg.QueryValue(self._winreg.HKEY_CURRENT_USER, key)
        except FileNotFoundError:
            return None
        return value or None

    def write(self, key: str, value: str) -> None:
        """Make the key and set its default value."""
        self._winreg.SetValue(self._winreg.HKEY_CURRENT_USER, key, self._winreg.REG_SZ, value)

    def delete(self, key: str) -> bool:
        """Remove the key; tells whether it was there."""
        try:
            self._winreg.DeleteKey(self._winreg.HKEY_CURRENT_USER, key)
        except FileNotFoundError:
            return False
        return True
