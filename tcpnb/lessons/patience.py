"""Talk to graded work without waiting for what cannot come any more."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tcpnb.client.conversation import Conversation
from tcpnb.client.talk import READ
from tcpnb.errors import ConversationTimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from tcpnb.client.talk import Job, Talk

__all__ = ("NothingMoreError", "PatientConversation")

_GLANCE = 0.02
_GRACE = 0.15
"""Seconds that a service at rest gets still: a timer of its own may write, and what it wrote is on its way."""


class NothingMoreError(ConversationTimeoutError):
    """What was waited for did not come, and nothing of the service runs or waits that could send it."""

    def __str__(self) -> str:
        return f"waited for {self.waited_for}; received {self.received}"


class PatientConversation(Conversation):
    """A conversation whose calls take their time-out only while the service may still do something.

    at_rest: whether the service has read everything that it was sent, and nothing of it runs or waits.
    """

    def __init__(self, talk: Talk, timeout: float, at_rest: Callable[[], bool]) -> None:
        super().__init__(talk, timeout)
        self._at_rest = at_rest
        self._gave_up = False
        self._is_stuck = False
        self.sent = 0
        """Bytes that were sent, or are just being sent."""

    def send(self, data: bytes, *, timeout: float | None = None) -> None:
        """As of any conversation."""
        self.sent += len(data)
        super().send(data, timeout=timeout)

    def close(self) -> None:
        """As of any conversation, but without a word to a service that did nothing until the time was over."""
        if self._is_stuck:
            self._talk.discard()
        else:
            super().close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Part in order after what went well, and at once after what did not: nobody looks at the rest."""
        if kind is None:
            self.close()
        else:
            self._talk.discard()

    def _ready(self, wanted: int, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        rests_since = None
        while (left := deadline - time.monotonic()) > 0:
            if super()._ready(wanted, min(left, _GLANCE)):
                return True
            if wanted != READ or not self._at_rest():
                rests_since = None
            elif rests_since is None:
                rests_since = time.monotonic()
            elif time.monotonic() - rests_since > _GRACE:
                self._gave_up = True
                return False
        self._gave_up = False
        self._is_stuck = seconds > _GRACE
        return False

    def _too_late(self, job: Job[Any], timeout: float) -> ConversationTimeoutError:
        error = super()._too_late(job, timeout)
        if self._gave_up:
            return NothingMoreError(error.waited_for, error.timeout, error.received)
        return error
