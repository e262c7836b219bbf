"""Colours and fonts of the pictures: by role, light and dark, as on the Studio's screens."""

from __future__ import annotations

from dataclasses import dataclass, fields

from tcpnb.errors import DiagramError, shown

__all__ = ("DARK", "FONT", "FONTS", "LIGHT", "PAGE", "Theme", "for_page", "in_light", "theme")

FONT = "Courier New"
"""What boxes are measured with: every monospace face is about 0.6 em wide, so that text fits whichever is there."""
FONTS = "Courier New,Cousine,Liberation Mono,DejaVu Sans Mono,Menlo,Consolas,monospace"
"""What pages are asked to draw with, first found first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """A colour for each role."""

    name: str
    ground: str
    card: str
    line: str
    """Edges of boxes."""
    rule: str
    """Rules within boxes, frames of groups."""
    arrow: str
    text: str
    second: str
    """Less important text."""
    action: str
    """Services, and what is received."""
    works: str
    """Listeners, and what is sent."""
    control: str
    """Classes, and steps that decide."""
    error: str
    warning: str
    """Error paths."""


LIGHT = Theme(
    name="light",
    ground="#ffffff",
    card="#ffffff",
    line="#9e9e9e",
    rule="#e0e0e0",
    arrow="#757575",
    text="#212121",
    second="#5c5c5c",
    action="#1565c0",
    works="#2e7d32",
    control="#00707d",
    error="#b71c1c",
    warning="#a84f00",
)
DARK = Theme(
    name="dark",
    ground="#212121",
    card="#2a2a2a",
    line="#757575",
    rule="#4a4a4a",
    arrow="#9e9e9e",
    text="#e6e6e6",
    second="#b0b0b0",
    action="#64b5f6",
    works="#81c784",
    control="#4dd0e1",
    error="#ef9a9a",
    warning="#ffb74d",
)
_ROLES = tuple(one.name for one in fields(Theme) if one.name != "name")
PAGE = Theme(name="page", **{role: f"#{0xA1B200 + number:06x}" for number, role in enumerate(_ROLES)})
"""Colours that no picture has: marks in whose place a page's own go, so that a picture follows its theme live."""
_THEMES = {one.name: one for one in (LIGHT, DARK, PAGE)}


def for_page(text: str) -> str:
    """Put ``var(--tcpnb-ROLE, light colour)`` in place of the marks of the page theme."""
    for role in _ROLES:
        text = text.replace(getattr(PAGE, role), f"var(--tcpnb-{role}, {getattr(LIGHT, role)})")
    return text


def in_light(text: str) -> str:
    """Put the light colours in place of the marks of the page theme: images cannot follow a page."""
    for role in _ROLES:
        text = text.replace(getattr(PAGE, role), getattr(LIGHT, role))
    return text


def theme(name: str | Theme) -> Theme:
    """Return the theme of a name: ``light``, ``dark``, or ``page`` for colours that the page sets."""
    if isinstance(name, Theme):
        return name
    if not isinstance(name, str) or name not in _THEMES:
        raise DiagramError(f"there is no theme {shown(name)}; choose 'light', 'dark' or 'page'")
    return _THEMES[name]
