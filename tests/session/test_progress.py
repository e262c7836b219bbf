"""Words while something takes longer than a second."""

from __future__ import annotations

import io
import sys
import threading

import nbclient
import nbformat

from tcpnb.session.progress import told


class Terminal(io.StringIO):
    def __init__(self):
        super().__init__()
        self.shown = threading.Event()

    def isatty(self):
        return True

    def write(self, text):
        self.shown.set()
        return super().write(text)


def test_a_terminal_sees_the_words_and_their_end(monkeypatch):
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    with told("counting ...", after=0.01) as tell:
        assert terminal.shown.wait(20)
        tell("counting: 2 of 3")
    lines = terminal.getvalue().split("\r\x1b[K")
    assert lines == ["", "counting ...", "counting: 2 of 3", ""]


def test_what_is_over_soon_says_nothing(monkeypatch):
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    with told("counting ...", after=30) as tell:
        tell("counting: 2 of 3")
    assert terminal.getvalue() == ""


def test_nobody_is_told_where_nobody_looks(monkeypatch):
    monkeypatch.setattr(sys, "stderr", output := io.StringIO())
    before = set(threading.enumerate())  # the timer of an earlier test may still be ending
    with told("counting ...", after=0.0) as tell:
        assert not [thread for thread in set(threading.enumerate()) - before if isinstance(thread, threading.Timer)]
        tell("counting: 2 of 3")
    assert output.getvalue() == ""


CELL = """
import threading
from tcpnb.lessons import Exercise
from tcpnb.session import progress
import tcpnb

slow = Exercise("slow")

@slow.check("takes its time")
def takes_its_time(probe):
    threading.Event().wait(1.5)

with open("service.py", "w") as file:
    file.write("from tcpnb import tcp\\n")
tcpnb.grade(slow, "service.py")
"""


def test_a_cell_shows_what_goes_on_and_no_stream(tmp_path):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    seen = []

    class Client(nbclient.NotebookClient):
        def process_message(self, msg, cell, cell_index):
            if msg["msg_type"] in {"display_data", "update_display_data"}:
                seen.append(msg["content"]["data"]["text/plain"])
            return super().process_message(msg, cell, cell_index)

    Client(notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert seen == ["grading slow: 1 of 1, takes its time …", ""]
    (cell,) = notebook.cells
    assert [output.output_type for output in cell.outputs] == ["display_data", "execute_result"]
    assert "1 of 1 points" in cell.outputs[1].data["text/plain"]
