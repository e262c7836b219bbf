"""Two services on one listener: left alone, reported, mended."""

from __future__ import annotations

import pytest
from fakes.checking import assert_reports, found, mended, module

CODE = "shared-listener"

LEFT_ALONE = [
    module("l = tcp.Listener(1)\nm = tcp.Listener(2)\n@tcp.service(l)\nclass A: ...\n@tcp.service(m)\nclass B: ..."),
    module("l = tcp.Listener(1)\n@tcp.service(l, l)\nclass A: ..."),
]

REPORTED = [
    (
        module("l = tcp.Listener(1)\n@tcp.service(l)\nclass A: ...\n@tcp.service(l)\nclass «B»: ..."),
        "l already serves A",
    ),
]

MENDED = [
    (
        module(
            "l = tcp.Listener(1)\nm = tcp.Listener(2)\n@tcp.service(l)\nclass A: ...\n@tcp.service(m, l)\nclass B: ..."
        ),
        "@tcp.service(m)",
    ),
]


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_leaves_alone(text):
    assert found(text, CODE) == ()


@pytest.mark.parametrize(("text", "words"), REPORTED)
def test_reports(text, words):
    assert_reports(CODE, text, words)


@pytest.mark.parametrize(("text", "written"), MENDED)
def test_mends(text, written):
    assert written in mended(CODE, text)
