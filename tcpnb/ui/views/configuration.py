"""TCP Service Configuration: the listeners of a service with all their settings, saved at once."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from tcpnb.errors import DesignError, EditRefusedError
from tcpnb.model.edits import (
    AddListener,
    AttachListener,
    ChangeListener,
    DetachListener,
    Edit,
    RenameListener,
    SetLimits,
    SetSecureSocket,
)
from tcpnb.model.names import unique_name
from tcpnb.model.ports import is_digits
from tcpnb.ui.views import listener_forms as forms
from tcpnb.ui.views.asked import asked
from tcpnb.ui.views.base import Pane
from tcpnb.ui.views.trial import trial

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tcpnb.model.design import ListenerDesign, ServiceDesign

__all__ = ("ConfigPane",)

_BEATS = 5
"""Beats of the pane between two looks at the connections: half a second."""
_FIELDS = ("name", "port", "host", "secure", "limits")


class ConfigPane(Pane):
    """All settings of one service and its listeners."""

    kind = "config"

    def prepare(self) -> None:
        """Find the service that is shown."""
        self.listener = str(self.args.get("listener", ""))
        self.service = str(self.args.get("service", "")) or self._service_of(self.listener)
        self._beats = 0
        self._open: dict[str, int] = {}

    def state(self) -> dict[str, Any]:
        """Everything the page shows."""
        design, session = self.session.design, self.session
        service = self._found()
        attached = service.listeners if service else ()
        by_name = {each.name: each for each in design.listeners}
        owners = {name: each.name for each in design.services for name in each.listeners}
        return {
            "file": session.path.name,
            "version": session.version,
            "service": service.name if service else "",
            "services": [each.name for each in design.services],
            "documentation": service.documentation if service else "",
            "current": session.document.reading.is_current,
            "listeners": [self._listener_state(by_name[name]) for name in attached if name in by_name],
            "inline": [name for name in attached if name not in by_name],
            "others": [
                self._listener_state(each) | {"serves": owners.get(each.name, "")}
                for each in design.listeners
                if each.name not in attached
            ],
            "canDetach": len(attached) > 1,
            "limitFields": [each._asdict() for each in forms.LIMITS],
            "configurables": [each.name for each in design.configurables],
            "newName": unique_name("tcp_listener", design.names),
            "focus": self.listener,
        }

    def _listener_state(self, listener: ListenerDesign) -> dict[str, Any]:
        status = next((each for each in self.session.listeners if each.name == listener.name), None)
        return {
            "name": listener.name,
            "values": {
                "name": listener.name,
                "port": listener.port,
                "host": forms.plain_text(listener.host),
                "secure": forms.secure_state(listener.secure_socket),
                "limits": forms.limits_state(listener.limits),
            },
            "reach": forms.reach(forms.plain_text(listener.host)),
            "state": status.state if status else "stopped",
            "address": f"{status.host}:{status.port}" if status and status.state == "listening" else "",
            "error": status.error if status else "",
            "words": getattr(status, "words", "") if status else "",
            "connections": status.connections if status else 0,
        }

    def tick(self) -> None:
        """Look twice a second how many are connected."""
        self._beats += 1
        if self._beats % _BEATS == 0:
            now = {each.name: each.connections for each in self.session.listeners}
            if now != self._open:
                self._open = now
                self.refresh()

    # ── wishes ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @asked
    def check(self, listener: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Look at a listener's form while it is typed: problems by field, a free port to offer, who can reach it.

        listener: the listener that is changed, empty for a new one.
        """
        result: dict[str, Any] = {"problems": {}, "reach": forms.reach(str(values.get("host", ""))), "portNote": ""}
        try:
            edits = list(self._changes(listener, values) if listener else self._creation(values))
        except DesignError as error:
            result["problems"][_field(error.field)] = str(error.reason) + (f"; {error.cure}" if error.cure else "")
            return result
        trouble = trial(self.session.source, edits)
        if trouble is not None:
            result["problems"][_field(trouble["field"])] = trouble["text"]
        else:
            result |= self._port_state(listener, str(values.get("port", "")))
        return result

    @asked
    def save(self, changes: Sequence[Mapping[str, Any]], version: int) -> dict[str, Any]:
        """Make all changes at once: ``[{"listener": name, "values": {...}}]``."""
        edits: list[Edit] = []
        for each in changes:
            edits.extend(self._changes(str(each["listener"]), each["values"]))
        seen = self._edit(edits, version, "configure " + ", ".join(str(each["listener"]) for each in changes))
        renamed = {str(each["listener"]): str(each["values"].get("name", each["listener"])) for each in changes}
        self.listener = renamed.get(self.listener, self.listener)
        return {"renamed": renamed, "version": seen}

    @asked
    def attach(self, listener: str, version: int) -> dict[str, Any]:
        """Serve on one more listener of the file."""
        seen = self._edit([AttachListener(service=self.service, listener=listener)], version)
        return {"listener": listener, "version": seen}

    @asked
    def create_and_attach(self, values: Mapping[str, Any], version: int) -> dict[str, Any]:
        """Make a listener and serve on it."""
        seen = self._edit(list(self._creation(values)), version, f"attach {values.get('name', '')}")
        return {"listener": str(values["name"]), "version": seen}

    @asked
    def detach(self, listener: str, version: int) -> dict[str, Any]:
        """Serve on this listener no longer; the last one stays."""
        seen = self._edit([DetachListener(service=self.service, listener=listener)], version)
        return {"version": seen}

    @asked(slow=True)
    def certificate(self, secure: Mapping[str, Any]) -> dict[str, Any]:
        """Facts of the certificate that a Secure Socket form names."""
        from tcpnb.ui.views.certificates import certificate_state  # noqa: PLC0415  (cryptography is loaded by who looks at one)

        return certificate_state(secure, self.session.path.parent)

    # ── inside ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _service_of(self, listener: str) -> str:
        services = self.session.design.services
        found = next((each.name for each in services if listener in each.listeners), "")
        return found or (services[0].name if services else "")

    def _found(self) -> ServiceDesign | None:
        services = self.session.design.services
        return next((each for each in services if each.name == self.service), services[0] if services else None)

    def _edit(self, edits: Sequence[Edit], version: int, title: str = "") -> int:
        return self.session.edit(tuple(edits), seen=version, title=title) if edits else version

    def _changes(self, listener: str, values: Mapping[str, Any]) -> Iterator[Edit]:
        design = self.session.design
        old = next((each for each in design.listeners if each.name == listener), None)
        if old is None:
            raise EditRefusedError(f"{listener} is not in the file any more")
        port = str(values.get("port", old.port)).strip()
        host = self._host(values, old)
        if port != old.port or host is not None:
            yield ChangeListener(name=listener, port=port if port != old.port else None, host=host)
        if "secure" in values and values["secure"] != forms.secure_state(old.secure_socket):
            secure = forms.secure_expression(values["secure"], design)
            if secure != old.secure_socket:
                yield SetSecureSocket(name=listener, secure_socket=secure)
        if "limits" in values and values["limits"] != forms.limits_state(old.limits):
            limits = forms.typed_limits(values["limits"], design)
            if limits != old.limits:
                yield SetLimits(name=listener, limits=limits)
        name = str(values.get("name", listener)).strip()
        if name != listener:
            yield RenameListener(name=listener, new_name=name)

    def _host(self, values: Mapping[str, Any], old: ListenerDesign) -> str | None:
        text = str(values.get("host", forms.plain_text(old.host))).strip()
        if text == forms.plain_text(old.host):
            return None
        return forms.text_expression(text, self.session.design) if text else ""

    def _creation(self, values: Mapping[str, Any]) -> Iterator[Edit]:
        design = self.session.design
        host = str(values.get("host", "")).strip()
        limits = values.get("limits")
        secure = values.get("secure")
        name = str(values.get("name", "")).strip()
        yield AddListener(
            name=name,
            port=str(values.get("port", "")).strip(),
            host=forms.text_expression(host, design) if host else "",
            secure_socket=forms.secure_expression(secure, design) if secure else "",
            limits=forms.typed_limits(limits, design) if limits else "",
        )
        if self.service:
            yield AttachListener(service=self.service, listener=name)

    def _port_state(self, listener: str, port: str) -> dict[str, Any]:
        old = next((each for each in self.session.design.listeners if each.name == listener), None)
        if not is_digits(port) or (old is not None and old.port == port):
            return {}
        same = next(
            (
                each
                for each in self.session.design.listeners
                if each.port == port and each.name != listener and port != "0"
            ),
            None,
        )
        check = self.session.check_port(int(port))
        if same is not None:
            words = f"Port {port} is taken by {same.name} in this file"
            return {"problems": {"port": words}, "freePort": check.free_port or _free_port()}
        if check.problem:
            return {"warning": {"port": check.problem}, "freePort": check.free_port}
        note = "A free port is chosen at each start." if port == "0" else "Free on this machine."
        return {"portNote": (f"Was {old.port}. " if old else "") + note}


def _free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _field(field: str) -> str:
    """The form's field for an edit's: ``new_name`` is the name, ``secure.cert_file`` stays."""
    low = field.lower()
    if low.startswith(("secure.", "limits.")):
        return field
    for name in _FIELDS:
        if name in low:
            return name
    return {"listener": "name", "TCP Port": "port"}.get(field, "")
