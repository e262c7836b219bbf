"""Work is graded in a process of its own: what it does to that one reaches nobody else, and is told in words."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time

import psutil
import pytest
from fakes.answers import solution_of

import tcpnb
from tcpnb.errors import DesignError
from tcpnb.lessons import Exercise

pytestmark = pytest.mark.timeout(120)
GOOD = solution_of("00-first-echo").read_text()
LAST = len(GOOD.splitlines())

NO_START = {
    "loops": (
        "while True:\n    pass\n",
        r"service\.py:\d+: this line still runs after 1 s; a start must come to an end",
    ),
    "sleeps in a function": (
        "import time\n\n\ndef rest():\n    time.sleep(100)\n\n\nrest()\n",
        rf"service\.py:{LAST + 5}: this line still runs after 1 s; a start must come to an end",
    ),
    "raises": ("raise ValueError('broken')\n", rf"service\.py:{LAST + 1}: ValueError: broken"),
    "asks": ("input('name? ')\n", rf"service\.py:{LAST + 1}: EOFError: EOF when reading a line"),
    "ends": ("raise SystemExit(2)\n", rf"service\.py:{LAST + 1}: SystemExit: 2"),
}


@pytest.mark.parametrize(("end", "reason"), NO_START.values(), ids=NO_START)
def test_a_module_that_does_not_come_to_its_end_is_told_with_its_line(end, reason, graded):
    grade = graded("00-first-echo", GOOD + end)
    assert grade.points == 0
    assert re.search(f"{reason}$", grade.results[0].reason), grade
    assert {row.reason for row in grade.results} == {grade.results[0].reason}


IN_C = """
import pathlib, signal, sys
from tcpnb.cli import rest
rest._HELD = 0.1
with rest.limited_load(pathlib.Path("service.py")):
    pass
sum(range(10**7))
assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)
print("goes on", flush=True)
with rest.limited_load(pathlib.Path("service.py")):
    exec(compile("\\nsum(range(10**12))", "service.py", "exec"))
"""
ONLY_THERE = pytest.mark.skipif(not hasattr(signal, "SIGPROF"), reason="needs a timer of processor time")


@ONLY_THERE
def test_a_module_that_holds_the_interpreter_is_ended_and_leaves_its_line(tmp_path):
    done = subprocess.run([sys.executable, "-c", IN_C], capture_output=True, text=True, check=False, timeout=50)
    assert done.stdout == "goes on\n"
    assert done.returncode == -signal.SIGPROF
    assert 'File "service.py", line 2 in <module>' in done.stderr


@ONLY_THERE
@pytest.mark.exhaustive
def test_a_module_that_holds_the_interpreter_is_told_with_its_line(graded):
    grade = graded("00-first-echo", f"{GOOD}sum(range(10**12))\n")
    words = f"service.py:{LAST + 1}: this line computes in C and lets nothing else run; a start must come to an end"
    assert {row.reason for row in grade.results} == {words}


def test_a_file_that_is_half_typed_is_told_with_its_line(graded):
    grade = graded("00-first-echo", GOOD.replace("upper()", "upper("))
    assert grade.points == 0
    assert {row.reason for row in grade.results} == {f"service.py:{LAST}: '(' was never closed"}
    assert [line.strip() for line in repr(grade).splitlines() if "seen:" in line] == [
        f"seen: service.py:{LAST}: '(' was never closed",
        *["seen: the same"] * (len(grade.results) - 1),
    ]


def test_a_draft_that_is_half_typed_is_told_and_not_the_file_graded(tmp_path):
    (tmp_path / "service.py").write_text(GOOD)
    session = tcpnb.open(tmp_path / "service.py")
    session.edit(tcpnb.edits.ReplaceText(text=GOOD.replace("upper()", "upper(")))
    assert (tmp_path / "service.py").read_text() == GOOD
    grade = tcpnb.grade("00-first-echo", session)
    assert {row.reason for row in grade.results} == {f"service.py:{LAST}: '(' was never closed"}


def test_a_module_that_imports_for_long_is_waited_for(graded, tmp_path):
    (tmp_path / "large_library.py").write_text("import time\n\ntime.sleep(1.3)\n")
    grade = graded("00-first-echo", f"import large_library\n{GOOD}")
    assert grade.passed, repr(grade)


def test_what_work_writes_reaches_nobody(graded, capfd):
    noise = "import os, sys\nsys.stdout.write('no row')\nsys.stderr.write('x' * 200_000)\n"
    body = """\
        os.write(1, b'{"kind": "rest"')
        os.write(1, bytes([255]) + b"[1]" + bytes([10]))
        os.write(2, b"x" * 200_000)
        return"""
    grade = graded("00-first-echo", noise + GOOD.replace("        return data", body + " data"))
    assert grade.passed, repr(grade)
    assert capfd.readouterr() == ("", "")


def test_what_work_starts_ends_with_it(graded, tmp_path):
    numbers = tmp_path / "numbers"
    body = f"""\
        child = subprocess.Popen(["sleep", "100"])
        with open({str(numbers)!r}, "a") as file:
            print(child.pid, file=file)
        return"""
    assert graded("00-first-echo", "import subprocess\n" + GOOD.replace("        return data", body + " data")).passed
    for number in numbers.read_text().split():
        wait_until_gone(int(number))


def test_work_ends_with_the_grader():
    """Also where the kernel is killed in the middle of a grading."""
    served = (
        "from tcpnb.cli.rest import end_with_parent as end; end(); print(1, flush=True); import time; time.sleep(60)"
    )
    grader = f"""
