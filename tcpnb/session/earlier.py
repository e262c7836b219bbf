"""Tell of an earlier kernel that served a design and did not end well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcpnb.runtime.blackbox import stories_of

if TYPE_CHECKING:
    from pathlib import Path

    from tcpnb.runtime.log import EventLog

__all__ = ("tell_of_earlier",)


def tell_of_earlier(design: Path, log: EventLog) -> tuple[str, ...]:
    """Put what is known of it into the log as rows, and return their texts; each is told once."""
    stories = stories_of(design)
    for story in stories:
        log.write("warning", story.text, file=story.file, line=story.line, traceback=story.traceback)
    return tuple(story.text for story in stories)
