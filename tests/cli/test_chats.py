"""`ai-history chats`: conversations in the terminal."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest

from tests.cli.chat_stand_in import ChatStandIn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from host.core.paths import Paths
    from tests.cli.conftest import Ended


@pytest.fixture
def chat(home: Paths) -> Iterator[ChatStandIn]:
    """A daemon with one conversation."""
    made = ChatStandIn(home, threading.Event())
    yield made
    made.stop()


@pytest.fixture
def chats(run: Callable[..., Ended]) -> Callable[..., Ended]:
    """Runs `ai-history chats`."""
    return lambda *arguments: run("chats", *arguments, program="ai-history")


def test_conversations_are_listed_and_searched(chat: ChatStandIn, chats: Callable[..., Ended]) -> None:
    listed = chats("list")
    assert listed.out.splitlines()[1].split()[:4] == ["5", "When", "was", "it?"]
    assert json.loads(chats("list", "--json").out)["total"] == 1
    assert chats("list", "tea").out == "There is no such conversation.\n"
    chat.conversations.clear()
    assert "ai-history ask" in chats("list").out


def test_a_conversation_is_shown_with_its_sources(chat: ChatStandIn, chats: Callable[..., Ended]) -> None:
    shown = chats("show", "5").out
    assert shown.startswith("When was it?\n\n> When was it?\n\nThe tower was finished in 1889 [sic]. [1]\n")
    assert "Sources\n[1] The tower\n" in shown
    assert shown.endswith("> And why?\n(no answer)\n")
    assert chats("show", "6").code == 1


def test_a_conversation_is_exported_whole(
    chat: ChatStandIn, chats: Callable[..., Ended], tmp_path: Path
) -> None:
    text = "# When was it?\n\nIn 1889.\n"
    assert chats("export", "5").out == text
    chats("export", "5", "-o", tmp_path)
    assert (tmp_path / "when-was-it.md").read_text(encoding="utf-8") == text
    chats("export", "5", "-o", tmp_path / "mine.md")
    assert (tmp_path / "mine.md").read_text(encoding="utf-8") == text


def test_a_conversation_is_renamed(chat: ChatStandIn, chats: Callable[..., Ended]) -> None:
    assert chats("rename", "5", "The tower").out == "It is now called: The tower\n"


def test_deleting_is_never_meant_by_mistake(chat: ChatStandIn, chats: Callable[..., Ended]) -> None:
    assert chats("delete").code == 2
    assert chats("delete", "5", "--all").code == 2
    assert chats("delete", "5").code == 2
    assert not [method for method, _ in chat.asked if method == "chat.delete"]
    assert chats("delete", "5", "6", "--yes").out == "Deleted: 2\n"
    assert chats("delete", "--all", "--yes").out == "Deleted: 1\n"
    assert [params.all for method, params in chat.asked if method == "chat.delete"] == [False, False, True]
