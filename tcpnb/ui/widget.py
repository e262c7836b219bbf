"""The one widget class: it carries the messages between panes in Python and their views on the page."""

from __future__ import annotations

import json
import secrets
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakKeyDictionary

import anywidget
import traitlets

from tcpnb.errors import DesignError, EditRefusedError, StaleEditError, TcpnbError
from tcpnb.ui import bridge
from tcpnb.ui.assets import asset, hashes
from tcpnb.ui.display import StaticOutput, show_view
from tcpnb.ui.messages import is_message
from tcpnb.ui.views import pane_class
from tcpnb.ui.wishes import Wish

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tcpnb.session.session import Session
    from tcpnb.ui.messages import Problem, ToPage
    from tcpnb.ui.views.base import Pane

__all__ = ("View", "problem_of")

MAX_PAGES = 8
"""Pages that may show one widget at a time; a reload leaves the old one behind until it is pushed out."""
MAX_MEMORIES = 200
MAX_GIVEN = 100
"""Requests for bundles that are remembered, so that one that is repeated is answered once."""

_layouts: WeakKeyDictionary[Session, dict[str, dict[str, Any]]] = WeakKeyDictionary()
"""The newest layout of each kind of view: a cell that runs again shows the session as it was left."""


def problem_of(error: BaseException) -> Problem:
    """Say why a wish was not granted: our own errors in one line, others with the place where they happened."""
    field = error.field if isinstance(error, DesignError | EditRefusedError) else ""
    if isinstance(error, TcpnbError):
        return {"text": str(error), "field": field}
    if isinstance(error, OSError):
        return {"text": f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}", "field": ""}
    details = "".join(traceback.format_exception(error))
    return {"text": f"{type(error).__name__}: {error}", "field": "", "details": details}


def _check_session(session: object, view: str) -> None:
    # By name: after %autoreload a session from before is of a class that is no longer the one in its module.
    names = {f"{each.__module__}.{each.__qualname__}" for each in type(session).__mro__}
    if "tcpnb.session.session.Session" not in names:
        file = repr(str(session)) if isinstance(session, str | Path) else "'echo_service.py'"
        raise DesignError("session", session, "is no session", f"write tcpnb.{view}(tcpnb.open({file}))")


def _checked(args: object) -> dict[str, Any]:
    if args is None:
        return {}
    if not isinstance(args, dict):
        raise DesignError("args", args, "is no dictionary", "leave it out")
    for name, value in args.items():
        if not isinstance(value, str):
            raise DesignError(name, value, "is not text", "give its name, as 'TcpEchoService'")
    return args