import subprocess, sys
served = subprocess.Popen([sys.executable, "-c", {served!r}], stdout=subprocess.PIPE)
served.stdout.readline()
print(served.pid)
"""
    done = subprocess.run([sys.executable, "-c", grader], capture_output=True, text=True, check=True, timeout=30)
    wait_until_gone(int(done.stdout))


WAITS = {
    "sleeps": ("import time; time.sleep(100)", r"a handler holds the server for more than 0\.6 s \(line \d+\)$"),
    "awaits": ("await asyncio.sleep(100)", "a handler still waits for something$"),
}


@pytest.mark.parametrize(("line", "reason"), WAITS.values(), ids=WAITS)
def test_a_handler_that_does_not_come_to_its_end_is_told(line, reason, graded):
    text = GOOD.replace("        return data", f"        {line}\n        return data")
    text = text.replace("def on_bytes", "async def on_bytes") if "await" in line else text
    grade = graded("00-first-echo", f"import asyncio\n{text}")
    assert any(re.search(reason, row.reason) for row in grade.results), repr(grade)


TAKES = {
    "as it is loaded": (
        "hoard = bytearray(2**30)\n",
        "",
        r"service\.py:1: MemoryError: your service took more than 512 MB$",
    ),
    "in a handler": (
        "",
        "        hoard = bytearray(2**30)\n",
        r"in the service: on_bytes: MemoryError \(line \d+\): your service took more than 512 MB$",
    ),
}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux limits another process")
@pytest.mark.parametrize(("start", "line", "reason"), TAKES.values(), ids=TAKES)
def test_work_that_takes_memory_without_end_is_told_and_does_no_harm(start, line, reason, graded):
    grade = graded("00-first-echo", start + GOOD.replace("        return data", f"{line}        return data"))
    assert any(re.search(reason, row.reason) for row in grade.results), repr(grade)


def test_an_exercise_gives_more_memory_or_as_much_as_there_is(graded):
    bigger = Exercise("test-memory", memory=2 * 2**30)
    bigger.check("it listens")(lambda probe: probe.port())
    assert graded("test-memory", f"hoard = bytearray(2**30)\n{GOOD}").passed
    assert Exercise("test-memory", memory=None).memory is None
    for wrong in (0, True, 1.5, "2 GB"):
        with pytest.raises(DesignError, match=r"memory: .* is no number of bytes that a service can live with"):
            Exercise("test-memory", memory=wrong)


def wait_until_gone(number: int) -> None:
    deadline = time.monotonic() + 30
    while psutil.pid_exists(number) and psutil.Process(number).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, f"process {number} is still there"
        time.sleep(0.01)
