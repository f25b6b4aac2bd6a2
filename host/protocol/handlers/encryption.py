"""`encryption.*`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.core.errors import NotReady
from host.protocol.store_messages import (
    DecryptParams,
    EncryptionState,
    EncryptParams,
    EncryptResult,
    UnlockParams,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from host.history.profiles import Profile
    from host.protocol.dispatch import Call, Handler, Session
    from host.protocol.handlers.services import Services
    from host.protocol.messages import Empty
    from host.upkeep.encryption import Converted

CHANGED = "encryption.changed"


def make_handlers(services: Services) -> dict[str, Handler]:
    """The handlers of this file by method."""

    def state(_: Empty, call: Call) -> EncryptionState:
        return _describe(services, call)

    def enable(params: EncryptParams, call: Call) -> EncryptResult:
        profile = services.profile(call)
        if params.keep:
            finished = services.encryption.finish_backups(profile, _tell_progress(call), call.cancelled)
            return _answer(services, call, finished)
        done = services.encryption.enable(
            profile, params.passphrase, _tell_progress(call), call.cancelled, present=params.present
        )
        return _answer(services, call, done)

    def disable(params: DecryptParams, call: Call) -> EncryptResult:
        profile = services.profile(call)
        done = services.encryption.disable(profile, params.passphrase, _tell_progress(call), call.cancelled)
        return _answer(services, call, done)

    def unlock(params: UnlockParams, call: Call) -> EncryptionState:
        services.encryption.unlock(_profile_id(call), params.passphrase)
        services.warm_up()
        services.indexer.wake()
        return _tell_everyone(services, call)

    return {
        "encryption.state": state,
        "encryption.enable": enable,
        "encryption.disable": disable,
        "encryption.unlock": unlock,
    }


def tell_opened(sessions: Iterable[Session], profile: Profile) -> None:
    """Let those who met an encrypted history locked know that it is open, whoever has opened it."""
    if profile.database.key is None:
        return
    for session in sessions:
        if session.profile_id == profile.id:
            session.notify(CHANGED, {"encrypted": True, "locked": False})


def _answer(services: Services, call: Call, done: Converted) -> EncryptResult:
    return EncryptResult(
        state=_tell_everyone(services, call),
        recovery_key=done.recovery_key,
        backups=done.backups,
        left=done.left,
        why_left=done.why_left,
    )


def _tell_everyone(services: Services, call: Call) -> EncryptionState:
    """Let the other pages of this profile know."""
    state = _describe(services, call)
    for session in services.sessions():
        if session.profile_id == call.session.profile_id:
            session.notify(CHANGED, {"encrypted": state.encrypted, "locked": state.locked})
    return state


def _describe(services: Services, call: Call) -> EncryptionState:
    facts = services.encryption.describe(_profile_id(call))
    return EncryptionState(
        encrypted=facts.encrypted,
        locked=facts.locked,
        key_in=facts.key_in,
        keyring=facts.keyring,
        clear_backups=facts.clear_backups,
    )


def _profile_id(call: Call) -> str:
    if call.session.profile_id is None:
        message = "Say hello first."
        raise NotReady(message)
    return call.session.profile_id


def _tell_progress(call: Call) -> Callable[[str, float], None]:
    def tell(stage: str, share: float) -> None:
        call.progress({"stage": stage, "share": round(share, 3)})

    return tell
