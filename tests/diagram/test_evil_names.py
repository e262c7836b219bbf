"""Words of a user are words in every picture, whatever they are made of (S04)."""

from __future__ import annotations

import html
import re

import pytest
from fakes.pictures import assert_harmless, elements, words
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tcpnb import diagram
from tcpnb.diagram import renderer
from tcpnb.diagram.dot import MOST, Graph, font, plain
from tcpnb.diagram.dot import words as safe_words
from tcpnb.model.design import (
    ClassDesign,
    ConnectionDesign,
    Design,
    ListenerDesign,
    MethodDesign,
    ParameterDesign,
    ServiceDesign,
    VariableDesign,
)
from tcpnb.model.events import Event
from tcpnb.model.flow import Block, Step

# fmt: off
EVIL = [
    '"', "\\", '\\"', "\\N", "\\G", "\\n", "x\\", '"];evil[label="', "</TD></TR></TABLE>>];evil[label=<", "<b>bold</b>",
    "&lt;&amp;", "&#x26;", "]]>", "<!--", "<script>alert(1)</script>", "javascript:alert(1)", '" URL="javascript:x',
    "a\nb\r\tc", "\x00\x1b[31m", "\u202egnp.exe", "\u200b", "\ud800", "\U0001f600", "é",
    "漢字", "", " ", "{a|b}", "%s{0}",
    "]", "]]", "]]]", "x]", "]>", "\\\\", "b'\\\\\\N'",
    "'" * 3, "-- -->", "x" * 500, "\\\\" * 100, ":n:s", "subgraph cluster_x {", "//", "/*", "#",
]
# fmt: on


def evil_design(text):
    """A design with the text wherever a design has words that are no names, and in the names too."""
    steps = (
        Step(kind="code", fields=(("code", text),)),
        Step(kind="return", fields=(("expression", text),)),
        Step(kind="if", blocks=(Block(role="if", fields=(("condition", text),)), Block(role="else"))),
        Step(kind="not a kind", fields=(("x", text),)),
    )
    parameter = ParameterDesign(name=text, annotation=text, default=text)
    method = MethodDesign(name="on_bytes" + text, parameters=(parameter,), returns=text, flow=steps)
    variable = VariableDesign(name="v" + text, type=text, default=text)
    return Design(
        documentation=text,
        listeners=(ListenerDesign(name="l" + text, port=text, host=text, secure_socket=text),),
        services=(ServiceDesign(name="S" + text, listeners=("l" + text,), creates=("C" + text,), methods=(method,)),),
        classes=(ClassDesign(name="C" + text, framing=text, variables=(variable,), methods=(method,)),),
        connections=(ConnectionDesign(name="c" + text, remote_host=text, remote_port=text),),
    )


def assert_draws_words_only(text):
    design = evil_design(text)
    pictures = [(diagram.types(design), 4, 2), (diagram.overview(design), 5, 3)]
    if "." not in text:  # no part of a name
        pictures.append((diagram.flow(design, f"C{text}.on_bytes{text}"), 6, None))
    for picture, nodes, edges in pictures:
        assert len(elements(picture.svg, "node")) == nodes
        assert edges is None or len(elements(picture.svg, "edge")) == edges
        assert_harmless(picture.svg)
        assert all(line.isprintable() for line in picture.text.splitlines())
    shown = "".join(words(diagram.types(design).svg).split())
    if text.isprintable() and len(text) < 30:
        assert "".join(f"v{text}".split()) in shown


@pytest.mark.parametrize("text", EVIL)
def test_known_evil(text, program):
    assert_draws_words_only(text)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=40))
def test_any_text(text, program):
    assert_draws_words_only(text)


@pytest.mark.exhaustive
@pytest.mark.timeout(3600)
@settings(max_examples=2500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60))
def test_ten_thousand_texts(text, program):
    assert_draws_words_only(text)


def test_words_are_drawn_as_they_are(program):
    texts = [
        text
        for text in (*EVIL, "[1]", "b'\\\\x00\\\\'", "\\\\N", "\\\\\\N", "\\l\\r")
        if text.strip() and len(text) < MOST
    ]
    graph = Graph({"rankdir": "LR"})
    for number, text in enumerate(texts):
        graph.node(f"n{number}", label=f"<TABLE><TR><TD>{font(safe_words(text), color='#212121')}</TD></TR></TABLE>")
    svg = renderer.draw(graph.text, "svg").decode()
    drawn = {name: "".join(rows) for name, rows in texts_by_node(svg).items()}
    assert drawn == {f"n{number}": plain(text) for number, text in enumerate(texts)}


def texts_by_node(svg):
    found = {}
    for node in re.finditer(r'<g id="(n\d+)"(.*?)</g>', svg, re.DOTALL):
        found[node[1]] = [html.unescape(one) for one in re.findall(r"<text[^>]*>([^<]*)</text>", node[2])]
    return found


@given(text=st.text())
def test_safe_words_have_no_sign_that_means_anything(text):
    shown = safe_words(text)
    assert shown
    shown = re.sub(r"\\<FONT>([GNETHL\\])</FONT>", r"\1", shown)
    assert not set(shown) & set("<>\"'\n\r\x00")
    assert re.fullmatch(r"(?:[^&]|&(?:#x27|#93|#160|quot|amp|lt|gt);)*", shown)


def event(seq, kind, **facts):
    given_facts = {"time": seq / 1000, "wall": 0.0, "listener": "tcp_listener", "connection": 3}
    return Event(seq=seq, kind=kind, **(given_facts | facts))


@pytest.mark.parametrize("text", EVIL)
def test_conversation_shows_bytes_as_words(text, program):
    data = text.encode("utf-8", "surrogatepass")
    events = [
        event(1, "connected", fields={"peer": text}),
        event(2, "bytes_received", data=data, size=len(data)),
        event(3, "log", text=text),
        event(4, "closed", fields={"reason": text}),
    ]
    picture = diagram.sequence(events)
    assert {"event:1", "event:2", "event:3", "event:4"} <= set(elements(picture.svg, "node"))
    assert_harmless(picture.svg)
    assert len(picture.text.splitlines()) == 5
