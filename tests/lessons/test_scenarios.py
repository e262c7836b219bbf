"""What the lessons check: a good answer wins all points, the lesson's beginning does not, and nothing ever hangs."""

from __future__ import annotations

import json
import re
import shutil
import time

import nbclient
import nbformat
import pytest
from fakes.answers import solution_of

import tcpnb
from tcpnb.errors import DesignError
from tcpnb.lessons import Exercise, exercise_names, lesson_files

pytestmark = pytest.mark.timeout(120)
LESSONS = [path.stem for path in lesson_files()]


def beginning_of(lesson):
    """The text that the lesson's own service cell gives the person to start with."""
    path = next(path for path in lesson_files() if path.stem == lesson)
    sources = ["".join(cell["source"]) for cell in json.loads(path.read_text())["cells"]]
    if lesson == "00-first-echo":  # there the form writes it
        return solution_of(lesson).read_text().replace(".upper()", "")
    graded = next(match[1] for source in sources if (match := re.search(r"tcpnb\.grade\(.*, (\w+)\)", source)))
    cells = [source.partition("\n") for source in sources if source.startswith(f"%%tcp_service {graded}_service.py")]
    return cells[0][2]


def test_every_lesson_has_its_exercise_and_its_solution():
    assert set(LESSONS) <= set(exercise_names())
    for lesson in LESSONS:
        assert solution_of(lesson).is_file()


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_good_answer_wins_all_points_and_unfinished_work_is_graded_in_under_two_seconds(lesson, graded):
    grade = graded(lesson, solution_of(lesson).read_text())
    assert grade.passed, repr(grade)
    assert grade.points == grade.maximum > 0
    assert grade.seconds < 15

    slowness = max(1.0, grade.seconds / 0.7)  # of this machine now; an idle one takes less
    grade = graded(lesson, beginning_of(lesson))
    assert grade.points < grade.maximum, repr(grade)
    assert all(row.reason and row.hint for row in grade.results if not row.passed)
    assert grade.seconds < 2.0 * slowness, repr(grade)


FAIR = {
    "a value from outside in its place": (
        "09-production",
        {'PORT = tcp.env("PORT", 8080)\n': "", "Listener(PORT": 'Listener(tcp.env("PORT", 8080)'},
        0,
    ),
    "limits under a name": (
        "09-production",
        {
            "tcp_listener =": "LIMITS = tcp.Limits(idle=5 * 60)\ntcp_listener =",
            "limits=tcp.Limits(idle=300)": "limits=LIMITS",
        },
        0,
    ),
    "limits without an end": ("09-production", {"idle=300": "idle=None"}, 1),
    "a port under a name": ("09-production", {'tcp.env("PORT", 8080)': "8080"}, 2),
    "names and no silence": ("03-state-and-chat", {"if member is not self": "if True"}, 1),
    "silence and no names": ("03-state-and-chat", {"{self.name}: ": ""}, 2),
    "a count and no end": ("04-errors-and-ends", {"bye": "good-bye"}, 1),
}


@pytest.mark.parametrize(("lesson", "changes", "lost"), FAIR.values(), ids=FAIR)
def test_points_are_lost_for_what_is_missing_and_for_nothing_else(lesson, changes, lost, graded):
    text = solution_of(lesson).read_text()
    for before, after in changes.items():
        assert before in text
        text = text.replace(before, after)
    grade = graded(lesson, text)
    assert grade.maximum - grade.points == lost, repr(grade)


@pytest.mark.parametrize("lesson", LESSONS)
def test_no_hint_is_the_answer(lesson):
    text = solution_of(lesson).read_text()
    body = max((line.strip() for line in text.splitlines()), key=len)
    shelf = __import__("tcpnb.lessons.exercise", fromlist=["x"])
    assert body not in "\n".join(check.hint for check in shelf.exercise_named(lesson).checks)


EVIL = {
    "loops in a handler": "        while True:\n            pass\n",
    "sleeps in a handler": "        import time\n        time.sleep(1000)\n",
    "ends the process": "        import os\n        os._exit(0)\n",
    "raises": "        raise RuntimeError('no')\n",
    "floods": "        return b'x' * 10_000_000\n",
    "says nothing": "        return None\n",
}


