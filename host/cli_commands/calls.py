"""Requests that may take long: Ctrl-C takes them back, and the terminal stays in charge."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from host.client import Client

# How long the answer to a request that was taken back is waited for.
CANCEL_S = 10.0
_TURN_S = 0.2


def call_patiently(
    client: Client,
    method: str,
    on_progress: Callable[[Any], None] | None = None,
    *,
    keep_stopped: bool = False,
    **params: Any,
) -> dict[str, Any]:
    """Ask the daemon and wait, however long it takes.

    The request runs in a thread of its own: an interrupt would otherwise tear a frame in two.

    Args:
        client: asks.
        method: of the wire.
        on_progress: gets what the daemon reports meanwhile, in that thread.
        keep_stopped: whether the answer to a request that was taken back is wanted; not every method has one.
        params: by name.

    Raises:
        AppError: of the kind that the daemon said.
        KeyboardInterrupt: the request was taken back, and nothing of it is under way any more.
    """
    answer: list[dict[str, Any]] = []
    failure: list[BaseException] = []
    ended = threading.Event()

    def ask() -> None:
        try:
            answer.append(client.call(method, on_progress, **params))
        except BaseException as error:  # noqa: BLE001 - raised in the thread that waits
            failure.append(error)
        finally:
            ended.set()

    thread = threading.Thread(target=ask, daemon=True)
    try:
        thread.start()
        while not ended.wait(_TURN_S):
            pass
    except KeyboardInterrupt:
        for _ in range(int(CANCEL_S / _TURN_S)):
            # Again and again: the first may have come before the request was sent.
            client.cancel()
            if ended.wait(_TURN_S):
                break
        if not (keep_stopped and answer):
            raise
    if failure:
        raise failure[0]
    return answer[0]
