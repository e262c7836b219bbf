"""The public names and their signatures are a promise: a change to them is seen and meant.

After a change that is meant, write the snapshot anew::

    TCPNB_WRITE_SNAPSHOT=1 pytest tests/architecture/test_public_api.py
"""

from __future__ import annotations

import importlib
import inspect
import os
import pkgutil
import re
from pathlib import Path

import pytest

import tcpnb

SNAPSHOT = Path(__file__).with_name("public_api.txt")
PUBLIC = (
    "tcpnb",
    "tcpnb.tcp",
    "tcpnb.errors",
    "tcpnb.model.edits",
    "tcpnb.model.events",
    "tcpnb.testing",
    "tcpnb.lessons",
)


def modules() -> list[str]:
    found = pkgutil.walk_packages(tcpnb.__path__, "tcpnb.")
    return ["tcpnb", *sorted(m.name for m in found if not m.name.endswith("__main__") and ".frontend" not in m.name)]


@pytest.mark.parametrize("name", modules())
def test_each_module_lists_its_names(name):
    module = importlib.import_module(name)
    assert isinstance(getattr(module, "__all__", None), tuple), f"{name} has no __all__ tuple"
    missing = [public for public in module.__all__ if not hasattr(module, public)]
    assert missing == []
    assert module.__doc__, f"{name} does not say what it is"


def describe(value: object) -> str:
    if inspect.isclass(value):
        kind = "class"
    elif callable(value):
        kind = "def"
    else:
        return type(value).__name__
    try:
        signature = str(inspect.signature(value))
    except (TypeError, ValueError):
        signature = "(...)"
    # addresses and the spelling of sentinels differ from run to run
    return f"{kind} {re.sub(r' at 0x[0-9a-f]+', '', signature)}"


def snapshot() -> str:
    lines = []
    for name in PUBLIC:
        module = importlib.import_module(name)
        lines += [f"{name}.{public}: {describe(getattr(module, public))}" for public in sorted(module.__all__)]
    return "\n".join(lines) + "\n"


def test_public_names_are_as_promised():
    now = snapshot()
    if os.environ.get("TCPNB_WRITE_SNAPSHOT"):
        SNAPSHOT.write_text(now, encoding="utf-8")
    assert now.splitlines() == SNAPSHOT.read_text(encoding="utf-8").splitlines()
