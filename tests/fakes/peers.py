"""Servers of a few lines on plain blocking sockets, for tests of what talks to servers."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading

__all__ = ("abort", "closed_port", "echo", "serve")


@contextlib.contextmanager
def serve(talk, *, context=None, count=50, host="127.0.0.1"):
    """Answer each connection by `talk(socket)` on a thread of its own; gives the port, ends with the block."""
    listener = socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    port = listener.getsockname()[1]
    threads: list[threading.Thread] = []
    open_sockets: list[socket.socket] = []

    def handle(connection):
        with connection:
            try:
                if context is not None:
                    connection = context.wrap_socket(connection, server_side=True)
                    open_sockets.append(connection)
                with connection:
                    talk(connection)
            except OSError:
                return

    def accept():
        for _ in range(count):
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            open_sockets.append(connection)
            thread = threading.Thread(target=handle, args=(connection,))
            threads.append(thread)
            thread.start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield port
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        accepting.join(5)
        listener.close()
        for one in open_sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(5)
        assert not any(thread.is_alive() for thread in [accepting, *threads])


def echo(connection):
    while data := connection.recv(65536):
        connection.sendall(data)


def abort(connection):
    """End a connection by a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@contextlib.contextmanager
def closed_port():
    """A port on which nobody listens, and nobody will."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]
