"""What crosses between Python and the page, with a ``kind`` each: the twin of ``frontend/src/app/messages.ts``."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, TypedDict

__all__ = (
    "Asset",
    "Closed",
    "Failed",
    "FromPage",
    "Opened",
    "Problem",
    "Reply",
    "Show",
    "State",
    "Stream",
    "ToPage",
    "Welcome",
    "is_message",
)


class Problem(TypedDict, total=False):
    """Why something was not done, for the panel that asked."""

    text: str
    field: str
    details: str


class Welcome(TypedDict):
    """The answer to a page's ``hello``: which view to show, and the layout that was remembered."""

    kind: Literal["welcome"]
    page: str
    view: str
    args: dict[str, Any]
    file: str
    """The design's path: what is typed on the page is kept under it."""
    memory: dict[str, Any]


class Opened(TypedDict):
    """The answer to a page's ``open``: the pane is looked after from now on."""

    kind: Literal["opened"]
    page: str
    pane: str


class State(TypedDict):
    """All that a pane shows."""

    kind: Literal["state"]
    pane: str
    version: int
    state: dict[str, Any]


class Failed(TypedDict):
    """A pane's state could not be made."""

    kind: Literal["failed"]
    pane: str
    error: Problem


class Reply(TypedDict, total=False):
    """What came of a wish."""

    kind: Literal["reply"]
    id: str
    ok: bool
    result: Any
    error: Problem


class Asset(TypedDict):
    """A bundle of the front end, its bytes in the first buffer."""

    kind: Literal["asset"]
    name: str
    hash: str


class Closed(TypedDict):
    """Nothing will be answered any more."""

    kind: Literal["closed"]
    reason: str


class Show(TypedDict):
    """Python asks the page to show a view."""

    kind: Literal["show"]
    view: str
    args: dict[str, Any]


class Stream(TypedDict):
    """News for a pane that are no state: a batch of log rows."""

    kind: Literal["stream"]
    pane: str
    topic: str
    body: Any


ToPage: TypeAlias = Welcome | Opened | State | Failed | Reply | Asset | Closed | Show | Stream


class FromPage(TypedDict, total=False):
    """What a page says: ``hello``, ``open``, ``close``, ``wish``, ``remember``, ``asset``; the fields by kind.

    A page repeats what is not answered, by another way past a busy cell: the same ``turn`` twice is said once, and
    what comes late is old.
    """

    kind: Literal["hello", "open", "close", "wish", "remember", "asset"]
    page: str
    turn: int
    pane: str
    view: str
    args: dict[str, Any]
    id: str
    name: str
    version: int
    key: str
    value: Any


_FIELDS: dict[str, dict[str, type]] = {
    "hello": {"page": str, "turn": int},
    "open": {"page": str, "turn": int, "pane": str, "view": str, "args": dict},
    "close": {"page": str, "turn": int, "pane": str},
    "wish": {"id": str, "pane": str, "name": str, "args": dict, "version": int},
    "remember": {"key": str},
    "asset": {"page": str, "turn": int, "name": str},
}


def is_message(content: object) -> bool:
    """Return whether ``content`` is a well-formed message of a page; others are let pass unheard."""
    if not isinstance(content, dict):
        return False
    fields = _FIELDS.get(content.get("kind", ""))
    return fields is not None and all(isinstance(content.get(name), kind) for name, kind in fields.items())
