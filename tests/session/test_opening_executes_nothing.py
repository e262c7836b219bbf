"""Opening a design, and all that may be looked at, executes nothing of it (S06)."""

from __future__ import annotations

import subprocess
import sys

import pytest

DESIGN = """
import shutil
import not_there_at_all
from tcpnb import tcp

print("executed", file=open({mark!r}, "w"))
tcp_listener = tcp.Listener(int(open({mark!r}, "w").write("0")), limits=tcp.Limits(idle=shutil.rmtree("/nowhere")))
socket = tcp.Listener(0, secure_socket=tcp.SecureSocket(cert_file=open({mark!r}, "w"), key_file=exec("1")))
upstream = tcp.Client(open({mark!r}, "w"), 7)
PORT = tcp.env("PORT", exec("import os"))


@tcp.service(tcp_listener)
class Front:
    def on_connect(self, caller: open({mark!r}, "w") = exec("2")):
        return Answer()


tcp_listener.attach(Front)
socket.attach(Front())


class Answer(tcp.ConnectionService, metaclass=exec("3")):
    text: exec("4") = open({mark!r}, "w")
    framing = tcp.Lines(max_frame=exec("5"))

    @exec("6")
    def on_bytes(self, data: bytes, more=exec("7")) -> exec("8"):
        '''{{exec("9")}}'''
        return f"{{exec('10')}}".encode()


exec("open({mark!r}, 'w')")
"""
HALF = DESIGN + "\nexec(\n"

PROBE = """
import sys

import tcpnb
from tcpnb import edits
from tcpnb.errors import DiagramError, TcpnbError


def look(path, listener):
    session = tcpnb.open(path)
    seen = [session, session.design, session.diagnostics, session.source, session.listeners, session.addresses]
    for what in ("types", "overview", "sequence", "flow:Answer.on_bytes"):
        try:
            picture = session.diagram(what)
        except DiagramError:
            continue
        seen += [picture.dot, picture.text]
    try:
        seen.append(session.preview_service(0, listener_name=listener))
        session.edit(edits.AddVariable(class_name="Answer", name="number", type="int", default="0"))
        session.undo()
    except TcpnbError as error:
        seen.append(str(error))
    return repr(seen)


session = tcpnb.open("warm.py")
session.create_service(port=0)
session.edit(edits.RenameClass(name="TcpEchoService", new_name="Answer"))
look("warm.py", "more")
seen = []


def hook(event, arguments):
    if event == "open" and str(arguments[0]).endswith("mark"):
        seen.append((event, str(arguments)))
    if event in ("exec", "import", "os.system", "shutil.rmtree", "socket.__new__") or event.startswith("subprocess"):
        seen.append((event, str(arguments)[:200]))


sys.addaudithook(hook)
look("hostile.py", "tcp_listener")
found = list(seen)
print(found)
sys.exit(1 if found else 0)
"""


@pytest.mark.parametrize("text", [DESIGN, HALF], ids=["whole", "half typed"])
def test_a_hostile_design_is_only_looked_at(text, tmp_path):
    mark = tmp_path / "mark"
    (tmp_path / "hostile.py").write_text(text.format(mark=str(mark)))
    run = subprocess.run(
        [sys.executable, "-c", PROBE], capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert not mark.exists()
    assert {path.name for path in tmp_path.iterdir() if not path.name.startswith(".")} == {"hostile.py", "warm.py"}
