"""The texts that Create writes."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ("TEMPLATES", "Template", "class_text", "listener_text", "service_class_text", "service_text")

IMPORT = "from tcpnb import tcp"


@dataclass(frozen=True, slots=True)
class Template:
    """What the connection service class of a template is called and does."""

    class_name: str
    documentation: str
    """The module's docstring in a new file."""
    framing: str
    on_bytes: str
    """The body of ``on_bytes``."""


BY_NAME = {
    "echo": Template("TcpEchoService", "TCP echo service.", "", "return data"),
    "empty": Template("TcpConnectionService", "TCP service.", "", "pass"),
    "lines": Template("TcpLineService", "TCP line service.", "tcp.Lines()", "return data"),
}
TEMPLATES = tuple(BY_NAME)


def listener_text(name: str, port: str) -> str:
    """Return a listener's statement."""
    return f"{name} = tcp.Listener({port})\n"


def service_class_text(name: str, listeners: tuple[str, ...], class_name: str) -> str:
    """Return a service class whose ``on_connect`` gives an instance of ``class_name``."""
    return (
        f"@tcp.service({', '.join(listeners)})\n"
        f"class {name}:\n"
        "    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService | tcp.Error:\n"
        f"        connection_service = {class_name}()\n"
        "        return connection_service\n"
    )


def class_text(name: str, *, framing: str = "", on_bytes: str = "pass") -> str:
    """Return a connection service class with its three handlers."""
    frame = f"    framing = {framing}\n\n" if framing else ""
    return (
        f"class {name}(tcp.ConnectionService):\n"
        f"{frame}"
        "    def on_bytes(self, data: bytes) -> bytes | tcp.Error | None:\n"
        f"        {on_bytes}\n"
        "\n"
        "    def on_error(self, error: tcp.Error) -> None:\n"
        '        tcp.log.error("connection error", error=error)\n'
        "\n"
        "    def on_close(self) -> None:\n"
        "        pass\n"
    )


def service_text(
    template: str = "echo",
    port: str | int = "80",
    listener_name: str = "tcp_listener",
    service_name: str = "TcpService",
    class_name: str = "",
) -> str:
    """Return a whole new design file.

    template: ``echo``, ``empty`` or ``lines``. port: an expression. An empty class name is the template's own.
    Names are taken as given; who takes them from a person checks them first.
    """
    row = BY_NAME[template]
    class_name = class_name or row.class_name
    return "\n".join(
        (
            f'"""{row.documentation}"""\n',
            f"{IMPORT}\n",
            listener_text(listener_name, str(port)),
            "",
            service_class_text(service_name, (listener_name,), class_name),
            "",
            class_text(class_name, framing=row.framing, on_bytes=row.on_bytes),
        )
    )
