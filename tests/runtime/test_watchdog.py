"""What the watchdog does when, look by look, with a clock of its own (contract 2.12)."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import traceback
from types import SimpleNamespace

import pytest
from fakes.serving import until

from tcpnb.runtime import watchdog
from tcpnb.runtime.watchdog import Guard, HandlerTimeout, LoopGivenUp, Watchdog, user_place

PLACE = ("design.py", 7)


class Target(Guard):
    """A guard that writes down what is done to it and asked of it, and hurts nobody."""

    def __init__(self, seen):
        super().__init__()
        self.seen = seen
        self.ends_when = ""
        """What is asked when the call ends by itself."""

    def ask(self, what):
        if self.ends_when == what:
            self.token = None

    def note(self, token):
        assert token is self.token
        self.place = PLACE
        self.ask("note")

    def fire(self, token):
        self.seen.append(("fire", token))
        return True


class World:
    """A watchdog at a guard, a clock, and what came of it."""

    def __init__(self, monkeypatch):
        self.now = 100.0
        self.seen = []
        self.guard = Target(self.seen)
        self.armed = True
        self.traced = []
        monkeypatch.setattr(watchdog, "monotonic", lambda: self.now)
        monkeypatch.setattr(watchdog, "is_traced", lambda ident: ident in self.traced)
        self.dog = Watchdog(
            self.guard,
            armed=self.is_armed,
            warn=lambda *facts: self.seen.append(("warn", *facts)),
            give_up=lambda who: self.seen.append(("give up", who)),
        )

    def is_armed(self):
        self.guard.ask("armed")
        return self.armed

    def begin(self, limit=0.5):
        """A call begins now; gives its token and whose it is."""
        self.guard.who = SimpleNamespace(step_limit=limit)
        self.guard.token = self.now + 0.0  # a new object
        return self.guard.token, self.guard.who

    def look(self, at):
        """Look at a moment; what it said, and what was done."""
        self.now = at
        said = self.dog.look()
        seen = self.seen[:]
        self.seen.clear()
        return said, seen


@pytest.fixture
def world(monkeypatch):
    return World(monkeypatch)


# -- the table of things left alone ------------------------------------------------------------------------------------


def test_nothing_runs(world):
    assert world.look(200.0) == (True, [])


def test_a_loop_given_up_needs_no_more_watching(world):
    world.guard.dead = True
    assert world.look(100.0) == (False, [])


def test_a_call_within_its_limit(world):
    world.begin(0.5)
    assert world.look(100.0) == (True, [])
    assert world.look(100.5) == (True, [])


def test_a_call_without_a_limit(world):
    world.begin(None)
    assert world.look(9999.0) == (True, [])


def test_a_call_that_ends_while_it_is_looked_at(world):
    world.begin(0.5)
    world.guard.ends_when = "note"
    said, seen = world.look(101.0)
    assert said is True
    assert not [row for row in seen if row[0] == "warn"]


def test_a_call_that_ends_before_the_loop_would_be_given_up(world):
    world.begin(0.5)
    world.look(101.0)
    world.guard.ends_when = "armed"
    said, seen = world.look(109.0)
    assert said is True
    assert not [row for row in seen if row[0] == "give up"]


# -- the stages --------------------------------------------------------------------------------------------------------


def test_a_warning_a_shot_another_shot_the_end(world):
    token, who = world.begin(0.5)
    assert world.look(100.75) == (True, [("warn", who, 0.5, PLACE), ("fire", token)])
    assert world.look(101.5) == (True, [])
    assert world.look(101.75) == (True, [("fire", token)])  # a second after the first
    assert world.look(102.5) == (True, [])  # never a third shot
    assert world.look(102.75) == (False, [("give up", who)])  # two seconds after the first


def test_a_late_look_shoots_before_the_loop_is_given_up(world):
    """A C call that kept the interpreter for itself kept the watchdog waiting, too; it may have returned just now."""
    token, who = world.begin(0.5)
    assert world.look(150.0) == (True, [("warn", who, 0.5, PLACE), ("fire", token)])
    assert world.look(151.0) == (True, [("fire", token)])
    assert world.look(152.0) == (False, [("give up", who)])


def test_every_call_has_stages_of_its_own(world):
    for moment in (100.0, 100.0, 200.0):  # two calls may begin at the same moment
        world.now = moment
        token, who = world.begin(0.25)
        assert world.look(moment + 0.5) == (True, [("warn", who, 0.25, PLACE), ("fire", token)])
        assert world.look(moment + 0.75) == (True, [])


def test_who_runs_may_be_unknown(world):
    token, _ = world.begin()
    world.guard.who = None
    assert world.look(102.0) == (True, [])
    assert world.look(102.25) == (True, [("warn", None, 2.0, PLACE), ("fire", token)])


@pytest.mark.parametrize("why", ["not armed", "traced", "debugged"])
def test_only_a_warning(world, why):
    world.armed = why != "not armed"
    world.guard.traced = why == "traced"
    world.guard.ident = 77
    world.traced = [77] if why == "debugged" else [78]
    _, who = world.begin(0.5)
    assert world.look(100.75) == (True, [("warn", who, 0.5, PLACE)])
    assert world.look(150.0) == (True, [])


def test_a_call_is_shot_once_its_debugger_has_gone(world):
    token, _ = world.begin(0.5)
    world.guard.traced = True
    world.look(100.75)
    world.guard.traced = False
    assert world.look(101.0) == (True, [("fire", token)])


# -- its thread --------------------------------------------------------------------------------------------------------


class Counting(Watchdog):
    """Looks three times, and writes down how long it waits and that it looks."""

    def __init__(self, **more):
        super().__init__(Guard(), armed=bool, warn=print, give_up=print, **more)
        self.seen = []
        self._stop.wait = self.seen.append

    def look(self):
        self.seen.append("look")
        return self.seen.count("look") < 3


def made():
    return Watchdog(Guard(), armed=bool, warn=print, give_up=print)


def test_it_looks_twenty_times_a_second_until_there_is_nothing_to_watch(leaves_nothing):
    dog = Counting()
    dog.start()
    dog._thread.join(30)
    assert not dog._thread.is_alive()
    assert dog.seen == [0.05, "look"] * 3
    dog.stop()


def test_it_looks_around_first_of_all_and_at_every_look(leaves_nothing):
    dog = Counting(look_around=lambda: dog.seen.append(threading.current_thread().name))
    dog.start()
    dog._thread.join(30)
    assert dog.seen == ["tcpnb-watchdog"] + [0.05, "tcpnb-watchdog", "look"] * 3


def test_stop_ends_it(leaves_nothing):
    dog = made()
    assert (dog._thread.name, dog._thread.daemon) == ("tcpnb-watchdog", True)
    dog.start()
    dog.stop()
    dog._thread.join(30)
    assert not dog._thread.is_alive()
    dog.stop()


@pytest.mark.parametrize(("alive", "waited"), [(True, [1.0]), (False, [])])
def test_stop_waits_for_its_thread_a_second_at_most(alive, waited):
    dog = made()
    joined = []
    dog._thread = SimpleNamespace(is_alive=lambda: alive, join=joined.append)
    dog.stop()
    assert joined == waited


def test_stop_on_its_own_thread_waits_for_nobody():
    dog = made()
    dog._thread = threading.current_thread()
    dog.stop()
    assert dog._stop.is_set()


# -- the guard ---------------------------------------------------------------------------------------------------------


class Call:
    """User code on a thread of its own: it spins in bytecode, or is held in C until it is let go."""

    def __init__(self, body):
        self.guard = Guard()
        self.go = threading.Lock()
        self.go.acquire()
        self.outcome = None
        self.thread = threading.Thread(target=self.run, args=[body], daemon=True)
        self.thread.start()
        until(lambda: self.is_inside(body), 30)

    def is_inside(self, body):
        """Past the first line of the body: there it stays, and when it is held, it is held in C."""
        frame = sys._current_frames()[self.thread.ident]
        return frame.f_code is body.__code__ and (frame.f_lineno or 0) > body.__code__.co_firstlineno

    def run(self, body):
        self.guard.ident = threading.get_ident()
        try:
            try:
                self.guard.token = time.monotonic()
                body(self)
                self.guard.end_call()
                self.outcome = "ended"
            except HandlerTimeout:
                self.guard.end_call()
                self.outcome = "shot"
        except LoopGivenUp:
            self.outcome = "given up"

    def spin(self):
        end = time.monotonic() + 30
        while time.monotonic() < end:
            pass

    def held(self):
        self.go.acquire(timeout=30)

    def end(self):
        """Let it go; how it ended."""
        self.go.release()
        self.thread.join(30)
        assert not self.thread.is_alive()
        return self.outcome


def test_a_new_guard_knows_nothing():
    guard = Guard()
    assert (guard.ident, guard.token, guard.who) == (0, None, None)
    assert (guard.why, guard.stack, guard.place) == ("", "", ("", 0))
    assert (guard.firing, guard.traced, guard.dead) == (False, False, False)
    assert not hasattr(guard, "__dict__")


def test_a_shot_ends_the_call_and_tells_where_it_stood():
    call = Call(Call.spin)
    assert call.guard.fire(call.guard.token) is True
    assert call.end() == "shot"
    assert (call.guard.token, call.guard.firing) == (None, False)
    assert call.guard.place[0] == __file__
    assert 1 <= call.guard.place[1] - Call.spin.__code__.co_firstlineno <= 3
    places = [line for line in call.guard.stack.splitlines() if line.startswith(f'  File "{__file__}"')]
    assert places[-1] == f'  File "{__file__}", line {call.guard.place[1]}, in spin'
    assert places[-2].endswith(", in run")


def test_a_shot_that_has_not_landed_is_dropped():
    call = Call(Call.held)
    assert call.guard.fire(call.guard.token) is True
    assert call.guard.firing is True
    call.guard.settle()
    assert call.guard.firing is False
    assert call.end() == "ended"


def test_a_shot_that_is_not_dropped_lands():
    call = Call(Call.held)
    assert call.guard.fire(call.guard.token) is True
    assert call.end() == "shot"


def test_a_shot_may_have_a_reason_of_its_own():
    call = Call(Call.held)
    call.guard.fire(call.guard.token, "it takes all the memory")
    assert call.guard.why == "it takes all the memory"
    call.guard.shot = (None, 0.0)
    call.guard.fire(call.guard.token)
    assert call.guard.why == ""
    assert call.end() == "shot"


def test_a_shot_has_time_to_land_before_the_same_call_is_shot_again(monkeypatch):
    """One that comes while the first is seen to would land outside of the call."""
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(watchdog, "monotonic", lambda: clock.now)
    call = Call(Call.held)
    token = call.guard.token
    assert call.guard.fire(token, "first") is True
    for clock.now, is_fired in ((100.0, False), (100.25, False), (100.5, True), (100.75, False), (101.0, True)):
        assert call.guard.fire(token, "again") is is_fired
    call.guard.token = token + 0.0  # another call, begun at the same moment
    assert call.guard.fire(call.guard.token) is True
    assert call.end() == "shot"


def test_a_shot_at_another_call_hits_nobody_but_makes_the_loop_settle():
    call = Call(Call.held)
    assert call.guard.fire(call.guard.token + 0.0) is False
    assert (call.guard.firing, call.guard.stack, call.guard.place) == (True, "", ("", 0))
    assert call.end() == "ended"
    assert call.guard.firing is False


def test_a_thread_whose_loop_was_replaced_never_goes_on():
    call = Call(Call.held)
    call.guard.give_up()
    assert (call.guard.dead, call.guard.firing) == (True, True)
    assert call.end() == "given up"
    with pytest.raises(LoopGivenUp):
        call.guard.end_call()


def test_a_shot_at_a_loop_that_was_replaced_meanwhile_is_dropped_too():
    call = Call(Call.held)
    assert call.guard.fire(call.guard.token) is True
    call.guard.give_up()
    with pytest.raises(LoopGivenUp):
        call.guard.settle()
    assert call.end() == "given up"


def test_a_call_that_ended_meanwhile_is_not_noted():
    guard = Guard()
    guard.ident = threading.get_ident()
    guard.token = 5.0
    guard.note(float("6"))
    assert (guard.stack, guard.place) == ("", ("", 0))


def test_a_thread_that_ended_meanwhile_is_not_noted():
    guard = Guard()
    guard.token = token = 5.0
    guard.note(token)
    assert (guard.stack, guard.place) == ("", ("", 0))


def test_user_code_on_no_thread_of_ours_has_no_guard():
    found = []
    stranger = threading.Thread(target=lambda: found.append(watchdog.here.guard))
    stranger.start()
    stranger.join()
    assert found == [None]


# -- the interpreter's flag --------------------------------------------------------------------------------------------

SETTLED = """
guard = Guard()
guard.ident = threading.get_ident()
guard.token = token = time.monotonic()
try:
    guard.fire(token)
    while True:
        pass
