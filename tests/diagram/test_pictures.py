"""Pictures of real designs: every thing has its element, its line and its words, in both themes, with each renderer."""

from __future__ import annotations

import re
import time
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest
from fakes.pictures import assert_harmless, elements, titles, words
from fakes.talks import FIXTURES
from graphviz.backend import dot_command

from tcpnb import diagram
from tcpnb.diagram import Diagram, renderer
from tcpnb.diagram.theme import DARK, FONTS, LIGHT
from tcpnb.diagram.types import lines
from tcpnb.errors import DiagramError
from tcpnb.model.design import ClassDesign, Design, ListenerDesign, MethodDesign, ServiceDesign
from tcpnb.source.reader import read

EVERY = pytest.mark.parametrize("fixture", FIXTURES, ids=lambda one: one.name)


def design_of(fixture):
    return read(fixture.path.read_text()).design


def things(design):
    found = {f"listener:{one.name}" for one in design.listeners} | {f"service:{one.name}" for one in design.services}
    found |= {f"class:{one.name}" for one in design.classes} | {f"plain:{one.name}" for one in design.plain_classes}
    return found | {f"connection:{one.name}" for one in design.connections}


def all_steps(steps, path=()):
    for index, step in enumerate(steps):
        yield (*path, index)
        for number, block in enumerate(step.blocks):
            yield from all_steps(block.steps, (*path, index, number))


@EVERY
@pytest.mark.parametrize("theme", ["light", "dark", "page"])
def test_types_show_every_thing(fixture, theme, program):
    design = design_of(fixture)
    picture = diagram.types(design, theme)
    assert set(elements(picture.svg, "node")) == things(design)
    assert len(elements(picture.svg, "edge")) == len(list(lines(design)))
    assert_harmless(picture.svg)
    for one in (*design.services, *design.classes):
        prefix = "service" if one in design.services else "class"
        shown = words(picture.svg, f"{prefix}:{one.name}")
        assert one.name in shown
        for member in (*one.variables, *one.methods):
            assert member.name in shown
            assert member.name in picture.text


@EVERY
def test_overview_shows_every_thing_and_its_entry_points(fixture, program):
    design = design_of(fixture)
    picture = diagram.overview(design)
    drawn = {one for one in things(design) if not one.startswith("plain:")}
    assert set(elements(picture.svg, "node")) == drawn | {f"port:{one.name}" for one in design.listeners}
    assert_harmless(picture.svg)


LOOSE = """from tcpnb import tcp

spare_listener = tcp.Listener(1)
tcp_listener = tcp.Listener(2)
loose_client = tcp.Client("nobody.local", 3)
tcp_client = tcp.Client("example.org", 4)


@tcp.service(tcp_listener)
class TcpService:
    def on_connect(self, caller):
        return Worker()


class Base(tcp.ConnectionService):
    pass


class Worker(Base):
    async def on_bytes(self, data):
        await tcp_client.write_bytes(data)


class Idle(tcp.ConnectionService):
    pass
"""


def test_overview_has_entry_points_left_and_connections_right_joined_or_not(program):
    svg = diagram.overview(read(LOOSE).design).svg
    spans = {}
    for one in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}g"):
        kind = (one.get("id") or "").partition(":")[0]
        if "node" not in (one.get("class") or "").split():
            continue
        points = [float(x) for x, _ in re.findall(r"(-?[\d.]+),(-?[\d.]+)", ET.tostring(one, encoding="unicode"))]
        low, high = spans.get(kind, (points[0], points[0]))
        spans[kind] = (min(low, *points), max(high, *points))
    kinds = ["port", "listener", "service", "class", "connection"]
    assert sorted(spans, key=spans.get) == kinds
    assert all(spans[left][1] < spans[right][0] for left, right in pairwise(kinds))
    assert sorted(one.partition(":")[0] for one in elements(svg, "edge")) == [
        "creates", "enters", "enters", "extends", "listens-on", "uses",
    ]  # fmt: skip


@EVERY
def test_flow_shows_every_step(fixture, program):
    design = design_of(fixture)
    for one in (*design.services, *design.classes):
        for method in one.methods:
            picture = diagram.flow(design, f"{one.name}.{method.name}")
            paths = {"step:" + ".".join(map(str, path)) for path in all_steps(method.flow)}
            assert set(elements(picture.svg, "node")) - {"start", "end"} == paths
            assert len(picture.text.splitlines()) > len(paths)
            assert_harmless(picture.svg)
    for function in design.functions:
        assert function.name in diagram.flow(design, function.name).svg


