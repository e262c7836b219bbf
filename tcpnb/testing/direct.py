"""Call a design's handlers as the server would, without a socket, a port or a wait."""

from __future__ import annotations

import asyncio
import inspect
import threading
from types import ModuleType
from typing import TYPE_CHECKING, Any, Self

from tcpnb.errors import Error, LoadError
from tcpnb.runtime.service import ConnectionService, plan_of
from tcpnb.source.reader import read
from tcpnb.testing.fakes import FakeCaller
from tcpnb.testing.source import find
from tcpnb.testing.stubs import ClientStub, no_connection

if TYPE_CHECKING:
    import os
    from pathlib import Path
    from types import TracebackType

__all__ = ("DirectConnection", "DirectDesign", "load")

_TIMEOUT = 5.0


def load(
    path: str | os.PathLike[str] | None = None,
    *,
    text: str | None = None,
    folder: Path | None = None,
    timeout: float = _TIMEOUT,
) -> DirectDesign:
    """Run a design's module to call its handlers; use what it returns in a ``with`` block.

    path: the design file. text: its text, where there is no file. folder: where the text's own files lie.
    timeout: seconds that an ``async def`` handler may take. Raises `LoadError` when it does not run.
    """
    place, source = find(path, text, folder)
    return DirectDesign(place, source, timeout)


class DirectDesign:
    """A design whose module was run, with nothing listening."""

    def __init__(self, path: Path, text: str, timeout: float = _TIMEOUT) -> None:
        self.path = path
        self.timeout = timeout
        self.design = read(text).design
        """What the text says, as data."""
        self.module = _run_module(path, text)
        """The module: ``design.module.TcpEchoService``."""
        self._loop = _LoopThread()
        self._services: dict[str, Any] = {}

    def service(self, name: str | None = None) -> Any:
        """Return the object of a service class (the only one when not named), made when it is first asked for."""
        names = [service.name for service in self.design.services]
        if name is None and len(names) == 1:
            name = names[0]
        if name not in names:
            raise LookupError(f"{self.path.name} has {', '.join(names) or 'no service'}; name one of them")
        if name not in self._services:
            self._services[name] = getattr(self.module, name)()
        return self._services[name]

    def connect(self, caller: FakeCaller | None = None, *, service: str | None = None) -> DirectConnection:
        """Call ``on_connect`` and return the connection that it gives.

        caller: who connects; a `FakeCaller` of its own when not given. Raises what ``on_connect`` raises, and the
        `tcp.Error` that it returns: that connection is refused.
        """
        who = FakeCaller() if caller is None else caller
        given = self.call(self.service(service).on_connect, who)
        if isinstance(given, Error):
            raise given
        if not isinstance(given, ConnectionService):
            raise Error(f"on_connect gave {given!r}, which is no ConnectionService: the connection is refused")
        return DirectConnection(self, who, given)

    def stub(self, name: str = "tcp_client") -> ClientStub:
        """Put a stub in the place of the module's connection ``name`` and return it."""
        if not hasattr(self.module, name):
            raise no_connection(self.path.name, name, vars(self.module))
        stub = ClientStub(name)
        setattr(self.module, name, stub)
        return stub

    def call(self, handler: Any, *arguments: object) -> Any:
        """Call a handler and return its result, awaited where it is ``async def``."""
        result = handler(*arguments)
        return self._loop.run(result, self.timeout) if inspect.isawaitable(result) else result

    def close(self) -> None:
        """End the loop that ``async def`` handlers ran on."""
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class DirectConnection:
    """One connection: its object, its caller, and the peer's happenings as methods.

    Handlers' errors come out of these methods; on a socket they would go to ``on_error``.
    """

    def __init__(self, design: DirectDesign, caller: FakeCaller, service: ConnectionService) -> None:
        self._design = design
        self.caller = caller
        """Who connected; ``caller.written`` has what handlers wrote and returned, in order."""
        self.service = service
        """The connection service object: its variables are attributes."""

    def receive(self, data: bytes) -> Any:
        """Let ``on_bytes`` get ``data`` (one whole frame where the class has a framing) and return what it returns.

        Returned bytes are in ``caller.written`` too, behind what was written explicitly, as on a socket.
        """
        takes = plan_of(type(self.service)).takes
        arguments = ((data,), (self.caller, data), (data, self.caller))[takes]
        result = self._design.call(self.service.on_bytes, *arguments)  # type: ignore[attr-defined]  # the plan found it
        if result is not None and not isinstance(result, bytes | bytearray | memoryview | Error):
            raise TypeError(f"on_bytes returned {type(result).__name__}, not bytes, tcp.Error or None")
        if result is not None and not isinstance(result, Error) and result:
            self.caller.write_bytes(bytes(result))
        return result

    def fail(self, error: Error | str = "connection reset") -> None:
        """Let ``on_error`` get the error, where the class has one."""
        problem = error if isinstance(error, Error) else Error(error)
        handler = getattr(self.service, "on_error", None)
        if handler is not None:
            self._design.call(handler, problem)

    def close(self) -> None:
        """The peer goes: close the caller and call ``on_close``, where the class has one."""
        self.caller.close()
        handler = getattr(self.service, "on_close", None)
        if handler is not None:
            self._design.call(handler)


class _LoopThread:
    """A loop on a thread of its own, made when the first ``async def`` handler needs it: it works in a notebook too."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def run(self, awaitable: Any, timeout: float) -> Any:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, name="tcpnb-testing", daemon=True)
            self._thread.start()

        async def limited() -> Any:
            return await asyncio.wait_for(awaitable, timeout)

        return asyncio.run_coroutine_threadsafe(limited(), self._loop).result()

    def close(self) -> None:
        if self._loop is None or self._thread is None:
            return
        asyncio.run_coroutine_threadsafe(_cancel_all(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._loop = self._thread = None


async def _cancel_all() -> None:
    """End what the handlers left running, so that nothing warns after the test."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _run_module(path: Path, text: str) -> ModuleType:
    module = ModuleType(path.stem)
    module.__file__ = str(path)
    try:
        exec(compile(text, str(path), "exec", dont_inherit=True), module.__dict__)  # noqa: S102  # running the design is what was asked for
    except Exception as error:
        line = error.lineno or 0 if isinstance(error, SyntaxError) else _line_in(error, str(path))
        raise LoadError(f"{type(error).__name__}: {error}", file=path.name, line=line) from error
    return module


def _line_in(error: Exception, file: str) -> int:
    line, step = 0, error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == file:
            line = step.tb_lineno
        step = step.tb_next
    return line