class View(anywidget.AnyWidget):
    """A view of a session, as a widget that sits in an ``HBox`` or a ``Tab`` like any other.

    It holds nothing that a reload of the page would lose: a page says ``hello``, opens its panes, and is told all.
    """

    kind: ClassVar[str] = ""
    """The view that it shows."""

    _esm = traitlets.Unicode().tag(sync=True)
    _assets = traitlets.Dict().tag(sync=True)
    _static_mark = traitlets.Unicode().tag(sync=True)

    def __init__(self, session: Session, args: dict[str, Any] | None = None, **traits: Any) -> None:
        """Show the session; raises `DesignError` for what is none, and for a name that is no text."""
        _check_session(session, type(self).__name__)
        self._session = session
        self._args = _checked(args)
        self._memory: dict[str, Any] = dict(self._layout)
        self._panes: dict[str, _Held] = {}
        self._pages: dict[str, _Page] = {}
        self._given: dict[tuple[str, int], None] = {}
        self._lock = threading.RLock()
        self._news: set[str] = set()
        self._news_lock = threading.Lock()
        self._last_seq = session.log.last_seq
        self._stale = False
        mark = f"tcpnb-static-{secrets.token_hex(6)}"
        self.static = StaticOutput(session, self.kind, self._args, mark)
        """What stands in a saved notebook in its place."""
        super().__init__(_esm=asset("loader").decode(), _assets=dict(hashes()), _static_mark=mark, **traits)
        self.is_unpinned = bridge.unpin(self)
        """Whether its messages are heard while a cell blocks."""
        self.on_msg(self._heard)
        self._unsubscribe = session.subscribe(self._changed)
        self._is_open = True
        bridge.pump.add(self)

    @property
    def _layout(self) -> dict[str, Any]:
        same = f"{self.kind}:{json.dumps(self._args, sort_keys=True)}"
        return _layouts.setdefault(self._session, {}).setdefault(same, {})

    @property
    def session(self) -> Session:
        """The session that it shows."""
        return self._session

    def _ipython_display_(self) -> None:
        show_view(self)

    def show(self, view: str, **args: Any) -> None:
        """Have the page show another view: ``studio.show("flow", handler="TcpEchoService.on_bytes")``."""
        pane_class(view)
        self._tell({"kind": "show", "view": view, "args": args})

    def close(self) -> None:
        """Take the widget off every page and give back what it holds."""
        if getattr(self, "_is_open", False):
            self._is_open = False
            self._unsubscribe()
            bridge.pump.remove(self)
            with self._lock:
                panes, self._panes, self._pages = list(self._panes.values()), {}, {}
            if self.comm is not None:
                self._tell({"kind": "closed", "reason": "This view was closed. Run the cell again to see it."})
            for held in panes:
                held.pane.close()
        super().close()

    # From the page

    def _heard(self, _widget: object, content: Any, _buffers: object) -> None:
        if not is_message(content):
            return
        kind = content["kind"]
        if kind == "asset":
            self._give(content["name"], content["page"], content["turn"])
        elif kind == "hello":
            self._welcome(content["page"], content["turn"])
        elif kind == "open":
            self._open(content["page"], content["pane"], content)
        elif kind == "close":
            self._release(content["page"], content["pane"], content["turn"])
        elif kind == "remember":
            if len(self._memory) < MAX_MEMORIES or content["key"] in self._memory:
                self._memory[content["key"]] = self._layout[content["key"]] = content.get("value")
        elif kind == "wish":
            self._wished(content)

    def _page(self, name: str) -> _Page:
        page = self._pages.setdefault(name, _Page())
        for old in list(self._pages)[:-MAX_PAGES]:
            del self._pages[old]
        return page

    def _give(self, name: str, page: str, turn: int) -> None:
        with self._lock:
            is_news = (page, turn) not in self._given
            self._given[page, turn] = None
            for old in list(self._given)[:-MAX_GIVEN]:
                del self._given[old]
        if is_news and name in hashes():
            self._tell({"kind": "asset", "name": name, "hash": hashes()[name]}, [asset(name)])

    def _welcome(self, page: str, turn: int) -> None:
        with self._lock:
            known = self._page(page)
            if turn < known.hello:
                return
            if known.begins(turn):
                self._tell_ahead(page)
        self._tell(
            {
                "kind": "welcome",
                "page": page,
                "view": self.kind,
                "args": self._args,
                "file": str(self._session.path),
                "memory": self._memory,
            }
        )

    def _tell_ahead(self, page: str) -> None:
        """Tell what the page will ask for first, so that it paints at once: what the page before it showed."""
        before = next((known.shown for name, known in reversed(self._pages.items()) if name != page), None)
        if before is None:
            key = f"{self.kind}:{json.dumps(self._args, separators=(',', ':'), ensure_ascii=False)}"
            before = {key} if self._held(key, self.kind, self._args) else set()
        for key in before:
            if held := self._panes.get(key):
                self._tell_state(key, held, anyway=True)

    def _open(self, page: str, key: str, content: dict[str, Any]) -> None:
        with self._lock:
            known = self._page(page)
            if known.opens(key, content["turn"]):
                held = self._held(key, content["view"], content["args"])
                if held is not None:
                    self._tell_state(key, held, anyway=not content.get("known"))
                    held.pane.opened(page)
            if key in known.shown:
                self._tell({"kind": "opened", "page": page, "pane": key})
        bridge.pump.wake()

    def _held(self, key: str, view: str, args: dict[str, Any]) -> _Held | None:
        """Return the pane of a key, made when it is not there; None, and the page is told, when it cannot be made."""
        try:
            held = self._panes.get(key) or _Held(pane_class(view)(self._session, args, self))
        except KeyError:
            self._tell({"kind": "failed", "pane": key, "error": {"text": f"there is no view named {view}"}})
            return None
        except Exception as error:  # noqa: BLE001  # whatever a view raises is shown in its panel
            self._tell({"kind": "failed", "pane": key, "error": problem_of(error)})
            return None
        self._panes[key] = held
        return held

    def _release(self, page: str, key: str, turn: int) -> None:
        with self._lock:
            if known := self._pages.get(page):
                known.closes(key, turn)

    def _wished(self, content: dict[str, Any]) -> None:
        with self._lock:
            held = self._panes.get(content["pane"])
        if held is None:
            self._refuse(content["id"], {"text": "this view is not open any more", "field": ""})
            return
        slow = held.pane.wishes.get(content["name"])
        if slow is None:
            text = f"{held.pane.kind} grants no wish named {content['name']}"
            self._refuse(content["id"], {"text": text, "field": ""})
        elif slow:
            bridge.in_background(lambda: self._grant(held, content))
        else:
            self._grant(held, content)

    def _grant(self, held: _Held, content: dict[str, Any]) -> None:
        wish = Wish(content["name"], content["args"], content["version"])
        try:
            result = getattr(held.pane, wish.name)(wish)
        except Exception as error:  # noqa: BLE001  # whatever a wish raises is shown in the panel that asked
            if isinstance(error, StaleEditError):
                held.dirty = True
            self._refuse(content["id"], problem_of(error))
        else:
            self._tell({"kind": "reply", "id": content["id"], "ok": True, "result": result})
        bridge.pump.wake()

    def _refuse(self, wish_id: str, problem: Problem) -> None:
        self._tell({"kind": "reply", "id": wish_id, "ok": False, "error": problem})

    # To the page

    def _changed(self, topic: str) -> None:
        # Called under locks of the session: only note it, never wait for a lock that a pane's state may be made under.
        with self._news_lock:
            self._news.add(topic)
        bridge.pump.wake()

    def beat(self) -> bool:
        """Send what is new to the pages; return whether any page shows a pane."""
        with self._lock:
            shown = set().union(*(page.shown for page in self._pages.values()))
            with self._news_lock:
                news, self._news = self._news, set()
            last_seq = self._session.log.last_seq
            if last_seq != self._last_seq:
                self._last_seq = last_seq
                news.add("log")
            for key, held in list(self._panes.items()):
                held.dirty |= bool(news & held.pane.topics)
                if key not in shown:
                    continue
                if held.dirty:
                    self._tell_state(key, held)
                self._tick(key, held)
            self._stale |= bool(news & self.static.topics)
            if self._stale:
                self._stale = not self.static.update()
        return bool(shown) or self._stale

    def _tell_state(self, key: str, held: _Held, *, anyway: bool = False) -> None:
        held.dirty = False
        try:
            version = self._session.version
            state = held.pane.state()
        except Exception as error:  # noqa: BLE001  # whatever a view raises is shown in its panel
            self._tell({"kind": "failed", "pane": key, "error": problem_of(error)})
            held.last = None
            return
        if anyway or held.last != (version, state):
            held.last = (version, state)
            self._tell({"kind": "state", "pane": key, "version": version, "state": state})

    def _tick(self, key: str, held: _Held) -> None:
        try:
            held.pane.tick()
        except Exception as error:  # noqa: BLE001  # whatever a view raises is shown in its panel
            self._tell({"kind": "failed", "pane": key, "error": problem_of(error)})

    def stream(self, pane: Pane, topic: str, body: Any, buffers: Sequence[bytes] = ()) -> None:
        """Send news of a pane that are no state."""
        key = self._key_of(pane)
        if key is not None:
            self._tell({"kind": "stream", "pane": key, "topic": topic, "body": body}, buffers)

    def refresh(self, pane: Pane) -> None:
        """Have a pane's state made anew at the next beat."""
        key = self._key_of(pane)
        if key is not None:
            self._panes[key].dirty = True
            bridge.pump.wake()

    def _key_of(self, pane: Pane) -> str | None:
        return next((key for key, held in list(self._panes.items()) if held.pane is pane), None)

    def _tell(self, message: ToPage, buffers: Sequence[bytes] = ()) -> None:
        self.send(message, list(buffers) or None)


