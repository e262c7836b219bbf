"""What a step is called and what it does, in one line: for the boxes of a flow and for its text twin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpnb.model.palette import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tcpnb.model.flow import Block, Step

__all__ = ("block_label", "detail", "title")


def title(step: Step) -> str:
    """Return the step's name in the palette."""
    kind = KINDS.get(step.kind)
    return kind.label if kind else step.kind


def detail(step: Step) -> str:
    """Return what the step does, nearly as it stands in the file; may have several lines for code."""
    shown = _DETAILS.get(step.kind)
    return shown(step) if shown else ", ".join(text for _, text in step.fields)


def _after(step: Step, name: str, before: str) -> str:
    return f"{before}{step.get(name)}" if step.get(name) else ""


def _result(step: Step) -> str:
    return f"{step.get('result')} = " if step.get("result") else ""


_DETAILS: dict[str, Callable[[Step], str]] = {
    "write_bytes": lambda step: f"{step.get('caller')} ← {step.get('data')}",
    "close": lambda step: step.get("caller"),
    "client_write": lambda step: f"{step.get('client')} ← {step.get('data')}",
    "client_read": lambda step: _result(step) + step.get("client"),
    "client_read_exactly": lambda step: _result(step) + step.get("client") + _after(step, "count", ", "),
    "client_read_until": lambda step: _result(step) + step.get("client") + _after(step, "separator", ", "),
    "declare_variable": lambda step: step.get("name") + _after(step, "type", ": ") + _after(step, "expression", " = "),
    "update_variable": lambda step: f"{step.get('target')} {step.get('operator') or '='} {step.get('expression')}",
    "call_function": lambda step: _result(step) + ("await " if step.get("await") else "") + step.get("call"),
    "for_each": lambda step: f"{step.get('variable')} in {step.get('collection')}",
    "raise": lambda step: step.get("expression") + _after(step, "cause", " from "),
    "lock": lambda step: step.get("lock") + _after(step, "name", " as "),
    "start": lambda step: _result(step) + step.get("call"),
    "sleep": lambda step: f"{step.get('seconds')} s",
    "parallel": lambda _: "",
}


def block_label(block: Block, *, loop: bool = False) -> str:
    """Return what leads into a block: ``if count > 3``, ``else``, ``on ValueError as error``, ``case b"x" if ok``."""
    get = block.get
    labels = {
        "if": f"if {get('condition')}",
        "else_if": f"else if {get('condition')}",
        "case": f"case {get('pattern')}" + (f" if {get('guard')}" if get("guard") else ""),
        "except": f"on {get('type') or 'any error'}" + (f" as {get('name')}" if get("name") else ""),
        "else": "when done" if loop else "else",
    }
    return labels.get(block.role, block.role)
