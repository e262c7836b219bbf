"""Execute the text of a design as a module of its own."""

from __future__ import annotations

import sys
import traceback
import types
from importlib.machinery import ModuleSpec
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from tcpnb.errors import LoadError
from tcpnb.runtime.context import loading

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tcpnb.runtime.context import Host

__all__ = ("compile_text", "execute", "explain_syntax", "forget_module", "fresh_module")

_numbers: Final = count(1)


def compile_text(text: str, path: Path) -> types.CodeType:
    """The code of a whole text. Raises: `LoadError` with the line."""
    try:
        return compile(text, str(path), "exec", dont_inherit=True)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise explain_syntax(error, path) from None


def explain_syntax(error: BaseException, path: Path) -> LoadError:
    """The error of a text that does not compile."""
    reason = getattr(error, "msg", None) or str(error) or type(error).__name__
    return LoadError(reason, file=str(path), line=getattr(error, "lineno", 0) or 0)


def fresh_module(path: Path, extras: dict[str, Any]) -> types.ModuleType:
    """An empty module for a design, known to `sys.modules` under a name that shadows nothing."""
    module = types.ModuleType(f"tcpnb_design_{next(_numbers)}.{path.stem}")
    module.__file__ = str(path)
    module.__spec__ = ModuleSpec(module.__name__, None, origin=str(path))  # debuggers list modules by it
    module.__spec__.has_location = True
    module.__dict__.update(extras)
    sys.modules[module.__name__] = module
    folder = str(path.parent)
    if folder not in sys.path:
        sys.path.append(folder)
    return module


def forget_module(module: types.ModuleType) -> None:
    """Nothing runs in a module any more: `sys.modules` need not know it."""
    sys.modules.pop(module.__name__, None)


def execute(codes: Iterable[types.CodeType], namespace: dict[str, Any], host: Host, path: Path) -> None:
    """Run code in a design's namespace. Raises: `LoadError` with the design's line and traceback."""
    token = loading.set(host)
    try:
        for code in codes:
            exec(code, namespace)  # noqa: S102 - running the design is what was asked for
    except BaseException as error:
        raise _explain(error, path) from error
    finally:
        loading.reset(token)


def _explain(error: BaseException, path: Path) -> LoadError:
    tb = error.__traceback__
    while tb is not None and tb.tb_frame.f_code.co_filename != str(path):
        tb = tb.tb_next
    line, shown = 0, tb
    while tb is not None:
        if tb.tb_frame.f_code.co_filename == str(path):
            line = tb.tb_lineno
        tb = tb.tb_next
    text = "".join(traceback.format_exception(type(error), error, shown))
    return LoadError(f"{type(error).__name__}: {error}", file=str(path), line=line, traceback=text)