class _Page:
    """A page that shows the widget.

    What a page says has a turn, a number that grows. A busy cell may hold up what was said first, and let pass what was
    said later or again: then what comes late is dropped.
    """

    __slots__ = ("_turns", "hello", "shown")

    def __init__(self) -> None:
        self.hello = 0
        """The turn of its newest hello."""
        self.shown: set[str] = set()
        """The keys of its panes."""
        self._turns: dict[str, int] = {}
        """The turn of the newest word about a pane."""

    def begins(self, turn: int) -> bool:
        """It says hello: what it showed before is forgotten. False when it has said so already."""
        if turn <= self.hello:
            return False
        self.hello = turn
        self._turns = {key: each for key, each in self._turns.items() if each > turn}
        self.shown &= self._turns.keys()
        return True

    def opens(self, key: str, turn: int) -> bool:
        """It shows a pane; False when that is old."""
        if is_news := self._is_news(key, turn):
            self.shown.add(key)
        return is_news

    def closes(self, key: str, turn: int) -> None:
        """It shows a pane no more."""
        if self._is_news(key, turn):
            self.shown.discard(key)

    def _is_news(self, key: str, turn: int) -> bool:
        if turn <= max(self.hello, self._turns.get(key, 0)):
            return False
        self._turns[key] = turn
        return True


class _Held:
    """A pane with what was last sent of it."""

    __slots__ = ("dirty", "last", "pane")

    def __init__(self, pane: Pane) -> None:
        self.pane = pane
        self.dirty = False
        self.last: tuple[int, dict[str, Any]] | None = None