@pytest.mark.parametrize("body", EVIL.values(), ids=EVIL.keys())
def test_a_handler_that_misbehaves_loses_points_and_hangs_nothing(body, graded):
    text = solution_of("00-first-echo").read_text().replace("        return data.upper()\n", body)
    began = time.monotonic()
    grade = graded("00-first-echo", text)
    assert not grade.passed
    assert time.monotonic() - began < 45


def test_grading_leaves_the_session_as_it_is(tmp_path):
    file = shutil.copy(solution_of("00-first-echo"), tmp_path / "service.py")
    session = tcpnb.open(file)
    with session:
        addresses = session.start()
        seen = session.log.last_seq
        with session.connect() as peer:
            assert tcpnb.grade("00-first-echo", session).passed
            assert session.addresses == addresses
            peer.send(b"x")
            peer.expect(b"X")
        assert len(session.log.events(since=seen, kind="connected")) == 1


def test_a_path_is_enough():
    assert tcpnb.grade("00-first-echo", solution_of("00-first-echo")).passed
    assert tcpnb.grade("00-first-echo", str(solution_of("00-first-echo"))).passed


# With the reason, and with patience for what comes late


REASONS = {
    "raises": ("return data.uper()", "on_bytes: AttributeError: 'bytes' object has no attribute 'uper' (line 14)"),
    "returns text": ("return 'x'", "on_bytes: a str was returned ('x'); return bytes"),
    "says nothing": ("data.upper()", "received nothing, and the service has no more to say"),
    "loops": ("while True: pass", "on_bytes held the server for more than 0.6 s and was stopped (line 14)"),
    "ends the process": ("__import__('os')._exit(3)", "the service's process ended by itself, with code 3"),
    "floods": ("return b'x' * 10_000_000", "… (+"),
}


@pytest.mark.parametrize(("body", "reason"), REASONS.values(), ids=REASONS)
def test_the_grade_tells_what_went_wrong_in_the_service(body, reason, graded):
    grade = graded("00-first-echo", solution_of("00-first-echo").read_text().replace("return data.upper()", body))
    assert reason in repr(grade)
    assert max(len(row.reason) for row in grade.results) < 600


LATE = {
    "by a timer of its own": """
        asyncio.get_running_loop().call_later(0.1, self.caller.write_bytes, data.upper())
""",
    "from a thread of its own": """
        def later():
            time.sleep(0.4)
            self.caller.write_bytes(data.upper())
        threading.Thread(target=later).start()
""",
    "from a task of its own": """
        async def later():
            await asyncio.sleep(0.4)
            await self.caller.write_bytes(data.upper())
        self.task = asyncio.ensure_future(later())
""",
    "while the handler waits": """
        await asyncio.sleep(0.4)
        return data.upper()
""",
}


@pytest.mark.parametrize("body", LATE.values(), ids=LATE)
def test_an_answer_that_takes_its_time_is_waited_for(body, graded):
    text = solution_of("00-first-echo").read_text()
    is_async = "await asyncio.sleep(0.4)\n        return" in body
    text = text.replace("        return data.upper()\n", body.lstrip("\n"))
    text = text.replace("def on_bytes", "async def on_bytes") if is_async else text
    text = text.replace("(tcp.ConnectionService):", "(tcp.ConnectionService):\n    caller: tcp.Caller", 1)
    text = re.sub(r"(\w+)\(\)\n        return connection_service|return (\w+)\(\)", _with_caller, text, count=1)
    grade = graded("00-first-echo", f"import asyncio, threading, time\n{text}")
    assert grade.passed, repr(grade)


def _with_caller(match):
    return match[0].replace("()", "(caller=caller)")


# As an autograder runs it


def credit_of(cell, most):
    """What nbgrader gives a cell of so many points: nothing for an error, a part for a number, else all."""
    for output in cell.outputs:
        if output.output_type == "error" or (output.output_type == "stream" and output.name == "stderr"):
            return 0.0
        if output.output_type == "execute_result":
            try:
                return float(output.data["text/plain"])
            except ValueError:
                return most
    return most


