"""JupyterLab's debugger in a handler: it may stand at a line for as long as it takes (contract 2.12)."""

from __future__ import annotations

import socket
import sys
import time

import pytest
from fakes.kernel import Debugger
from fakes.serving import until

DESIGN = """\
from tcpnb import tcp

tcp_listener = tcp.Listener(PORT, limits=tcp.Limits(handler_step=0.2))


@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService:
        return Louder()


class Louder(tcp.ConnectionService):
    def on_bytes(self, data: bytes):
        text = data.decode()
        louder = text.upper()
        while louder == "STUCK":
            pass
        return louder.encode()
"""
LINE = DESIGN[: DESIGN.index("        while")].count("\n") + 1
SETUP = """
from tcpnb.runtime import blackbox
blackbox.STILL = 0.4
import tcpnb
louder = tcpnb.open("louder.py")
louder.start()
FAULTS = {"warning", "error", "handler_failed"}
"""


@pytest.mark.timeout(240)
def test_a_handler_is_debugged_for_as_long_as_it_takes_and_guarded_afterwards(kernel, tmp_path, port):
    path = tmp_path / "louder.py"
    path.write_text(DESIGN.replace("PORT", str(port)))
    kernel.run(SETUP)
    with socket.create_connection(("127.0.0.1", port), timeout=40) as peer:
        debugger = Debugger(kernel)
        listed = debugger.ask("modules", startModule=0, moduleCount=100_000)["modules"]
        assert str(path) in {module["path"] for module in listed}
        debugger.stop_at(path, LINE)
        peer.sendall(b"hello")
        thread = debugger.stopped()
        begun = time.monotonic()
        name, line, variables = debugger.variables(thread)
        assert (name.rpartition(".")[2], line) == ("on_bytes", LINE)
        assert (variables["text"], variables["louder"]) == ("'hello'", "'HELLO'")
        until(lambda: time.monotonic() - begun > 1.2)  # longer than a handler may take, and than all may stand still
        debugger.ask("next", threadId=thread)
        assert debugger.variables(debugger.stopped())[1] == LINE + 2
        debugger.ask("continue", threadId=thread)
        assert peer.recv(100) == b"HELLO"
        debugger.stop_at(path)
        peer.sendall(b"on")
        assert peer.recv(100) == b"ON"
        # That a handler holds the server may be told: all threads stand still, the one that tells it, too.
        told = kernel.run("print(*[row.text for row in louder.log.events() if row.kind in FAULTS], sep='\\n')")
        assert told == "" or told.startswith("a handler holds the server for more than 0.2 s; it is not broken off")
        debugger.ask("disconnect", restart=False, terminateDebuggee=False)
        if sys.version_info < (3, 12):
            return  # what traces the threads stays, and to interrupt a traced thread is not safe there
        peer.sendall(b"stuck")
        kernel.run("import time\nwhile not louder.log.events(kind='handler_failed'): time.sleep(0.02)")
        failed = kernel.run("print(louder.log.events(kind='handler_failed')[0])")
        assert f"louder.py:{LINE})" in failed or f"louder.py:{LINE + 1})" in failed
