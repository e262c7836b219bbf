"""The Live Log: rows in batches as they come, one row in full, earlier rows, all rows of one connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpnb.ui.log_feed import LogFeed, batch
from tcpnb.ui.views.base import Pane
from tcpnb.ui.wishes import wish

if TYPE_CHECKING:
    from tcpnb.ui.wishes import Wish

__all__ = ("LogPane",)


class LogPane(Pane):
    """What happens on every connection, as it happens."""

    kind = "log"
    topics = frozenset({"server"})

    def prepare(self) -> None:
        """Begin where the log is now; a page that opens gets what was before by `opened`."""
        self._feed = LogFeed(self.session.log)

    def state(self) -> dict[str, Any]:
        """The words around the rows; the rows themselves are the stream ``log``."""
        return {"file": self.session.path.name, "hint": self._hint()}

    def tick(self) -> None:
        """Send the rows since the last beat to all pages."""
        news = self._feed.next()
        if news is not None:
            self.stream("log", news)

    def opened(self, page: str) -> None:
        """Send the newest rows again: a page drops those that it has."""
        del page
        self.stream("log", batch(self.session.log))

    @wish
    def payload(self, wish: Wish) -> dict[str, Any] | None:
        """One row with all that the log keeps of its payload; None where the log has dropped it."""
        return self._feed.payload(wish.integer("seq"))

    @wish
    def earlier(self, wish: Wish) -> dict[str, Any]:
        """The rows just before a number."""
        return batch(self.session.log, before=wish.integer("before"))

    @wish
    def connection(self, wish: Wish) -> dict[str, Any]:
        """The newest rows of one connection, which a flood of others may have pushed aside."""
        return batch(self.session.log, connection=wish.integer("connection"))

    def _hint(self) -> str:
        addresses = [f"{each.host}:{each.port}" for each in self.session.listeners if each.state == "listening"]
        if addresses:
            return f"Nothing has happened yet. Send something from the Test Client, or connect to {addresses[0]}."
        return "Nothing has happened yet. Press Start, then send something from the Test Client."
