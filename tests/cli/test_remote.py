"""`classify --provider`: what leaves this machine, where it goes, and who has agreed."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Ended

    Run = Callable[..., Ended]


class Elsewhere(ThreadingHTTPServer):
    """A server on this machine that answers chat completions: the second category for Python, else the first.

    Attributes:
        asked: the body of each request.
        keys: the authorization of each request.
        status: answered instead, when it is set.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.status: int | None = None

    @property
    def url(self) -> str:
        """Where its interface begins."""
        return f"http://127.0.0.1:{self.server_port}/v1"


class _Answer(BaseHTTPRequestHandler):
    server: Elsewhere

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(body)
        self.server.keys.append(self.headers["Authorization"])
        letter = "B" if ".py" in body["messages"][-1]["content"] else "A"
        first = {"token": letter, "logprob": -0.1, "bytes": None}
        first["top_logprobs"] = [{"token": letter, "logprob": -0.1, "bytes": None}]
        answer = {
            "id": "1",
            "object": "chat.completion",
            "created": 1,
            "model": body["model"],
            "choices": [
                {
                    "index": 0,
                    "finish_reason": "stop",
                    "message": {"role": "assistant", "content": letter},
                    "logprobs": {"content": [first]},
                }
            ],
            "usage": {"prompt_tokens": 20, "completion_tokens": 1, "total_tokens": 21},
        }
        data = json.dumps(answer if self.server.status is None else {"error": {"message": "no"}}).encode()
        self.send_response(self.server.status or 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    """A server that answers."""
    server = Elsewhere()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_files_are_classified_by_the_server_that_was_named(
    run: Run, elsewhere: Elsewhere, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", "a-secret")
    output = tmp_path / "a.json"
    ended = run(
        *("-i", project, "-o", output, "--provider", elsewhere.url, "--remote-model", "big"),
        *("--api-key-env", "MY_KEY", "--yes"),
    )
    assert ended.code == 0, ended.err
    document = json.loads(output.read_text(encoding="utf-8"))
    first, second, *_ = document["categories"]
    assert [file["category"] for file in document["files"]] == [first] * 3 + [second] * 2
    assert document["model"] == "big"
    assert {body["model"] for body in elsewhere.asked} == {"big"}
    assert set(elsewhere.keys) == {"Bearer a-secret"}
    assert ended.err.count("leaves this program") == 1
    assert f"127.0.0.1:{elsewhere.server_port}" in ended.err
    assert "a-secret" not in ended.err + ended.out + output.read_text(encoding="utf-8")


def test_in_a_pipe_nothing_is_sent_without_a_yes(run: Run, elsewhere: Elsewhere, project: Path) -> None:
    ended = run("-i", project, "--provider", elsewhere.url, "--remote-model", "big")
    assert ended.code == 2
    assert "--yes" in ended.err
    assert elsewhere.asked == []


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--provider", "deepseek", "--yes"], 2, "--remote-model"),
        (["--remote-model", "big", "--model=mini"], 2, "--provider"),
        (["--provider", "deepseek", "--remote-model", "big", "--yes"], 1, "DEEPSEEK_API_KEY"),
        (["--provider", "nobody", "--remote-model", "big", "--yes"], 1, "deepseek"),
        (["--provider", "http://models.example/v1", "--remote-model", "big", "--yes"], 1, "encryption"),
    ],
    ids=["no model", "no provider", "no key", "unknown", "not encrypted"],
)
def test_what_is_missing_is_named_before_anything_is_sent(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, said: str
) -> None:
    monkeypatch.delenv("DEEPSEEK_API_KEY", raising=False)
    monkeypatch.setattr("host.classify.remote_address._ask_keyring", lambda _name: None)
    ended = run("-i", project, *arguments)
    assert ended.code == code
    assert said in ended.err


def test_a_refused_key_ends_the_run_at_once(run: Run, elsewhere: Elsewhere, project: Path) -> None:
    elsewhere.status = 401
    ended = run("-i", project, "--provider", elsewhere.url, "--remote-model", "big", "--yes")
    assert ended.code == 1
    assert "refused the key" in ended.err
    assert len(elsewhere.asked) <= 4


def test_a_dry_run_sends_nothing(run: Run, elsewhere: Elsewhere, project: Path) -> None:
    assert run("-i", project, "--provider", elsewhere.url, "--dry-run").code == 0
    assert elsewhere.asked == []
