"""Looking at a file executes nothing of it (S06): no import, no exec, no file, no socket, no process."""

from __future__ import annotations

import subprocess
import sys

import pytest

HOSTILE = {
    "statements": "import os\nos.system('touch {mark}')\nopen({mark!r}, 'w').write('x')\n",
    "decorators": "import os\n@os.system('touch {mark}')\nclass A: pass\n",
    "defaults": "def f(x=open({mark!r}, 'w')): pass\n",
    "annotations": "x: open({mark!r}, 'w') = 1\ndef f(a: __import__('os').remove('x')) -> print(1): pass\n",
    "a class body": (
        "class A:\n    open({mark!r}, 'w')\n    def __init_subclass__(cls): open({mark!r}, 'w')\nclass B(A): pass\n"
    ),
    "a metaclass": "class M(type):\n    def __new__(*a): open({mark!r}, 'w')\nclass A(metaclass=M): pass\n",
    "format strings": "x = f\"{{open({mark!r}, 'w')}}\"\n",
    "a design": (
        "from tcpnb import tcp\nimport shutil\n"
        "a = tcp.Listener(open({mark!r}, 'w'))\nb = tcp.env('X', shutil.rmtree('/nowhere'))\n"
        "@tcp.service(a)\nclass S:\n    def on_connect(self, caller): return C()\n"
        "class C(tcp.ConnectionService):\n    x: int = open({mark!r}, 'w')\n"
        "    def on_bytes(self, data): exec('import os')\n"
    ),
    "an import of what is not there": "import not_there_at_all\nfrom nowhere import something\n",
    "a codec": "# -*- coding: rot13 -*-\nvzcbeg bf\n",
    "half a file": "import os; os.system('touch {mark}'\n",
}

PROBE = """
import sys
from tcpnb.model.edits import AddVariable, CreateService
from tcpnb.model.rules import RuleContext, check_all
from tcpnb.source.reader import read
from tcpnb.source.writer import write

text = sys.argv[1]
warm = write("", CreateService())
check_all(RuleContext(text=warm, tree=read(warm).tree, design=read(warm).design, path=None))
seen = []
FORBIDDEN = ("exec", "import", "open", "socket", "subprocess", "os.", "shutil", "ctypes", "pickle", "marshal")

def hook(event, arguments):
    if event == "open" and arguments[:2] == ("<unknown>", "rb"):
        return  # Python itself, after a syntax error, looks for a line to quote under the name that texts have
    if event.startswith(FORBIDDEN):
        seen.append((event, str(arguments)[:200]))

sys.addaudithook(hook)
reading = read(text)
if reading.tree is not None:
    check_all(RuleContext(text=text, tree=reading.tree, design=reading.design, path=None))
    write(text, CreateService(port="0"))
found = list(seen)
print(found)
sys.exit(1 if found else 0)
"""


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_file(text, tmp_path):
    mark = tmp_path / "mark"
    run = subprocess.run(
        [sys.executable, "-c", PROBE, text.format(mark=str(mark))],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert not mark.exists()
    assert list(tmp_path.iterdir()) == []