@EVERY
def test_same_design_gives_the_same_bytes(fixture, program):
    for make in (diagram.types, diagram.overview):
        first, second = make(design_of(fixture)), make(design_of(fixture))
        assert (first.dot, first.svg, first.text, first.png) == (second.dot, second.svg, second.text, second.png)


ECHO = Design(
    listeners=(ListenerDesign(name="tcp_listener", port="9000"),),
    services=(
        ServiceDesign(
            name="TcpService",
            listeners=("tcp_listener", "missing"),
            creates=("TcpEchoService", "Nobody"),
            methods=(MethodDesign(name="on_connect"),),
        ),
    ),
    classes=(ClassDesign(name="TcpEchoService", methods=(MethodDesign(name="on_bytes"),)),),
)


def test_lines_lead_between_things_that_are_there():
    assert list(lines(ECHO)) == [
        ("listens on", "service:TcpService", "listener:tcp_listener"),
        ("creates", "service:TcpService", "class:TcpEchoService"),
    ]


def test_elements_have_ids_classes_and_names_for_people(program):
    picture = diagram.types(ECHO)
    assert titles(picture.svg) == {
        "listener:tcp_listener": "listener tcp_listener, port 9000",
        "service:TcpService": "service TcpService",
        "class:TcpEchoService": "connection service class TcpEchoService",
        "listens-on:service:TcpService:listener:tcp_listener": "TcpService listens on tcp_listener",
        "creates:service:TcpService:class:TcpEchoService": "TcpService creates TcpEchoService",
    }
    kinds = {one.get("id"): one.get("class") for one in ET.fromstring(picture.svg).iter() if one.get("id")}
    assert kinds["class:TcpEchoService"] == "node connection_class"
    assert kinds["creates:service:TcpService:class:TcpEchoService"] == "edge creates"


def test_svg_has_a_name_a_description_and_fonts_that_are_there(program):
    svg = diagram.types(ECHO).svg
    root = ET.fromstring(svg)
    assert root.get("role") == "img"
    assert root.get("width", "pt").replace(".", "").isdigit()
    title, description = root[0], root[1]
    assert title.text == "Types: 1 listener, 1 service, 1 class"
    assert description.text == diagram.types(ECHO).text
    families = {one.get("font-family") for one in root.iter() if one.get("font-family")}
    assert families == {FONTS}
    assert "<!--" not in svg  # no renderer's version: the same bytes on every machine that has it


def test_text_twin_says_the_same():
    assert diagram.types(ECHO).text == (
        "tcp_listener (listener), port 9000\n"
        "TcpService (service)\n"
        "  listens on tcp_listener\n"
        "  creates TcpEchoService\n"
        "  method on_connect()\n"
        "TcpEchoService (connection service class)\n"
        "  method on_bytes()"
    )


def test_empty_design_says_so(program):
    for make in (diagram.types, diagram.overview):
        picture = make(Design())
        assert "no service yet" in words(picture.svg)
        assert picture.text == "no service yet"


def test_png_is_an_image_and_follows_no_page(program):
    assert diagram.types(ECHO).png.startswith(b"\x89PNG\r\n")
    assert diagram.types(ECHO, "page").png == diagram.types(ECHO, "light").png
    assert diagram.types(ECHO, "dark").png != diagram.types(ECHO, "light").png


def test_page_theme_leaves_colours_to_the_page(program):
    svg = diagram.types(ECHO, "page").svg
    colours = {
        value
        for one in ET.fromstring(svg).iter()
        for name in ("fill", "stroke")
        if (value := one.get(name)) not in {None, "none", "transparent", "black"}
    }
    assert colours
    assert all(value.startswith("var(--tcpnb-") for value in colours), colours
    assert "a1b2" not in svg.lower()


def luminance(colour):
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda one: one.name)
@pytest.mark.parametrize("role", ["text", "second", "action", "works", "control", "error", "warning"])
def test_words_can_be_read(theme, role):
    """WCAG AA: 4.5 to 1 on both grounds."""
    for ground in (theme.ground, theme.card):
        dark, light = sorted((luminance(getattr(theme, role)), luminance(ground)))
        assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize("suffix", [".svg", ".png", ".dot", ".gv", ".txt", ".SVG"])
