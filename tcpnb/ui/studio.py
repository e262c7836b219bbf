"""The widgets that a notebook names, each on a session: the whole Studio, and every view of it alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcpnb.ui.widget import View

if TYPE_CHECKING:
    from tcpnb.session.session import Session

__all__ = (
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
)


class Studio(View):
    """The whole: project tree, view, inspector, Live Log, Connections, Test Client, Problems and Source."""

    kind = "studio"


class ServiceForm(View):
    """The creation form of a TCP service."""

    kind = "create"


class ServiceDesigner(View):
    """A service with its listeners, event handlers and connection service class."""

    kind = "service"

    def __init__(self, session: Session, service: str = "", **traits: Any) -> None:
        super().__init__(session, {"service": service} if service else {}, **traits)


class ListenerSettings(View):
    """TCP Service Configuration: listeners, Secure Socket, limits."""

    kind = "config"

    def __init__(self, session: Session, listener: str = "", **traits: Any) -> None:
        super().__init__(session, {"listener": listener} if listener else {}, **traits)


class TypeDiagram(View):
    """The diagram of listeners, services and classes."""

    kind = "types"


class OverviewDiagram(View):
    """The whole design in one picture: entry points left, then listeners, services, classes, and connections right."""

    kind = "overview"


class ClassDesigner(View):
    """The Service Class Designer of one connection service class."""

    kind = "class"

    def __init__(self, session: Session, class_name: str, **traits: Any) -> None:
        super().__init__(session, {"name": class_name}, **traits)


class FlowDesigner(View):
    """The flow of one handler or function, as steps."""

    kind = "flow"

    def __init__(self, session: Session, handler: str, **traits: Any) -> None:
        super().__init__(session, {"handler": handler}, **traits)


class HandlerEditor(View):
    """The text of one handler or function."""

    kind = "handler"

    def __init__(self, session: Session, handler: str, **traits: Any) -> None:
        super().__init__(session, {"handler": handler}, **traits)


class LiveLog(View):
    """What happens on the wire and in the handlers, as it happens."""

    kind = "log"


class ConnectionTable(View):
    """The open connections, live."""

    kind = "connections"


class TestClient(View):
    """A client to try the service with."""

    kind = "client"
    __test__ = False  # not a test class, whatever pytest thinks of its name
