"""What is in an SVG: elements by id, words, and nothing that acts."""

from __future__ import annotations

import xml.etree.ElementTree as ET

SVG = "{http://www.w3.org/2000/svg}"
HARMLESS = {
    "svg",
    "g",
    "title",
    "desc",
    "polygon",
    "polyline",
    "path",
    "ellipse",
    "text",
    "tspan",
    "rect",
    "line",
    "circle",
}


def elements(svg, kind):
    """The ids of all nodes, edges or clusters."""
    root = ET.fromstring(svg)
    return [one.get("id") for one in root.iter(f"{SVG}g") if (one.get("class") or "").split()[:1] == [kind]]


def titles(svg):
    """Each element's id and accessible name."""
    root = ET.fromstring(svg)
    found = {}
    for one in root.iter(f"{SVG}g"):
        title = one.find(f"{SVG}title")
        if title is not None:
            found[one.get("id")] = title.text
    return found


def words(svg, identity=""):
    """Everything written in a picture, or in one element of it."""
    root = ET.fromstring(svg)
    start = next(one for one in root.iter(f"{SVG}g") if one.get("id") == identity) if identity else root
    return " ".join("".join(one.itertext()).replace("\u00a0", " ") for one in start.iter(f"{SVG}text"))


def assert_harmless(svg):
    """No element that acts, no attribute that leads anywhere or runs."""
    for one in ET.fromstring(svg).iter():
        assert one.tag.removeprefix(SVG) in HARMLESS, one.tag
        for name, value in one.attrib.items():
            assert not name.startswith("on"), name
            assert "href" not in name.lower(), name
            assert "javascript:" not in value.lower() or name == "id", value
