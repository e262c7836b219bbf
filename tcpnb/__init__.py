"""Design, run and understand TCP services inside a Jupyter notebook.

``import tcpnb`` loads nothing but this file: every public name is fetched when it is first used, so that a served
design pays for no widget, no parser and no picture.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from tcpnb import errors, tcp, testing
    from tcpnb.client import Conversation, connect, connect_async
    from tcpnb.lessons import grade
    from tcpnb.model import edits
    from tcpnb.session import Session, enable_nested_asyncio, open, stop_all  # noqa: A004  # the contract's name
    from tcpnb.ui import (
        ClassDesigner,
        ConnectionTable,
        FlowDesigner,
        HandlerEditor,
        ListenerSettings,
        LiveLog,
        OverviewDiagram,
        ServiceDesigner,
        ServiceForm,
        Studio,
        TestClient,
        TypeDiagram,
    )

    __version__: str

__all__ = (
    "ClassDesigner",
    "ConnectionTable",
    "Conversation",
    "FlowDesigner",
    "HandlerEditor",
    "ListenerSettings",
    "LiveLog",
    "OverviewDiagram",
    "ServiceDesigner",
    "ServiceForm",
    "Session",
    "Studio",
    "TestClient",
    "TypeDiagram",
    "__version__",
    "connect",
    "connect_async",
    "edits",
    "enable_nested_asyncio",
    "errors",
    "grade",
    "load_ipython_extension",
    "open",
    "stop_all",
    "tcp",
    "testing",
    "unload_ipython_extension",
)

_HOMES = {
    **dict.fromkeys(("Session", "enable_nested_asyncio", "open", "stop_all"), "tcpnb.session"),
    **dict.fromkeys(("Conversation", "connect", "connect_async"), "tcpnb.client"),
    "grade": "tcpnb.lessons",
    **dict.fromkeys(
        (
            "ClassDesigner",
            "ConnectionTable",
            "FlowDesigner",
            "HandlerEditor",
            "ListenerSettings",
            "LiveLog",
            "OverviewDiagram",
            "ServiceDesigner",
            "ServiceForm",
            "Studio",
            "TestClient",
            "TypeDiagram",
        ),
        "tcpnb.ui",
    ),
}
"""Where each name lives that is fetched at its first use."""

_ROOMS = {"edits": "tcpnb.model.edits", "errors": "tcpnb.errors", "tcp": "tcpnb.tcp", "testing": "tcpnb.testing"}
"""The modules that are names of their own."""


def __getattr__(name: str) -> Any:
    """Fetch a public name at its first use."""
    value: Any
    if name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    elif name in _ROOMS:
        value = import_module(_ROOMS[name])
    elif name == "__version__":
        value = _version()
    else:
        raise AttributeError(f"module 'tcpnb' has no attribute {name!r}")
    globals()[name] = value
    return value


def _version() -> str:
    metadata = import_module("importlib.metadata")
    try:
        return str(metadata.version("tcpnb"))
    except metadata.PackageNotFoundError:
        # A working copy that is only on the path: nothing has given it a number.
        return "0+source"


def __dir__() -> list[str]:
    # What Tab offers: the public names, and none of the tools that this file works with.
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Add ``%tcp``, ``%%tcp_service`` and ``%%tcp_client``: what ``%load_ext tcpnb`` calls."""
    _show_sessions_in(shell)
    import_module("tcpnb.magics").load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take the magics away again: what ``%unload_ext tcpnb`` calls."""
    import_module("tcpnb.magics").unload(shell)


def _show_sessions_in(shell: Any) -> None:
    """Let a session that is a cell's last line show its Studio; the widgets are imported when that first happens."""
    formatter = shell.display_formatter.ipython_display_formatter
    formatter.for_type_by_name("tcpnb.session.session", "Session", _show_session)


def _show_session(session: Session) -> None:
    import_module("tcpnb.ui.display").show_session(session)


def _greet_a_running_notebook() -> None:
    # Asking IPython for its shell would import it; a shell that runs has been imported long ago.
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None and hasattr(ipython, "get_ipython") else None
    if shell is not None and getattr(shell, "display_formatter", None) is not None:
        _show_sessions_in(shell)


_greet_a_running_notebook()
