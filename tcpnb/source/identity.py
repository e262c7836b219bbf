"""Give every step an id that stays with it from one reading to the next."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tcpnb.model.design import Design, MethodDesign
    from tcpnb.model.flow import Step

__all__ = ("with_ids",)


def with_ids(design: Design, previous: Design, next_id: int) -> tuple[Design, int]:
    """Fill the ids of a design that was just read; return it with the number of the next new step.

    A step that stands in the previous design too, in the handler of the same name, keeps its id; one that changed in
    place keeps it as well. The steps are the reader's own, seen by nobody yet, so they are completed in place.
    """
    counter = _Counter(next_id)
    before = dict(_handlers(previous))
    now = list(_handlers(design))
    gone = {name: method for name, method in before.items() if name not in dict(now)}
    for name, method in now:
        old = before.get(name) or gone.pop(_renamed(name, gone), None)
        _align(method.flow, old.flow if old else (), counter)
    return design, counter.next


def _renamed(name: str, gone: Iterable[str]) -> str:
    """Return which handler that is gone has another name now: one of the same method, else one of the same class."""
    owner, _, method = name.rpartition(".")
    candidates = [row.rpartition(".") for row in gone]
    same = [row for row in candidates if row[2] == method] or [row for row in candidates if row[0] == owner]
    return "".join(same[0]) if same else ""


class _Counter:
    def __init__(self, start: int) -> None:
        self.next = start

    def take(self) -> str:
        taken = f"s{self.next}"
        self.next += 1
        return taken


def _handlers(design: Design) -> Iterator[tuple[str, MethodDesign]]:
    for owner in design.owners:
        for method in owner.methods:
            yield f"{owner.name}.{method.name}", method
    for method in design.functions:
        yield method.name, method


def _align(new: Sequence[Step], old: Sequence[Step], counter: _Counter) -> None:
    if new == old:
        for step, same in zip(new, old, strict=True):
            _keep(step, same, counter)
        return
    if not old:
        for step in new:
            _keep(step, None, counter)
        return
    matched: dict[int, int] = {}
    for block in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
        matched.update((block.b + index, block.a + index) for index in range(block.size))
    taken = set(matched.values())
    place = 0
    for index, step in enumerate(new):
        if index in matched:
            place = matched[index] + 1
            _keep(step, old[matched[index]], counter)
        elif place < len(old) and place not in taken and old[place].kind == step.kind:
            # changed in place: between the same neighbours stands a step of the same kind
            _keep(step, old[place], counter)
            place += 1
        else:
            _keep(step, None, counter)


def _keep(step: Step, same: Step | None, counter: _Counter) -> None:
    object.__setattr__(step, "id", same.id if same is not None else counter.take())
    old_blocks = same.blocks if same is not None else ()
    for index, block in enumerate(step.blocks):
        old = old_blocks[index].steps if index < len(old_blocks) and old_blocks[index].role == block.role else ()
        _align(block.steps, old, counter)
