"""No edit, no change: what is read and written back without a change is the same, byte for byte."""

from __future__ import annotations

import sysconfig
from pathlib import Path
from random import Random

import pytest
from fakes.random_edits import handlers, step_at, step_paths

from tcpnb.model.edits import ChangeListener, ChangeMethod, ChangeStep, ChangeVariable, MoveStep
from tcpnb.model.flow import canonical
from tcpnb.source.known import find_known
from tcpnb.source.parsing import parse
from tcpnb.source.reader import read
from tcpnb.source.steps import recognise
from tcpnb.source.steps.context import Context
from tcpnb.source.steps.rendering import render_block
from tcpnb.source.writer import write

ZOO = sorted((Path(__file__).parent.parent / "fixtures" / "zoo").glob("*.py"))
STANDARD_LIBRARY = sorted(
    path for path in Path(sysconfig.get_path("stdlib")).rglob("*.py") if "site-packages" not in path.parts
)


def unchanged_edits(design):
    """Every edit that says what is there already."""
    for row in design.listeners:
        yield ChangeListener(name=row.name)
    for owner in (*design.services, *design.classes):
        for row in {row.name: row for row in reversed(owner.variables)}.values():
            yield ChangeVariable(class_name=owner.name, name=row.name, type=row.type, default=row.default)
    for name, method in handlers(design):
        yield ChangeMethod(name=name, returns=None)
        for path in step_paths(method.flow):
            step = step_at(method.flow, path)
            yield ChangeStep(handler=name, path=path)
            yield ChangeStep(handler=name, path=path, fields=step.fields, comment=step.comment, blocks=step.blocks)
            yield MoveStep(handler=name, path=path, to=path)


def check_rendering(text: str) -> int:
    """Every flow, rendered and read again, is the same flow; return how many were looked at."""
    reading = read(text)
    assert reading.text == text
    if reading.tree is None:
        return 0
    known = Context(parse(text), recognise)
    find_known(reading.tree, known)
    count = 0
    for name, method in handlers(reading.design):
        if not method.flow:
            continue
        rendered = parse(render_block(method.flow) + "\n")
        assert rendered.tree is not None, name
        source = Context(rendered, recognise)
        source.aliases, source.clients, source.known = known.aliases, known.clients, known.known
        steps = source.steps(rendered.tree.body, 0, rendered.positions.last_line + 1)
        assert canonical(steps, tuple(row.name for row in method.parameters)) == method.flow, name
        count += 1
    return count


@pytest.mark.parametrize("path", ZOO, ids=lambda path: path.stem)
def test_leaves_the_zoo_alone(path):
    text = path.read_bytes().decode()
    for edit in unchanged_edits(read(text).design):
        assert write(text, edit) == text, edit


@pytest.mark.parametrize("path", ZOO, ids=lambda path: path.stem)
def test_renders_the_zoo_as_it_reads_it(path):
    check_rendering(path.read_bytes().decode())


def check_file(path: Path, random: Random) -> int:
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError:
        return 0
    count = check_rendering(text)
    chosen = list(unchanged_edits(read(text).design))
    for edit in random.sample(chosen, min(3, len(chosen))):
        assert write(text, edit) == text, (path, edit)
    return count


def test_leaves_some_of_the_standard_library_alone():
    random = Random(4)
    assert sum(check_file(path, random) for path in random.sample(STANDARD_LIBRARY, 25)) > 25


@pytest.mark.exhaustive
@pytest.mark.timeout(3600)
def test_leaves_the_standard_library_alone():
    random = Random(5)
    assert sum(check_file(path, random) for path in STANDARD_LIBRARY) > 10_000
