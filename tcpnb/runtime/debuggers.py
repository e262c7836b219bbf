"""Whether somebody looks at a thread's code step by step.

A debugger or a tracer is seen by the function that Python calls at each line of a thread (`sys.settrace`), or, from
Python 3.12 on, by the events that it hears of all threads (`sys.monitoring`). debugpy, which JupyterLab and VS Code
switch on, leaves both behind when it is switched off, and says whether it is on.

A trace function counts even so: an exception that is raised in a thread from outside may stop every thread that is
traced in Python 3.11, the kernel's own among them. Events are harmless.
"""

from __future__ import annotations

import sys
from typing import Any

from tcpnb.runtime.frames import frames_of

__all__ = ("is_traced",)


def is_traced(ident: int) -> bool:
    """Whether any frame of a thread is traced, or a debugger hears the events of all threads."""
    return _hears_events() or any(frame.f_trace is not None for frame in frames_of(ident))


def _hears_events() -> bool:
    monitoring: Any = getattr(sys, "monitoring", None)
    tool = monitoring.get_tool(monitoring.DEBUGGER_ID) if monitoring is not None else None
    debugpy = sys.modules.get("debugpy") if tool == "pydevd" else None
    return tool is not None and (debugpy is None or debugpy.is_client_connected())
