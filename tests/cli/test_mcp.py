"""`ai-history mcp`, spoken to as an assistant does, with a real daemon behind it."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from mcp import Client, StdioServerParameters

from host.client import Client as Daemon
from tests.makers import NOON
from tests.processes import Installation

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

ROOT = Path(__file__).resolve().parents[2]
BREAD = "https://bread.example/sourdough"
TEXT = "Sourdough bread rises slowly. A cold night in the fridge makes the crumb open and the crust dark."


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A daemon whose history has one page, open to assistants."""
    made = Installation(tmp_path_factory.mktemp("mcp"))
    made.start_daemon()
    with Daemon(paths=made.paths, profile_id="one") as daemon:
        daemon.call("pages.capture", url=BREAD, title="Sourdough", text=TEXT * 5, visited_at=NOON)
        daemon.call("settings.update", values={"mcp.enabled": True})
    yield made
    made.close()


def _talk(installation: Installation, say: Callable[[Client], Awaitable[Any]]) -> Any:
    """What comes of a conversation with the server."""
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "host.cli", "mcp", "--profile", "one"],
        env=dict(os.environ, **installation.environment),
        cwd=ROOT,
    )

    async def converse() -> Any:
        async with Client(server) as client:
            return await say(client)

    # In a thread of its own: a browser that another test drives has a loop in this one.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(anyio.run, converse).result()


def test_an_assistant_finds_a_page_and_reads_it(installation: Installation) -> None:
    async def say(client: Client) -> tuple[Any, Any, Any]:
        tools = await client.list_tools()
        found = await client.call_tool("history_search", {"query": "sourdough crust"})
        page = await client.call_tool(
            "history_page", {"page_id": found.structured_content["pages"][0]["page_id"]}
        )
        return tools, found.structured_content, page.structured_content

    tools, found, page = _talk(installation, say)
    assert {tool.name for tool in tools.tools} == {"history_search", "history_page", "history_ask"}
    assert all(tool.annotations.read_only_hint for tool in tools.tools)
    assert [item["url"] for item in found["pages"]] == [BREAD]
    assert "crust dark" in page["text"]
    assert page["next_offset"] is None


def test_a_question_is_answered_from_the_pages_and_not_kept(installation: Installation) -> None:
    async def say(client: Client) -> Any:
        reply = await client.call_tool("history_ask", {"question": "What makes the crust of sourdough dark?"})
        return reply.structured_content

    answer = _talk(installation, say)
    assert {source["url"] for source in answer["sources"]} == {BREAD}
    assert "crust dark" in answer["answer"]
    with Daemon(paths=installation.paths, profile_id="one") as daemon:
        assert daemon.call("chat.list")["total"] == 0


def test_what_is_not_there_is_said_to_the_assistant(installation: Installation) -> None:
    async def say(client: Client) -> Any:
        return await client.call_tool("history_page", {"url": "https://nowhere.example/"})

    reply = _talk(installation, say)
    assert reply.is_error
    assert "not in your history" in reply.content[0].text


def test_permission_taken_back_ends_it_at_the_next_call(installation: Installation) -> None:
    async def say(client: Client) -> Any:
        with Daemon(paths=installation.paths, profile_id="one") as daemon:
            daemon.call("settings.update", values={"mcp.enabled": False})
        try:
            return await client.call_tool("history_search", {"query": "bread"})
        finally:
            with Daemon(paths=installation.paths, profile_id="one") as daemon:
                daemon.call("settings.update", values={"mcp.enabled": True})

    reply = _talk(installation, say)
    assert reply.is_error
    assert "may not read" in reply.content[0].text


def test_nothing_is_told_before_its_owner_allows_it(
    home: object, run: Callable[..., Any], installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in installation.environment.items():
        monkeypatch.setenv(name, value)
    refused = run("mcp", "--profile", "two", program="ai-history")
    assert refused.code == 1
    assert "ai-history mcp --allow" in refused.err
    assert run("mcp", "--profile", "two", "--allow", program="ai-history").code == 0
    with Daemon(paths=installation.paths, profile_id="two") as daemon:
        settings = {item["key"]: item["value"] for item in daemon.call("settings.get")["settings"]}
    assert settings["mcp.enabled"]
    assert run("mcp", "--allow", "--forbid", program="ai-history").code == 2
