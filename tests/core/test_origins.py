from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.core.origins import (
    ALLOWED_ORIGINS,
    find_allowed_origins,
    find_extra_file,
    is_allowed_origin,
    read_extra_ids,
)

if TYPE_CHECKING:
    from pathlib import Path

OTHER = "a" * 32


def test_our_extension_is_allowed_and_no_other() -> None:
    assert find_allowed_origins() == ALLOWED_ORIGINS
    assert is_allowed_origin("chrome-extension://egladjbpjcpoeigoammplpnelkkplhli/")
    for origin in ("", "*", f"chrome-extension://{OTHER}/", "https://example.com/", ALLOWED_ORIGINS[0][:-1]):
        assert not is_allowed_origin(origin)


def test_an_extension_that_the_user_added_is_allowed_too() -> None:
    find_extra_file().write_text(f'{{"extensions": ["{OTHER}"]}}', encoding="utf-8")
    assert is_allowed_origin(f"chrome-extension://{OTHER}/")
    assert is_allowed_origin(ALLOWED_ORIGINS[0])


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"extensions": "all"}', '{"extensions": ["*", 5, "https://x/"]}', '{"other": 1}']
)
def test_a_damaged_file_allows_nothing(tmp_path: Path, text: str) -> None:
    file = tmp_path / "extensions.json"
    file.write_text(text, encoding="utf-8")
    assert read_extra_ids(file) == ()
