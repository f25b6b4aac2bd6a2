"""What is printed of one model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from host.cli_commands.model_tables import print_info

if TYPE_CHECKING:
    import pytest


def test_an_adapter_names_its_base_and_says_why_it_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    model: dict[str, Any] = {
        "id": "tabs-1", "name": "Tabs", "note": "", "type": "instruction", "format": "gguf", "state": "ready",
        "roles": [], "size": 1000, "memory": 1000, "fits": True, "reason": "The adapter is damaged.",
        "context": 512, "languages": ["en"], "licence": "MIT", "base": "small-model",
    }  # fmt: skip
    print_info({"model": model, "files": [], "sources": [], "query_prefix": "", "passage_prefix": ""})
    shown = capsys.readouterr().out
    assert "small-model" in shown
    assert "The adapter is damaged." in shown
