"""Watch handlers that hold the loop: break out of them, and say which line they were on.

Theory of operation. A loop thread has one `Guard`. Around every call of user code it stores a token (the float object
of the moment the call began, compared by identity) and takes it back afterwards. The watchdog thread looks at the
tokens twenty times a second. When one has stood for longer than the limit it raises `HandlerTimeout` *in that thread*
by `PyThreadState_SetAsyncExc`, which takes effect at the next bytecode.

The danger is to hit innocent code that runs after the call has ended. Two orders of writing exclude it: the watchdog
stores ``firing`` and then looks whether the token still stands; the loop takes the token back and then looks whether
``firing`` is set. At least one of them sees the other. The loop, seeing ``firing``, settles: it waits until the shot is
off and drops it if it has not landed. A shot that lands between the end of the handler and that moment is caught by the
same ``except`` as one that lands inside it. That ``except`` takes the token back first of all; a second shot at the
same call that came in between would land outside, so each shot is given time.

A shot raises a flag of the whole interpreter, at which every thread looks aside; before CPython 3.13 it falls only when
an exception of this kind lands in some thread. One that was dropped, or is for a thread that stands in C, leaves it up:
3.12 is slower by a quarter then, and in 3.11 a thread that is traced (by a debugger, by coverage) goes no step further.
So `lower_flag` has one land: after each shot that is settled, and by the watchdog, a look after it has fired. A thread
that comes back from C raises the flag itself for what is due to it.
"""

from __future__ import annotations

import contextlib
import ctypes
import threading
import traceback
from time import monotonic
from typing import TYPE_CHECKING, Final, Protocol

from tcpnb.runtime.debuggers import is_traced
from tcpnb.runtime.frames import frames_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

__all__ = ("Guard", "HandlerTimeout", "LoopGivenUp", "Watchdog", "Watched", "here", "lower_flag")

PERIOD: Final = 0.05
"""Seconds between two looks of the watchdog."""
SECOND_SHOT: Final = 1.0
"""Seconds after the first shot at which a handler that swallowed it is shot again."""
APART: Final = 0.5
"""Seconds that a shot has to land and to be seen to before another may be fired at the same call."""
GIVE_UP: Final = 2.0
"""Seconds after the first shot at which the loop is replaced."""

_raise_in_thread = ctypes.pythonapi.PyThreadState_SetAsyncExc
_raise_in_thread.argtypes = (ctypes.c_ulong, ctypes.py_object)
_raise_in_thread.restype = ctypes.c_int
_NO_EXCEPTION: Final = ctypes.py_object()


class HandlerTimeout(BaseException):
    """Raised inside a handler that held the loop for too long."""


class LoopGivenUp(BaseException):
    """Raised on a thread that comes back after its loop was replaced."""


class _Landed(BaseException):
    """Raised in a thread by itself, to have something land."""


class Watched(Protocol):
    """What a guard needs to know of the connection whose handler runs."""

    @property
    def step_limit(self) -> float | None:
        """Seconds its handlers may hold the loop."""


def lower_flag() -> None:
    """Have the interpreter look for exceptions of other threads no more, until the next is raised; any thread may."""
    with contextlib.suppress(_Landed):
        _land()


def _land() -> None:
    _raise_in_thread(threading.get_ident(), ctypes.py_object(_Landed))
    while True:  # here, or in the line above
        pass


class _Local(threading.local):
    guard: Guard | None = None


here = _Local()
"""The guard of the current thread, where it runs a loop of ours."""


