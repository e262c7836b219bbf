"""A design file as it is worked on: its text with a version, its history, its place on disk and one change notice.

Theory of operation. ``text`` is what the person sees; the newest text that is on disk is ``saved_text``. Both are the
same but while half-typed text does not compile (a draft, kept in a hidden file beside) and while the disk refuses a
save. Every edit names the version that it was made against; an older one is refused, so that two views never overwrite
each other. Before anything is changed the disk is looked at: what another program wrote there becomes a version of its
own first, with its own place in the history. A change on disk that meets unsaved text leaves both: the disk's text is
taken, ours stands in a conflict copy beside it and one undo away.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tcpnb.errors import ConflictError, DesignError, SaveError, StaleEditError
from tcpnb.model.diagnostics import Diagnostic
from tcpnb.model.edits import Edit, ReplaceText, describe
from tcpnb.model.given import check_given
from tcpnb.source import store
from tcpnb.source.backups import backups, keep_backup
from tcpnb.source.codec import encode
from tcpnb.source.findings import Findings, compiles
from tcpnb.source.history import Change, History
from tcpnb.source.notices import Notices
from tcpnb.source.reader import Reading, read
from tcpnb.source.writer import write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tcpnb.model.design import Design

__all__ = ("REST", "Document")

REST = 0.05
"""Seconds for which a change on disk must have rested before it is taken."""


@dataclass(slots=True)
class _Seen:
    """A change on disk that may still go on."""

    mark: object
    since: float


class Document:
    """One design file. Every method may be called from any thread.

    path: where the file is, or will be: a missing file is an empty design, written at the first edit. A link is
    followed once, when the document is opened. Raises `DesignError` for a name that no file can have.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._notices = Notices()
        self._changing = self._notices.changing
        if "\0" in os.fspath(path):
            raise DesignError("path", os.fspath(path), "has a zero byte", "a file's name is plain text")
        self._path = Path(os.path.realpath(path))
        self._stored = store.load(self._path)
        self._seen: _Seen | None = None
        self._refused: store.Fingerprint | None = None  # of a file that cannot be shown, so that it is read once
        self._trouble = ""
        self._is_unread = bool(self._stored.problem)  # nothing was ever shown of it, so there is nothing to go on with
        self._version = 1
        self._text = self._stored.text
        self._reading = read(self._text)
        self._is_whole = compiles(self._reading, self._path)
        self._findings = Findings(self._path)
        self._history = History()
        self._is_untouched = True
        self._has_draft = False
        self._drafts: set[str] = set()  # half-typed texts that were never saved: undo brings them back as such
        self._left_draft = store.load_draft(self._path)

    # What it is

    @property
    def path(self) -> Path:
        """The file, absolute, links resolved."""
        return self._path

    @property
    def version(self) -> int:
        """Counts the texts from 1; an edit names the one it was made against."""
        return self._version

    @property
    def text(self) -> str:
        """What the person sees: the newest text, half-typed or not."""
        return self._text

    @property
    def saved_text(self) -> str:
        """The text on disk as far as known: what runs when the service is started."""
        return self._stored.text

    @property
    def reading(self) -> Reading:
        """The newest text as read; where it is half-typed, with the last good design."""
        return self._reading

    @property
    def design(self) -> Design:
        """The design of the newest text that could be read."""
        return self._reading.design

    @property
    def exists(self) -> bool:
        """True when the file is there and can be read."""
        return self._stored.fingerprint is not None

    @property
    def is_saved(self) -> bool:
        """True when the disk has the newest text."""
        return self._text == self._stored.text and not self._trouble and not self._stored.problem

    @property
    def is_draft(self) -> bool:
        """True while the newest text does not compile and is kept beside the file."""
        return self._text != self._stored.text and not self._is_whole

    @property
    def left_draft(self) -> str:
        """A draft that an earlier session left beside the file, not taken up yet; empty when there is none."""
        return self._left_draft

    @property
    def backups(self) -> tuple[Path, ...]:
        """What the file was before each of the last five sessions changed it, the oldest first."""
        return backups(self._path)

    @property
    def problem(self) -> str:
        """Why the file cannot be shown or saved, in words; empty when all is well."""
        return self._stored.problem or self._trouble

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Everything that is wrong: with the file, its syntax and its design; in the order of the text."""
        with self._notices.lock:
            return (*self._file_diagnostics(), *self._findings.of(self._reading, self._version))

    @property
    def undo_text(self) -> str:
        """What `undo` would take back, in words; empty when there is nothing."""
        return self._history.undo_text

    @property
    def redo_text(self) -> str:
        """What `redo` would do again, in words; empty when there is nothing."""
        return self._history.redo_text

    # What one does to it

    def edit(self, edit: Edit | Sequence[Edit], *, seen: int | None = None, title: str = "") -> int:
        """Make an edit, or several as one, write the file and return the new version.

        seen: the version that the edit was made against; ``None`` takes the newest. title: what Undo says, where the
        edit's own description does not do. Several edits are all made or none, and undone together.

        Raises `StaleEditError` when ``seen`` is not the newest version, `EditRefusedError` or `DesignError` when an
        edit cannot be made (nothing changed then), `SaveError` when the disk refuses (the edit is kept in memory),
        `ConflictError` when another program wrote the file in this very moment (its text is taken, ours kept beside).
        """
        edits = _each(edit)
        for one in edits:
            check_given(one)
        if len(edits) == 1 and isinstance(edits[0], ReplaceText):
            return self.type(edits[0].text, seen=seen)
        with self._changing():
            self._look(seen)
            text = self._text
            for one in edits:
                text = write(text, one)
            if text != self._text:
                encode(text, has_bom=self._stored.has_bom)
                self._put(text, title or ", ".join(describe(one) for one in edits))
                self._write()
            return self._version

    def type(self, text: str, *, seen: int | None = None) -> int:
        """Take text as typed: written if it compiles, else kept as a draft beside the file. Errors as in `edit`."""
        with self._changing():
            self._look(seen)
            if text != self._text:
                encode(text, has_bom=self._stored.has_bom)
                self._put(text, "typing", joins=self.is_draft)
            if self._is_whole:
                self._write()
            else:
                self._keep_draft()
            return self._version

    def save(self) -> None:
        """Write the newest text whether it compiles or not. Errors as in `edit`."""
        with self._changing():
            self._look(None)
            self._write(always=True)

    def save_copy(self, path: str | os.PathLike[str]) -> Path:
        """Write the newest text to another place, which must be free; this document stays where it is."""
        with self._notices.lock:
            copy = Path(os.path.realpath(path))
            if os.path.lexists(copy):
                raise SaveError(str(copy), "a file of that name is there already")
            store.save(copy, self._text, before=store.Stored(has_bom=self._stored.has_bom))
            return copy

    def undo(self, *, seen: int | None = None) -> str:
        """Take the last change back, byte for byte, and return what it was; an empty string when there is none."""
        with self._changing():
            self._look(self._version if seen is None else seen)
            change = self._history.undo()
            return "" if change is None else self._go(change, change.before(self._text), removes=change.creates)

    def redo(self, *, seen: int | None = None) -> str:
        """Do the last undone change again and return what it was; an empty string when there is none."""
        with self._changing():
            self._look(self._version if seen is None else seen)
            change = self._history.redo()
            return "" if change is None else self._go(change, change.after(self._text), removes=False)

    def restore_draft(self) -> int:
        """Take up the draft that an earlier session left; return the version."""
        with self._changing():
            if not self._left_draft:
                return self._version
            text, self._left_draft = self._left_draft, ""
            self._has_draft = True
            return self.type(text)

    def discard_draft(self) -> None:
        """Throw away the draft that an earlier session left."""
        with self._changing():
            if self._left_draft:
                self._left_draft = ""
                store.drop_draft(self._path)
                self._notices.news()

    def poll(self, now: float | None = None) -> bool:
        """Take a change on disk that has rested for `REST` seconds; True when one was taken.

        now: seconds on the monotonic clock. Cheap while nothing changes: one stat.
        """
        with self._changing():
            now = time.monotonic() if now is None else now
            mark = store.fingerprint(self._path, self._stored.fingerprint or self._refused)
            if mark is not None and mark == self._refused:
                self._refused = mark  # still what cannot be shown
                return False
            if mark == self._stored.fingerprint:
                self._stored = replace(self._stored, fingerprint=mark)  # touched at most: cheap to look at from now on
                self._seen = None
                return False
            if self._seen is None or self._seen.mark != mark:
                self._seen = _Seen(mark, now)
                return False
            if now - self._seen.since < REST:
                return False
            return self._take_disk()

    def reload(self) -> bool:
        """Take what is on disk now, rested or not; True when it differs."""
        with self._changing():
            return self._take_disk()

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call ``callback`` after every change, on the thread that made it; return what ends that.

        The notice carries nothing: the one who is told asks for what it shows.
        """
        return self._notices.subscribe(callback)

    # How it is done

    def _look(self, seen: int | None) -> None:
        """Take a change on disk first, then compare the version that was seen."""
        mark = store.fingerprint(self._path, self._stored.fingerprint)
        if mark != self._stored.fingerprint or self._stored.problem:
            self._take_disk()
        if self._is_unread:
            raise SaveError(str(self._path), self._stored.problem)
        if seen is not None and seen != self._version:
            raise StaleEditError(seen, self._version)

    def _put(self, text: str, description: str, *, joins: bool = False) -> None:
        if joins and self._history.undo_text == description:
            self._drafts.discard(self._text)
            self._history.join(self._text, text)
        else:
            is_first = not self.exists and not self._text
            self._history.add(Change.between(self._text, text, description, creates=is_first))
        self._show(text)

    def _show(self, text: str) -> None:
        self._text = text
        self._reading = read(text, self._reading)
        self._is_whole = compiles(self._reading, self._path)
        self._version += 1
        self._notices.news()

    def _go(self, change: Change, text: str, *, removes: bool) -> str:
        self._show(text)
        if removes:
            self._remove()
        elif self._is_whole or text not in self._drafts:
            self._write()
        else:
            self._keep_draft()
        return change.description

    def _remove(self) -> None:
        """Take the file away with what was known of it; one that is gone already needs no more."""
        if self._stored.problem:
            raise SaveError(str(self._path), self._stored.problem)
        self._stored = store.remove(self._path, before=self._stored) if self.exists else store.Stored()
        self._trouble = ""
        self._drop_draft()

    def _write(self, *, always: bool = False) -> None:
        """Bring the newest text to disk; where that fails, the text stays and the reason is kept."""
        if self._text == self._stored.text and self.exists and not always:
            self._drop_draft()
            return
        self._notices.news()
        if self._stored.problem:
            raise SaveError(str(self._path), self._stored.problem)
        if self._is_untouched:
            self._is_untouched = False
            if self.exists:
                keep_backup(self._path)
        try:
            self._stored = store.save(self._path, self._text, before=self._stored)
        except SaveError as error:
            self._trouble = f"not saved: {error.reason}"
            raise
        except ConflictError:
            self._take_disk()
            raise
        self._trouble = ""
        self._drafts.discard(self._text)
        self._drop_draft()

    def _take_disk(self) -> bool:
        """Make the disk's text the newest version; unsaved text of ours is kept in a conflict copy first."""
        self._seen = None
        loaded = store.load(self._path)
        before, self._stored = self._stored, loaded
        was_there = before.fingerprint is not None or bool(before.problem)
        if loaded.problem or loaded.fingerprint is None:
            # Gone or unreadable: the text stays in memory, and the Problems list says so.
            self._stored = store.Stored(text=before.text, has_bom=before.has_bom, problem=loaded.problem)
            if was_there and not loaded.problem:
                self._trouble = f"{self._path.name} is gone from the disk; the next save writes it again"
            is_news = before.fingerprint is not None or loaded.problem != before.problem
            self._notices.news(is_news=is_news)
            self._refused = store.fingerprint(self._path) if loaded.problem else None
            return False
        self._refused = None
        self._is_unread = False
        self._notices.news(is_news=bool(self._trouble or before.problem))
        self._trouble = ""
        if loaded.text in (before.text, self._text):
            return False
        if self._text != before.text:
            self._keep_ours(before.has_bom)
        self._put(loaded.text, "change on disk")
        return True

    def _keep_ours(self, has_bom: bool) -> None:
        try:
            store.keep_copy(self._path, encode(self._text, has_bom=has_bom))
        except SaveError as error:
            self._trouble = f"your text could not be kept beside the file ({error.reason}); undo shows it"
        else:
            self._drop_draft()

    def _keep_draft(self) -> None:
        """Put half-typed text into the hidden file; one that an earlier session left there is moved out of the way."""
        self._drafts.add(self._text)
        try:
            if self._left_draft:
                store.keep_copy(self._path, self._left_draft.encode())
                self._left_draft = ""
            store.save_draft(self._path, self._text)
            self._has_draft, self._trouble = True, ""
        except SaveError as error:
            self._trouble = f"the draft is not kept beside the file: {error.reason}"

    def _drop_draft(self) -> None:
        if self._has_draft:
            self._has_draft = False
            store.drop_draft(self._path)

    def _file_diagnostics(self) -> Iterator[Diagnostic]:
        if self.problem:
            yield Diagnostic(code="file", severity="error" if self._stored.problem else "warning", message=self.problem)
        if self._left_draft:
            name = store.draft_path(self._path).name
            message = f"text that was typed earlier and does not compile is kept in {name}; restore it or discard it"
            yield Diagnostic(code="draft", severity="note", message=message)


def _each(edit: object) -> tuple[Any, ...]:
    # Text is a sequence, too, and an empty one would pass for no edits at all.
    return tuple(edit) if isinstance(edit, Sequence) and not isinstance(edit, (str, bytes)) else (edit,)
