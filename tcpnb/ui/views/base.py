"""A pane: one view's window on a session, with its state out and its wishes in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from tcpnb.ui.wishes import Wish, edit_of, granted, wish

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tcpnb.session.session import Session

__all__ = ("Pane", "Stage")


class Stage(Protocol):
    """What stands behind a pane: the widget that carries its messages."""

    def stream(self, pane: Pane, topic: str, body: Any, buffers: Sequence[bytes] = ()) -> None:
        """Send news that are no state to all pages that show the pane."""

    def refresh(self, pane: Pane) -> None:
        """Have the pane's state made anew at the next beat."""


class Pane:
    """The Python half of one view; a subclass a view file.

    Every method may be called on any thread, one at a time for `state` and `tick`; quick wishes come in order,
    slow ones may overlap.
    """

    kind: ClassVar[str] = ""
    """The view's name on both sides."""
    topics: ClassVar[frozenset[str]] = frozenset({"document", "server"})
    """After which changes `state` is made anew: ``document``, ``server``, and ``log`` (up to ten times a second)."""
    wishes: ClassVar[dict[str, bool]] = {}
    """The granted wishes; filled by the class itself."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.wishes = granted(cls)

    def __init__(self, session: Session, args: Mapping[str, Any], stage: Stage) -> None:
        self.session = session
        self.args = args
        self.stage = stage
        self.prepare()

    def prepare(self) -> None:
        """Set up what the pane needs of its own."""

    def state(self) -> dict[str, Any]:
        """Return all that the view shows, as JSON; sent when it differs from what was sent last."""
        raise NotImplementedError

    def tick(self) -> None:
        """Send streams; called at each beat while a page shows the pane."""

    def opened(self, page: str) -> None:
        """Replay to a page that has just opened the pane, or was reloaded, what streams it missed."""

    def close(self) -> None:
        """Give back what the pane holds: its widget is closed."""

    def stream(self, topic: str, body: Any, buffers: Sequence[bytes] = ()) -> None:
        """Send news that are no state."""
        self.stage.stream(self, topic, body, buffers)

    def refresh(self) -> None:
        """Have the state made anew at the next beat, after a change that no topic tells."""
        self.stage.refresh(self)

    # Wishes that every pane grants

    @wish
    def edit(self, wish: Wish) -> int:
        """Make any edit: ``{"edit": "AddVariable", …its fields}``; returns the new version."""
        return self.session.edit(edit_of(wish.args), seen=wish.version)

    @wish
    def undo(self, _wish: Wish) -> str:
        """Take the latest edit back."""
        return self.session.undo()

    @wish
    def redo(self, _wish: Wish) -> str:
        """Make it again."""
        return self.session.redo()


Pane.wishes = granted(Pane)
