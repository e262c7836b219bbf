"""The law of the round trip: reading what an edit writes gives what the edit means, for any design and edit (D06)."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from random import Random

import pytest
from fakes.random_edits import handlers, random_edit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tcpnb.errors import DesignError, EditRefusedError
from tcpnb.model.edits import AddStep, ChangeStep, DeleteStep, DuplicateStep, MoveStep, apply
from tcpnb.source.reader import read
from tcpnb.source.writer import write
from tcpnb.source.writing.editor import Editor

FIXTURES = Path(__file__).parent.parent / "fixtures"
TEXTS = [path.read_bytes().decode() for path in sorted(FIXTURES.glob("*/*.py"))]
STEP_EDITS = AddStep | ChangeStep | DeleteStep | DuplicateStep | MoveStep
PATIENT = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)


def check_square(text: str, seed: int, count: int) -> int:
    """Make some edits one after another, each checked by all laws; return how many were made."""
    random, made = Random(seed), 0
    for _ in range(count):
        before = read(text)
        edit = random_edit(random, before.design)
        try:
            after_text = write(text, edit)
        except (DesignError, EditRefusedError):
            continue
        after = read(after_text, before)
        assert after.is_current
        assert after.design == apply(before.design, edit), edit
        compile(after_text.removeprefix("\ufeff"), "after", "exec", dont_inherit=True)
        if isinstance(edit, STEP_EDITS):
            check_lines_outside(before, after, edit)
        check_ids(after)
        text = after_text
        made += 1
    return made


def check_lines_outside(before, after, edit: STEP_EDITS) -> None:
    """Nothing but the handler changes, and the imports where one was added."""
    old, new = (dict(handlers(reading.design))[edit.handler] for reading in (before, after))
    head, new_head = before.text[: old.span.start], after.text[: new.span.start]
    if head != new_head:
        lines = difflib.ndiff(head.splitlines(), new_head.splitlines())
        changes = [line for line in lines if not line.startswith(("  ", "? "))]
        assert all(re.fullmatch(r"\+ (\ufeff?(import|from) .*)?", line) for line in changes), changes
    editor = Editor(before.text)
    rest = before.text[editor.positions.start(editor.function(edit.handler)[1]) :]
    assert after.text.endswith(rest)


def check_ids(reading) -> None:
    ids = [step.id for _, method in handlers(reading.design) for step in _all_steps(method.flow)]
    assert all(ids)
    assert len(ids) == len(set(ids))


def _all_steps(flow):
    for step in flow:
        yield step
        for block in step.blocks:
            yield from _all_steps(block.steps)


@settings(max_examples=60, deadline=None, suppress_health_check=PATIENT)
@given(st.sampled_from(TEXTS), st.integers(0, 2**32))
def test_reading_what_is_written_gives_what_is_meant(text, seed):
    check_square(text, seed, 3)


@pytest.mark.exhaustive
@pytest.mark.timeout(3600)
@settings(max_examples=5000, deadline=None, suppress_health_check=PATIENT)
@given(st.sampled_from(TEXTS), st.integers(0, 2**32))
def test_reading_what_is_written_gives_what_is_meant_5000_times(text, seed):
    check_square(text, seed, 4)


def test_most_edits_are_made():
    """The law is not kept by refusing."""
    made = sum(check_square(text, number, 3) for number, text in enumerate(TEXTS) if "tcp.Listener" in text)
    assert made > len(TEXTS) // 2
