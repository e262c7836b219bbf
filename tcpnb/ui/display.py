"""How sessions and views show themselves: a static output that needs no kernel, and the live view after it."""

from __future__ import annotations

import sys
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tcpnb.ui.assets import BundleMissingError
from tcpnb.ui.static_form import static_bundle

if TYPE_CHECKING:
    from tcpnb.session.session import Session
    from tcpnb.ui.widget import View

__all__ = ("StaticOutput", "show_session", "show_view")

UPDATE_EVERY = 2.0
"""Seconds between two updates of a static output, at least."""

_OF_THE_LOG = frozenset({"log", "connections", "client"})


class StaticOutput:
    """The static form of a view, kept as new as the design and what runs."""

    def __init__(self, session: Session, kind: str, args: dict[str, Any], mark: str) -> None:
        self._session, self._kind, self._args, self._mark = session, kind, args, mark
        self.topics = frozenset({"log"} if kind in _OF_THE_LOG else {"document", "server"})
        """After which changes it is worth a look."""
        self._handle: Any = None
        self._last: dict[str, str] = {}
        self._due = 0.0

    def publish(self) -> None:
        """Put it out as an output of its own."""
        self._last = self._bundle()
        self._due = time.monotonic() + UPDATE_EVERY
        self._handle = _display(self._last, raw=True, display_id=True)

    def update(self) -> bool:
        """Put the newest form in its place when it differs; return False when it must rest first."""
        now = time.monotonic()
        if self._handle is None:
            return True
        if now < self._due:
            return False
        self._due = now + UPDATE_EVERY
        bundle = self._bundle()
        if bundle != self._last:
            self._last = bundle
            self._handle.update(bundle, raw=True)
        return True

    def _bundle(self) -> dict[str, str]:
        return static_bundle(self._session, self._kind, self._args, self._mark)


def show_session(session: Session) -> None:
    """Show the whole Studio of a session; in a terminal, what it says of itself."""
    if not _has_pages():
        print(session)  # noqa: T201  # a terminal's IPython: this is its display
        return
    from tcpnb.ui.studio import Studio  # noqa: PLC0415  # the widgets are loaded by who sees one

    try:
        show_view(Studio(session))
    except BundleMissingError as error:
        StaticOutput(session, "studio", {}, "").publish()
        print(error, file=sys.stderr)  # noqa: T201  # the cell's own place for what is wrong


def show_view(view: View) -> None:
    """Put out the static form, then the live view."""
    view.static.publish()
    bundle = view._repr_mimebundle_()  # IPython's protocol
    if bundle is None:
        return
    data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
    # Where no kernel runs (a code host, a converted page) this line stands in the live view's place.
    live = f"{type(view).__name__} of {view.session.path.name}: live where a kernel runs"
    data = {**data, "text/plain": live}
    _display(data, raw=True, metadata=metadata)


def _display(*data: Any, **options: Any) -> Any:
    # IPython runs where this is called, and has no types.
    return import_module("IPython.display").display(*data, **options)


def _has_pages() -> bool:
    """True where a kernel can send widgets to a page."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None