class Guard:
    """The mark of one loop thread that tells which user code runs and since when."""

    __slots__ = (
        "dead",
        "firing",
        "has_fired",
        "ident",
        "lock",
        "place",
        "shot",
        "stack",
        "token",
        "traced",
        "who",
        "why",
    )

    def __init__(self) -> None:
        self.ident = 0
        """The loop thread's identity; 0 before it runs."""
        self.token: float | None = None
        """The moment at which the running call began, a new object each time; None between calls."""
        self.who: Watched | None = None
        """The connection whose handler runs."""
        self.firing = False
        """True from the moment that the watchdog makes up its mind until the loop has settled."""
        self.has_fired = False
        """True from a shot until `calm`."""
        self.lock = threading.Lock()
        self.shot: tuple[float | None, float] = (None, 0.0)
        """The token of the call that was shot last, and when."""
        self.why = ""
        """Why it was shot, where that was not for the time it took."""
        self.stack = ""
        """The user's stack when it was shot."""
        self.place = ("", 0)
        """The user's file and line when it was shot."""
        self.traced = False
        """True while the loop thread has a trace function."""
        self.dead = False
        """True once the loop of this thread has been replaced."""

    @property
    def is_traced(self) -> bool:
        """True while somebody looks at the code of its thread step by step: what takes long then is meant to."""
        return self.traced or is_traced(self.ident)

    def end_call(self) -> None:
        """Take the token back; the call has ended."""
        self.token = None
        if self.firing:
            self.settle()

    def settle(self) -> None:
        """Drop a shot that has not landed; the call it was meant for has ended.

        Raises: `LoopGivenUp` on a thread whose loop was replaced meanwhile: nothing may go on there.
        """
        with self.lock:
            _raise_in_thread(self.ident, _NO_EXCEPTION)
            lower_flag()
            if self.dead:
                raise LoopGivenUp
            self.firing = False

    def give_up(self) -> None:
        """The loop is replaced: should the call ever end, its thread must not go on."""
        with self.lock:
            self.dead = True
            self.firing = True

    def fire(self, token: float, why: str = "") -> bool:
        """Raise `HandlerTimeout` in the thread if the call with this token still runs; why: if not for its time.

        False where it has ended, or was shot a moment ago.
        """
        with self.lock:
            self.firing = True
            if self.token is not token:
                return False
            now = monotonic()
            if self.shot[0] is token and now - self.shot[1] < APART:
                return False
            self.shot = token, now
            self.why = why
            self.note(token)
            self.has_fired = True
            _raise_in_thread(self.ident, ctypes.py_object(HandlerTimeout))
            return True

    def calm(self) -> None:
        """Lower the flag that a shot has raised; it lands all the same. Called by the watchdog, a look later."""
        if self.has_fired:
            self.has_fired = False
            lower_flag()

    def note(self, token: float) -> None:
        """Remember where the running call stands."""
        frames = frames_of(self.ident)
        if frames and self.token is token:
            self.stack = "".join(traceback.format_stack(frames[0]))
            self.place = user_place(frames)


def user_place(frames: Sequence[FrameType]) -> tuple[str, int]:
    """File and line of the innermost frame of a design; of the innermost frame at all where none is.

    frames: the innermost first.
    """
    for frame in [each for each in frames if "__tcpnb_program__" in each.f_globals] or frames:
        return frame.f_code.co_filename, frame.f_lineno
    return "", 0


class Watchdog:
    """One daemon thread that looks at a guard and acts in stages."""

    def __init__(
        self,
        guard: Guard,
        *,
        armed: Callable[[], bool],
        warn: Callable[[Watched | None, float, tuple[str, int]], None],
        give_up: Callable[[Watched | None], None],
        look_around: Callable[[], None] | None = None,
    ) -> None:
        """guard: whom to watch; armed: whether to act or to report only; the others are called on its thread.

        look_around: called at every look, for what else there is to be seen.
        """
        self._guard = guard
        self._armed = armed
        self._warn = warn
        self._give_up = give_up
        self._look_around = look_around
        self._stop = threading.Event()
        self._token: float | None = None
        self._shots = 0
        self._shot_at = 0.0
        self._thread = threading.Thread(target=self._run, name="tcpnb-watchdog", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """End; safe from any thread."""
        self._stop.set()
        if threading.current_thread() is not self._thread and self._thread.is_alive():
            self._thread.join(1.0)

    def _run(self) -> None:
        look_around = self._look_around or (lambda: None)
        look_around()
        is_needed = True
        while is_needed and not self._stop.wait(PERIOD):
            self._guard.calm()
            look_around()
            is_needed = self.look()
        self._guard.calm()

    def look(self) -> bool:
        """Look once; False when this guard needs no more watching."""
        guard = self._guard
        token = guard.token
        if token is None:
            return not guard.dead
        who = guard.who
        limit = who.step_limit if who is not None else 2.0
        if limit is None:
            return True
        now = monotonic()
        if now - token <= limit:
            return True
        if token is not self._token:
            self._token, self._shots = token, 0
            guard.note(token)
            if guard.token is token:
                self._warn(who, limit, guard.place)
        return self._act(token, now, who)

    def _act(self, token: float, now: float, who: Watched | None) -> bool:
        guard = self._guard
        if not self._armed() or guard.is_traced:
            return True
        if not self._shots:
            # However late this look is: a C call that kept the interpreter for itself may have returned just now.
            self._shots, self._shot_at = 1, now
            guard.fire(token)
        elif now - self._shot_at >= GIVE_UP and guard.token is token:
            self._give_up(who)
            return False
        elif self._shots == 1 and now - self._shot_at >= SECOND_SHOT:
            self._shots = 2
            guard.fire(token)
        return True
