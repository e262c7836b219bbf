"""What a failing handler has to say: its own words, its file and line, its traceback without our frames."""

from __future__ import annotations

import os
import traceback
from typing import TYPE_CHECKING, Final

from tcpnb.errors import Error, HandlerError
from tcpnb.runtime.watchdog import HandlerTimeout

if TYPE_CHECKING:
    from tcpnb.runtime.log import EventLog, Origin
    from tcpnb.runtime.watchdog import Guard

__all__ = ("handler_error", "log_failure", "words_of", "wrong_type")

_OWN_FOLDER: Final = os.path.dirname(os.path.dirname(__file__)) + os.sep  # noqa: PTH120  compared with co_filename
_SHOWN: Final = 60


def handler_error(error: BaseException, handler: str, guard: Guard, limit: float | None) -> HandlerError:
    """What ``on_error`` is told of an exception that a handler raised, or of an error that it returned."""
    if isinstance(error, HandlerTimeout):
        file, line = guard.place
        why = guard.why or f"held the server for more than {limit or 0.0:g} s and was stopped"
        text = f"{handler.rpartition('.')[2]} {why}"
        return HandlerError(text, handler=handler, file=file, line=line, traceback=guard.stack)
    file, line, text = _user_traceback(error)
    message = str(error) or type(error).__name__
    made = HandlerError(message, handler=handler, file=file, line=line, traceback=text)
    made.__cause__ = error
    return made


def log_failure(log: EventLog, origin: Origin, failure: HandlerError) -> None:
    """Put the row ``handler_failed`` into a log."""
    error = failure.__cause__
    is_plain = error is None or isinstance(error, Error)
    kind = type(error).__name__
    text = failure.message if is_plain or failure.message == kind else f"{kind}: {failure.message}"
    facts = {"handler": failure.handler, "file": failure.file, "line": failure.line, "traceback": failure.traceback}
    log.put("handler_failed", origin, text, b"", facts)


def wrong_type(result: object, wanted: str) -> Error:
    """The error of a handler that returned what it must not."""
    shown = repr(result)
    shown = shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 3]}..."
    kind = type(result).__name__
    article = "an" if kind[0].lower() in "aeiou" else "a"
    return Error(f"{article} {kind} was returned ({shown}); return {wanted}")


def words_of(exc: BaseException | None) -> str:
    """The system's words for a socket error."""
    return (getattr(exc, "strerror", None) or str(exc) or type(exc).__name__) if exc is not None else ""


def _user_traceback(error: BaseException) -> tuple[str, int, str]:
    """File and line in the design where it was raised, and the traceback without our own frames."""
    tb = error.__traceback__
    while tb is not None and tb.tb_frame.f_code.co_filename.startswith(_OWN_FOLDER):
        tb = tb.tb_next
    if tb is None:
        return "", 0, "".join(traceback.format_exception_only(error))
    text = "".join(traceback.format_exception(type(error), error, tb))
    file, line = "", 0
    while tb is not None:
        if not file or "__tcpnb_program__" in tb.tb_frame.f_globals:
            file, line = tb.tb_frame.f_code.co_filename, tb.tb_lineno
        tb = tb.tb_next
    return file, line, text
