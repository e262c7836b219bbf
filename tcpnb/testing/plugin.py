"""The pytest plugin: fixtures that serve a design or load it, and clean up after the test."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tcpnb.testing.direct import DirectDesign
    from tcpnb.testing.serving import ServedDesign

__all__ = ("load_design", "serve")


@pytest.fixture
def serve(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., ServedDesign]]:
    """Give the test a function that serves a design on a free port; all of them stop when the test is over.

    Takes what `tcpnb.testing.serve` takes: a file's path, or ``text=`` (which is put into the test's own folder). A
    path is looked for in the current folder first, then beside the file of the test.
    """
    from tcpnb.testing.serving import serve as serve_design  # noqa: PLC0415  # every pytest run loads this file

    with ExitStack() as stack:

        def start(path: Path | str | None = None, **options: Any) -> ServedDesign:
            if path is None:
                options.setdefault("folder", tmp_path)
            return stack.enter_context(serve_design(_found(path, request), **options))

        yield start


@pytest.fixture
def load_design(request: pytest.FixtureRequest) -> Iterator[Callable[..., DirectDesign]]:
    """Give the test a function that loads a design, to call its handlers without a socket; takes what `load` takes.

    A path is looked for in the current folder first, then beside the file of the test.
    """
    from tcpnb.testing.direct import load  # noqa: PLC0415  # the same

    with ExitStack() as stack:
        yield lambda path=None, **options: stack.enter_context(load(_found(path, request), **options))


def _found(path: str | os.PathLike[str] | None, request: pytest.FixtureRequest) -> str | os.PathLike[str] | None:
    if path is None or os.path.exists(path):  # noqa: PTH110  # a path of any kind
        return path
    beside = request.path.parent / path
    return beside if beside.exists() else path