def test_saves_by_suffix(tmp_path, suffix):
    picture = diagram.types(ECHO)
    target = picture.save(str(tmp_path / f"types{suffix}"))
    content = {
        ".svg": picture.svg.encode(),
        ".png": picture.png,
        ".dot": picture.dot.encode(),
        ".txt": picture.text.encode(),
    }
    assert target.read_bytes() == content[{".gv": ".dot"}.get(suffix.lower(), suffix.lower())]


@pytest.mark.parametrize("name", ["types.jpg", "types"])
def test_refuses_other_suffixes(tmp_path, name):
    with pytest.raises(DiagramError, match=r"use \.svg, \.png, \.dot or \.txt"):
        diagram.types(ECHO).save(tmp_path / name)


REFUSED = [
    (lambda: diagram.types(ECHO, "pink"), "no theme 'pink'"),
    (lambda: diagram.flow(ECHO, "Nobody.on_bytes"), "there is no Nobody.on_bytes"),
    (lambda: diagram.flow(ECHO, "TcpEchoService.nothing"), "there is no TcpEchoService.nothing"),
    (lambda: diagram.flow(ECHO, "on_bytes"), "there is no on_bytes"),
    (lambda: diagram.flow(ECHO, ""), "there is no "),
    (lambda: diagram.types(Design(classes=tuple(ClassDesign(name=f"A{n}") for n in range(401)))), "too many for one"),
]


@pytest.mark.parametrize(("draw", "words_of_it"), REFUSED)
def test_tells_what_cannot_be_drawn(draw, words_of_it):
    with pytest.raises(DiagramError, match=words_of_it):
        draw()


def test_shows_itself_in_a_notebook(program):
    bundle = diagram.types(ECHO)._repr_mimebundle_()
    assert set(bundle) == {"image/svg+xml", "text/plain"}
    assert bundle["image/svg+xml"].startswith("<svg ")


def test_is_text_where_nothing_can_draw(monkeypatch):
    def nothing():
        raise DiagramError("no program to draw with")

    monkeypatch.setattr("tcpnb.diagram.renderer.find", nothing)
    picture = diagram.types(ECHO)
    bundle = picture._repr_mimebundle_()
    assert set(bundle) == {"text/plain"}
    assert bundle["text/plain"] == f"{picture.text}\n\n(no program to draw with)"
    with pytest.raises(DiagramError):
        _ = picture.svg


def test_renderer_that_fails_is_told_in_its_own_words(program):
    with pytest.raises(DiagramError, match="could not draw"):
        _ = Diagram(title="", dot="digraph {", text="").svg


def test_renderer_is_the_systems_or_our_own(monkeypatch, tmp_path):
    renderer.find.cache_clear()
    monkeypatch.setenv("PATH", str(tmp_path))
    own = tmp_path / "scripts"
    own.mkdir()
    monkeypatch.setattr("sysconfig.get_path", lambda _: str(own))
    with pytest.raises(DiagramError, match="pip install graphviz-pure"):
        renderer.find()
    for path in (own / "graphviz-pure", tmp_path / "dot"):
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
        renderer.find.cache_clear()
        assert renderer.find() == path
    renderer.find.cache_clear()


def test_the_users_graphviz_keeps_its_own_program(program):
    before = dot_command.DOT_BINARY
    _ = diagram.types(ECHO).svg
    assert before == dot_command.DOT_BINARY


def many():
    """Fifty classes of some size, with services and listeners."""
    methods = tuple(MethodDesign(name=f"method_{number}") for number in range(6))
    return Design(
        listeners=tuple(ListenerDesign(name=f"listener_{n}", port=str(9000 + n)) for n in range(10)),
        services=tuple(
            ServiceDesign(name=f"S{n}", listeners=(f"listener_{n}",), creates=tuple(f"C{5 * n + k}" for k in range(5)))
            for n in range(10)
        ),
        classes=tuple(ClassDesign(name=f"C{number}", methods=methods) for number in range(50)),
    )


@pytest.mark.benchmark
def test_fifty_classes_take_fifty_milliseconds():
    _ = diagram.types(ECHO).svg
    best = 1e9
    for _ in range(10):
        start = time.perf_counter()
        assert len(diagram.types(many()).svg) > 10_000
        best = min(best, time.perf_counter() - start)
    print(f"50 classes: {best * 1000:.1f} ms")
    assert best < 0.05


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    picture = diagram.types(ECHO)
    with pytest.raises(DiagramError, match=r"x\.svg could not be written: "):
        picture.save(tmp_path / "not there" / "x.svg")
