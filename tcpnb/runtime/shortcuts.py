"""What the reactor's part in C is told of our classes, so that it can take short cuts through a connection's life.

The short cuts do what `Connection` and `Acceptance` do where nothing unusual happens. They work on the same objects:
they need to know their classes, the values that never change, and a connection as it is at its beginning.
"""

from __future__ import annotations

import ssl
from asyncio.tasks import _enter_task, _leave_task
from typing import Any

from tcpnb.runtime.attachment import Attached
from tcpnb.runtime.connection import Connection, SecureConnection
from tcpnb.runtime.context import OWNER
from tcpnb.runtime.doors import Doors
from tcpnb.runtime.lifecycle import State
from tcpnb.runtime.log import CODES, NOTHING
from tcpnb.runtime.memory import MemoryWatch
from tcpnb.runtime.reactor import Quick, QuickSecure, learn
from tcpnb.runtime.secure_transport import RECORD, SecureTransport
from tcpnb.runtime.service import PLAN, ConnectionService, Plan
from tcpnb.runtime.strangers import FIRST_BYTES
from tcpnb.runtime.task import ENDED, HandlerTask

__all__ = ("QuickConnection", "QuickSecureConnection", "teach")


class QuickConnection(Quick, Connection):
    """A connection that takes short cuts; made beside a reactor only."""

    __slots__ = ()


class QuickSecureConnection(QuickSecure, Quick, SecureConnection):
    """The same behind TLS."""

    __slots__ = ()


def teach(pattern: Connection) -> bool:
    """Tell the part in C what connections like this one, just made, are and have.

    False where that cannot be, as the variables stand elsewhere than in the connections before: the kit's own modules
    were edited and loaded again. Then there are no short cuts until the kernel starts anew.
    """
    known: dict[str, Any] = {
        "connection": type(pattern),
        "secure": QuickSecureConnection,
        "secured": SecureTransport,
        "caller": type(pattern.caller),
        "origin": type(pattern.origin),
        "guard": type(pattern.guard),
        "log": type(pattern.log),
        "listener": type(pattern.listener),
        "attached": Attached,
        "doors": Doors,
        "memory": MemoryWatch,
        "limits": type(pattern.listener.limits),
        "runner": HandlerTask,
        "plan": Plan,
        "service": ConnectionService,
        "NOTHING": NOTHING,
        "FIRST_BYTES": FIRST_BYTES,
        "OWNER": OWNER,
        "PLAN": PLAN,
        "CODES": CODES,
        "ENDED": ENDED,
        "ENTER": _enter_task,
        "LEAVE": _leave_task,
        "RECORD": RECORD,
        "AGAIN": ssl.SSLWantReadError,
        "TLS_ERROR": ssl.SSLError,
    }
    known |= {state.name: state for state in State}
    return learn(known)
