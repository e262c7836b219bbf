"""What the lessons check: a good answer wins all points, the lesson's beginning does not, and nothing ever hangs."""

from __future__ import annotations

import json
import re
import shutil
import time
from pathlib import Path

import pytest

import tcpnb
from tcpnb.errors import DesignError
from tcpnb.lessons import Exercise, exercise_names, lesson_files

pytestmark = pytest.mark.timeout(120)
SOLUTIONS = Path(__file__).with_name("solutions")
LESSONS = [path.stem for path in lesson_files()]


def solution_of(lesson):
    return SOLUTIONS / f"{lesson[3:].replace('-', '_')}.py"


def beginning_of(lesson):
    """The text that the lesson's own service cell gives the person to start with."""
    path = next(path for path in lesson_files() if path.stem == lesson)
    sources = ["".join(cell["source"]) for cell in json.loads(path.read_text())["cells"]]
    graded = next(match[1] for source in sources if (match := re.search(r"tcpnb\.grade\(.*, (\w+)\)", source)))
    cells = [source.partition("\n") for source in sources if source.startswith(f"%%tcp_service {graded}_service.py")]
    return cells[0][2]


@pytest.fixture
def graded(tmp_path, monkeypatch):
    monkeypatch.setenv("TCPNB_HOME", str(tmp_path / "home"))

    def grade(exercise, text):
        file = tmp_path / "service.py"
        file.write_text(text)
        return tcpnb.grade(exercise, tcpnb.open(file))

    return grade


def test_every_lesson_has_its_exercise_and_its_solution():
    assert set(LESSONS) <= set(exercise_names())
    for lesson in LESSONS:
        assert solution_of(lesson).is_file()


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_good_answer_wins_all_points_in_short_time(lesson, graded):
    grade = graded(lesson, solution_of(lesson).read_text())
    assert grade.passed, repr(grade)
    assert grade.points == grade.maximum > 0
    assert grade.seconds < 15


@pytest.mark.parametrize("lesson", LESSONS[1:])
def test_the_beginning_does_not_win_all(lesson, graded):
    grade = graded(lesson, beginning_of(lesson))
    assert grade.points < grade.maximum, repr(grade)
    missed = [row for row in grade.results if not row.passed]
    assert all(row.reason and row.hint for row in missed)


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


def test_a_module_that_never_loads_hangs_nothing(graded):
    began = time.monotonic()
    grade = graded("00-first-echo", solution_of("00-first-echo").read_text() + "\nwhile True:\n    pass\n")
    assert grade.points == 0
    assert time.monotonic() - began < 45


def test_a_module_that_does_not_load_says_why(graded):
    grade = graded("00-first-echo", solution_of("00-first-echo").read_text() + "\nraise ValueError('broken')\n")
    assert grade.points == 0
    assert "broken" in grade.results[0].reason


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
    own.check("waits for ever")(lambda probe: probe.connect(timeout=30).receive())
    own.check("comes too late")(lambda _: None)
    began = time.monotonic()
    grade = graded(own, solution_of("00-first-echo").read_text())
    assert [row.reason for row in grade.results] == ["it took too long", "there was no time left for it"]
    assert time.monotonic() - began < 30


def test_an_unknown_exercise_names_the_known_ones(graded):
    with pytest.raises(DesignError, match="00-first-echo"):
        graded("99-nothing", "")
