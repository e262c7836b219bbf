"""Read a design file for serving, and notice when it changes."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from tcpnb.errors import LoadError
from tcpnb.source import store

if TYPE_CHECKING:
    from collections.abc import Callable

    from tcpnb.runtime.program import Program

__all__ = ("CertificateWatch", "FileWatch", "read_design")

_INTERVAL = 0.1
"""Seconds between two looks; a change is taken when two looks in a row found the same."""


def read_design(path: Path) -> str:
    """Return the text of a design file; raises `LoadError` when it is missing or no text."""
    stored = store.load(path)
    if stored.problem:
        raise LoadError(stored.problem, file=path.name)
    if stored.fingerprint is None:
        raise LoadError("there is no such file", file=str(path))
    return stored.text


class _Watch:
    """A daemon thread that looks every now and then."""

    _name = "tcpnb-watch"

    def __init__(self) -> None:
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def finish(self) -> None:
        """End; a change that is being taken is taken to its end."""
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        """Look until `finish`; a watch's own."""
        raise NotImplementedError


class CertificateWatch(_Watch):
    """A daemon thread that has a program read its certificates again after their files have changed and rested."""

    _name = "tcpnb-certificates"

    def __init__(self, program: Program) -> None:
        super().__init__()
        self._program = program

    def _run(self) -> None:
        taken = seen = self._fingerprints()
        while not self._ending.wait(_INTERVAL):
            now = self._fingerprints()
            taken = {path: taken.get(path, mark) for path, mark in now.items()}
            if now == seen and now != taken and None not in now.values():
                taken = now
                self._program.read_certificates()
            seen = now

    def _fingerprints(self) -> dict[str, tuple[int, int, int] | None]:
        """By file; None for one that is gone, which is waited for."""
        return {path: _mark(Path(path)) for path in self._program.certificate_files()}


def _mark(path: Path) -> tuple[int, int, int] | None:
    try:
        known = path.stat()
    except OSError:
        return None
    return known.st_mtime_ns, known.st_size, known.st_ino


class FileWatch(_Watch):
    """A daemon thread that calls ``changed`` with the new text after each change of a file that has rested.

    A file that is gone or unreadable for a while is waited for.
    """

    def __init__(self, path: Path, text: str, changed: Callable[[str], None]) -> None:
        super().__init__()
        self._path = path
        self._text = text
        self._changed = changed

    def _run(self) -> None:
        # The first look takes the file, too: it may have changed since its text was read.
        taken, seen = None, store.fingerprint(self._path)
        while not self._ending.wait(_INTERVAL):
            now = store.fingerprint(self._path, seen)
            if now == seen and now != taken:
                taken = now
                self._take()
            seen = now

    def _take(self) -> None:
        try:
            text = read_design(self._path)
        except LoadError:
            return
        if text != self._text:
            self._text = text
            self._changed(text)