except HandlerTimeout:
    guard.end_call()
"""
DROPPED = """
guard = Guard()
guard.ident = threading.get_ident()
guard.token = time.monotonic()
guard.fire(0.0)
guard.end_call()
"""
IN_C = """
guard = Guard()
sleeper = threading.Thread(target=time.sleep, args=(1000,), daemon=True)
sleeper.start()
guard.ident = sleeper.ident
guard.token = token = time.monotonic()
guard.fire(token)
guard.calm()
"""
TRACED = """
import sys, threading, time
from tcpnb.runtime.watchdog import Guard, HandlerTimeout
{}
def called():
    print("went on")
sys.settrace(lambda *_: None)
called()
"""


@pytest.mark.parametrize("shot", [SETTLED, DROPPED, IN_C], ids=["settled", "dropped", "in C"])
def test_behind_a_shot_a_traced_thread_goes_on(shot):
    """In CPython 3.11 it would stand still for ever, keeping a processor busy."""
    script = [sys.executable, "-c", TRACED.format(shot)]
    done = subprocess.run(script, capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "went on\n"


def test_a_watchdog_lowers_the_flag_a_look_after_it_has_fired(monkeypatch):
    """While a handler stands in C, say; its shot lands when it comes back, without another one."""
    monkeypatch.setattr(watchdog, "SECOND_SHOT", 1000)
    monkeypatch.setattr(watchdog, "GIVE_UP", 1000)
    lowered = []
    lower_flag = watchdog.lower_flag
    monkeypatch.setattr(watchdog, "lower_flag", lambda: (lowered.append(threading.current_thread()), lower_flag()))

    def stand_in_c(call):
        call.go.acquire(timeout=30)
        while True:
            pass

    call = Call(stand_in_c)
    call.guard.who = SimpleNamespace(step_limit=0.01)
    dog = Watchdog(call.guard, armed=lambda: True, warn=lambda *_: None, give_up=lambda _: None)
    dog.start()
    until(lambda: lowered)
    dog.stop()
    assert lowered == [dog._thread]
    assert call.guard.firing
    assert call.end() == "shot"


# -- where it stood ----------------------------------------------------------------------------------------------------


def frames_in(**modules):
    """The frames of a function that was called through modules of these names, outermost first; a design when true."""
    inner = sys._getframe
    for name, is_design in reversed(modules.items()):
        scope = {"inner": inner} | ({"__tcpnb_program__": object()} if is_design else {})
        exec(compile("\n\ndef call():\n    return inner()\n", f"{name}.py", "exec"), scope)
        inner = scope["call"]
    return [frame for frame, _ in traceback.walk_stack(inner())]


def test_the_innermost_frame_of_a_design_is_where_it_stood():
    assert user_place(frames_in(mine=True, theirs=False)) == ("mine.py", 4)
    assert user_place(frames_in(mine=True, other=True, theirs=False, deeper=False)) == ("other.py", 4)
    assert user_place(frames_in(mine=True)) == ("mine.py", 4)


def test_without_a_design_it_is_the_innermost_of_all():
    assert user_place(frames_in(outer=False, inner=False)) == ("inner.py", 4)


def test_without_a_frame_it_is_nowhere():
    assert user_place([]) == ("", 0)
