"""The form of a connection to another service: ``tcp_client = tcp.Client(...)``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpnb.errors import DesignError, EditRefusedError
from tcpnb.model.design import ConnectionDesign
from tcpnb.model.edits import (
    AddConnection,
    ChangeConnection,
    DeleteConnection,
    Edit,
    RenameConnection,
    SetSecureSocket,
)
from tcpnb.model.literals import UNKNOWN, literal_value
from tcpnb.model.names import unique_name
from tcpnb.model.settings import check_time
from tcpnb.ui.views import listener_forms as forms
from tcpnb.ui.views.asked import asked
from tcpnb.ui.views.base import Pane
from tcpnb.ui.views.parsing import expression
from tcpnb.ui.views.trial import trial
from tcpnb.ui.views.try_connection import try_connection

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


__all__ = ("ConnectionPane",)

_DEFAULT_TIMEOUT = "300"


class ConnectionPane(Pane):
    """One connection of the file, or a new one while ``name`` is empty."""

    kind = "connection"

    def prepare(self) -> None:
        """A pane without a name makes a new connection."""
        self.name = str(self.args.get("name", ""))

    def state(self) -> dict[str, Any]:
        """Everything the page shows."""
        design, session = self.session.design, self.session
        found = self._find()
        return {
            "file": session.path.name,
            "version": session.version,
            "name": self.name,
            "exists": found is not None,
            "values": _values(found)
            if found
            else _values(ConnectionDesign(name=unique_name("tcp_client", design.names), remote_port="")),
            "configurables": [each.name for each in design.configurables],
            "line": found.span.line if found else 0,
            "usages": session.source.count(self.name) - 1 if found else 0,
        }

    # ── wishes ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @asked
    def check(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Problems by field, while it is typed."""
        try:
            edits = list(self._edits(values))
        except DesignError as error:
            return {"problems": {_field(error.field): str(error.reason) + (f"; {error.cure}" if error.cure else "")}}
        trouble = trial(self.session.source, edits)
        return {"problems": {_field(trouble["field"]): trouble["text"]} if trouble else {}}

    @asked
    def save(self, values: Mapping[str, Any], version: int) -> dict[str, Any]:
        """Add the connection, or change it."""
        edits = tuple(self._edits(values))
        if edits:
            title = f"change {self.name}" if self.name else ""
            version = self.session.edit(edits, seen=version, title=title)
        self.name = str(values["name"]).strip()
        return {"name": self.name, "version": version}

    @asked
    def usages_of(self) -> dict[str, Any]:
        """Say whether the connection can be deleted, and where it is used if not."""
        return {"trouble": trial(self.session.source, [DeleteConnection(name=self.name)])}

    @asked
    def delete(self, version: int) -> dict[str, Any]:
        """Delete the connection."""
        return {"version": self.session.edit(DeleteConnection(name=self.name), seen=version)}

    @asked(slow=True)
    def try_it(self, values: Mapping[str, Any], seconds: float = 3.0) -> dict[str, Any]:
        """Connect now, wait a moment for a greeting, hang up; say what came back."""
        return try_connection(values, self.session.design, self.session.path.parent, seconds=seconds)

    # ── inside ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _find(self) -> ConnectionDesign | None:
        return next((each for each in self.session.design.connections if each.name == self.name), None)

    def _edits(self, values: Mapping[str, Any]) -> Iterator[Edit]:
        design = self.session.design
        name = str(values.get("name", "")).strip()
        host = forms.text_expression(str(values.get("host", "")), design) if str(values.get("host", "")).strip() else ""
        port = str(values.get("port", "")).strip()
        local = str(values.get("local_host", "")).strip()
        local = forms.text_expression(local, design) if local else ""
        timeout, write_timeout = (_timeout(each, str(values.get(each, ""))) for each in ("timeout", "write_timeout"))
        if not host:
            raise DesignError("host", "", "Remote Host is required")
        if not port:
            raise DesignError("port", "", "Remote Port is required")
        secure = forms.secure_expression(values.get("secure", {}), design)
        if not self.name:
            yield AddConnection(name=name, remote_host=host, remote_port=port, local_host=local, timeout=timeout,
                                write_timeout=write_timeout, secure_socket=secure)  # fmt: skip
            return
        old = self._find()
        if old is None:
            raise EditRefusedError(f"{self.name} is not in the file any more")
        new = {
            "remote_host": host,
            "remote_port": port,
            "local_host": local,
            "timeout": timeout,
            "write_timeout": write_timeout,
        }
        changed = {
            key: value
            for key, value in new.items()
            if value != getattr(old, key) and not _same(key, value, getattr(old, key))
        }
        if changed:
            yield ChangeConnection(name=self.name, **changed)
        if secure != old.secure_socket and values.get("secure") != _secure(old):
            yield SetSecureSocket(name=self.name, secure_socket=secure)
        if name != self.name:
            yield RenameConnection(name=self.name, new_name=name)


def _timeout(name: str, text: str) -> str:
    """Return the expression of a time-out; raises `DesignError` in the words of ``tcp.Client`` for what cannot be."""
    stripped = text.strip()
    node = expression(stripped) if stripped else None
    if node is not None and (value := literal_value(node)) is not UNKNOWN:
        check_time(name, value)
    return "" if stripped == _DEFAULT_TIMEOUT else stripped or "None"


def _same(key: str, new: str, old: str) -> bool:
    """True when two texts mean the same default."""
    return key.endswith("timeout") and {new, old} <= {"", _DEFAULT_TIMEOUT, f"{_DEFAULT_TIMEOUT}.0"}


def _secure(connection: ConnectionDesign) -> dict[str, Any]:
    return forms.secure_state(connection.secure_socket, client=True)


def _values(connection: ConnectionDesign) -> dict[str, Any]:
    return {
        "name": connection.name,
        "host": forms.plain_text(connection.remote_host),
        "port": connection.remote_port,
        "local_host": forms.plain_text(connection.local_host),
        "timeout": "" if connection.timeout == "None" else connection.timeout or _DEFAULT_TIMEOUT,
        "write_timeout": "" if connection.write_timeout == "None" else connection.write_timeout or _DEFAULT_TIMEOUT,
        "secure": _secure(connection),
    }


def _field(field: str) -> str:
    low = field.lower()
    if low.startswith("secure"):
        return field
    for name in ("write_timeout", "timeout", "local_host", "host", "port", "name"):
        if name in low:
            return name
    return ""