def test_cells_give_points_in_a_notebook_that_runs_without_a_person(tmp_path, monkeypatch):
    monkeypatch.setenv("TCPNB_HOME", str(tmp_path / "home"))
    good = solution_of("00-first-echo").read_text()
    texts = {"good": good, "begun": good.replace(".upper()", ""), "empty": "from tcpnb import tcp\n"}
    for name, text in texts.items():
        (tmp_path / f"{name}.py").write_text(text)
    cells = [
        "import tcpnb",
        "print(undefined)",  # what a person left broken above must not keep the points below from being told
        *(f"tcpnb.grade('00-first-echo', tcpnb.open('{name}.py')).credit(10)" for name in texts),
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    resources = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(
        notebook, timeout=60, kernel_name="python3", allow_errors=True, resources=resources
    ).execute()
    assert [credit_of(cell, 10.0) for cell in notebook.cells[2:]] == [10.0, 6.0, 0.0]
    shown = [output.text for cell in notebook.cells[2:] for output in cell.outputs if output.output_type == "stream"]
    assert ["hint:" in text for text in shown] == [False, True, True]
    assert {output.name for cell in notebook.cells for output in cell.outputs if "name" in output} == {"stdout"}


def test_credit_is_the_points_scaled(graded):
    text = solution_of("00-first-echo").read_text()
    assert graded("00-first-echo", text).credit() == 5
    assert graded("00-first-echo", text.replace(".upper()", "")).credit(10) == 6
    with pytest.raises(AssertionError, match="none of 5 points"):
        graded("00-first-echo", "from tcpnb import tcp\n").credit()


# A teacher's own


def test_a_teacher_writes_and_names_a_check(graded):
    own = Exercise("test-own")

    @own.check("answers twice", points=3, hint="twice, not once")
    def answers_twice(probe):
        with probe.connect() as peer:
            peer.send(b"ab")
            peer.expect(b"ABAB")

    text = solution_of("00-first-echo").read_text()
    grade = graded("test-own", text)
    assert (grade.points, grade.maximum) == (0, 3)
    assert "twice, not once" in repr(grade)
    assert "received" in repr(grade)
    assert graded(own, text.replace("data.upper()", "data.upper() * 2")).passed


def test_a_check_that_breaks_is_told_and_the_next_one_runs(graded):
    own = Exercise("test-broken")
    own.check("breaks")(lambda _: 1 / 0)
    own.check("holds")(lambda probe: probe.start())
    grade = graded(own, solution_of("00-first-echo").read_text())
    assert [row.passed for row in grade.results] == [False, True]
    assert "ZeroDivisionError" in grade.results[0].reason


def test_a_check_that_hangs_is_left_behind(graded):
    own = Exercise("test-hangs", seconds=1.0)

    @own.check("waits for ever")
    def waits(probe):
        with probe.connect(timeout=30) as peer:
            peer.send(b"x")
            peer.receive()

    own.check("comes too late")(lambda _: None)
    began = time.monotonic()
    text = solution_of("00-first-echo").read_text().replace("    def on_bytes", "    async def on_bytes")
    grade = graded(
        own, "import asyncio\n" + text.replace("return data", "await asyncio.sleep(60)\n        return data")
    )
    assert [row.reason for row in grade.results] == ["it took too long", "there was no time left for it"]
    assert time.monotonic() - began < 30


def test_an_unknown_exercise_names_the_known_ones(graded):
    with pytest.raises(DesignError, match="00-first-echo"):
        graded("99-nothing", "")


def test_what_is_no_work_and_no_check_is_told_in_words(graded):
    text = solution_of("00-first-echo").read_text()
    own = Exercise("test-empty")
    with pytest.raises(DesignError, match="has no checks; add one"):
        graded(own, text)
    with pytest.raises(DesignError, match="is no title"):
        own.check(lambda _: None)
    with pytest.raises(DesignError, match="points: -1 is no number of points"):
        own.check("holds", points=-1)
    with pytest.raises(DesignError, match="session: 3 is no session; give what"):
        tcpnb.grade("00-first-echo", 3)
    grade = tcpnb.grade("00-first-echo", "nowhere_service.py")
    assert grade.results[0].reason == "nowhere_service.py: there is no such file yet"
