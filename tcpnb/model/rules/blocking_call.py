"""A call in a handler that holds up every connection.

What: ``time.sleep``, ``input``, ``requests``, ``urllib``, blocking sockets, ``subprocess`` and their like, in a method
of a service or connection service class or in a function of the file that one calls.
Why: one thread serves all connections; while it waits in such a call, nobody else is served (H03).
Example: ``time.sleep(1)``; the cure is ``await asyncio.sleep(1)``, and the fix writes it.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tcpnb.model.diagnostics import Diagnostic, Fix
from tcpnb.model.rules.patches import awaiting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpnb.model.rules.context import Place, RuleContext

__all__ = ("check",)

_THREAD = "await asyncio.to_thread({name}, ...)"
CURES = {
    "time.sleep": "await asyncio.sleep(...)",
    "input": "nothing: a service has no keyboard; let the peer send it",
    "os.system": "await asyncio.create_subprocess_shell(...)",
    "os.popen": "await asyncio.create_subprocess_shell(...)",
    "subprocess.run": "await asyncio.create_subprocess_exec(...)",
    "subprocess.call": "await asyncio.create_subprocess_exec(...)",
    "subprocess.check_call": "await asyncio.create_subprocess_exec(...)",
    "subprocess.check_output": "await asyncio.create_subprocess_exec(...)",
    "urllib.request.urlopen": _THREAD,
    "urllib.request.urlretrieve": _THREAD,
    "socket.create_connection": "a tcp.Client at module level",
    "socket.getaddrinfo": "await asyncio.get_running_loop().getaddrinfo(...)",
    "socket.gethostbyname": "await asyncio.get_running_loop().getaddrinfo(...)",
    "socket.socket": "a tcp.Client at module level",
    "http.client.HTTPConnection": _THREAD,
    "http.client.HTTPSConnection": _THREAD,
    "smtplib.SMTP": _THREAD,
    "ftplib.FTP": _THREAD,
    "asyncio.run": "await ...: the handler is on a running loop already",
    "signal.pause": "nothing: it never comes back",
}
_REQUESTS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "request"})
_HTTP_LIBRARIES = frozenset({"requests", "httpx"})


def check(context: RuleContext) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each such call."""
    called = _called_from_methods(context)
    for place, call in context.calls:
        if place.owner is None and place.name not in called:
            continue
        name = context.origin(call.func)
        head, _, last = name.rpartition(".")
        cure = CURES.get(name, "")
        if not cure and head in _HTTP_LIBRARIES and last in _REQUESTS:
            cure = _THREAD
        if cure and not (name == "input" and "input" in context.bindings) and not _is_in_thread(place, call):
            yield _diagnostic(context, place, call, name, cure.format(name=name))


def _called_from_methods(context: RuleContext) -> set[str]:
    """Return the module-level functions that methods reach, over other functions too."""
    calls: dict[str, set[str]] = {}
    for place in context.places:
        names = {node.id for node in place.of(ast.Name)}
        calls[place.name] = names
    waiting = [place.name for place in context.places if place.owner is not None]
    reached: set[str] = set()
    while waiting:
        for name in calls.get(waiting.pop(), ()):
            if name in calls and name not in reached:
                reached.add(name)
                waiting.append(name)
    return reached


def _is_in_thread(place: Place, call: ast.Call) -> bool:
    """``asyncio.to_thread(lambda: time.sleep(1))`` and the like: a lambda that is handed to a thread."""
    handing = [node for node in place.of(ast.Call) if _hands_over(node)]
    return any(inner is call for node in handing for one in node.args for inner in ast.walk(one))


def _hands_over(call: ast.Call) -> bool:
    return getattr(call.func, "attr", "") in {"to_thread", "run_in_executor", "submit"}


def _diagnostic(context: RuleContext, place: Place, call: ast.Call, name: str, cure: str) -> Diagnostic:
    fix = None
    if name == "time.sleep" and len(call.args) == 1 and not call.keywords and place.owner is not None:
        span = context.span(call.args[0])
        seconds = context.text[span.start : span.end]
        edit = awaiting(context, place, call, f"asyncio.sleep({seconds})", imports="asyncio")
        fix = Fix(title=f"Write await asyncio.sleep({seconds})", edit=edit) if edit and len(seconds) < 30 else None  # noqa: PLR2004  # a button's width
    return Diagnostic(
        code="blocking-call",
        severity="warning",
        message=f"{name} holds up every connection while it waits; use {cure}",
        span=context.span(call),
        where=place.name,
        fix=fix,
    )
