"""Sixty things that a hostile peer may send, to see that none of them becomes more than text."""

from __future__ import annotations

__all__ = ("MARKUP", "PAYLOADS", "UNPRINTABLE")

_SET = "window.__xss=1"

MARKUP: tuple[str, ...] = (
    f"<script>{_SET}</script>",
    f"<img src=x onerror={_SET}>",
    f'"><img src=x onerror={_SET}>',
    f"'><svg onload={_SET}>",
    f"<svg><script>{_SET}</script></svg>",
    f"<svg/onload={_SET}>",
    f"<iframe src=javascript:parent.{_SET}></iframe>",
    f'<iframe srcdoc="<script>parent.{_SET}</script>"></iframe>',
    f"<body onload={_SET}>",
    f"<details open ontoggle={_SET}>x</details>",
    f"<input autofocus onfocus={_SET}>",
    f"<video><source onerror={_SET}></video>",
    f"<audio src=x onerror={_SET}>",
    f"<object data=javascript:{_SET}></object>",
    f"<embed src=javascript:{_SET}>",
    f"<a href=javascript:{_SET}>click</a>",
    f"[click](javascript:{_SET})",
    f"<math><mi xlink:href=javascript:{_SET}>x</mi></math>",
    f"<form><button formaction=javascript:{_SET}>x</button></form>",
    f"<marquee onstart={_SET}>x</marquee>",
    f"<style>@import 'javascript:{_SET}';</style>",
    f"<link rel=stylesheet href=javascript:{_SET}>",
    f"<meta http-equiv=refresh content='0;url=javascript:{_SET}'>",
    f"<base href=javascript:{_SET}//>",
    f"<template><script>{_SET}</script></template>",
    f"<noscript><p title='</noscript><img src=x onerror={_SET}>'>",
    f"<textarea></textarea><script>{_SET}</script>",
    f"</textarea><img src=x onerror={_SET}>",
    f"</pre><img src=x onerror={_SET}>",
    f"</script><script>{_SET}</script>",
    f"<!--><img src=x onerror={_SET}>-->",
    f"<![CDATA[><img src=x onerror={_SET}>]]>",
    f"<img src='x'onerror='{_SET}'>",
    f"<IMG SRC=x OnErRoR={_SET}>",
    f"<img\tsrc=x\nonerror={_SET}>",
    f"&lt;img src=x onerror={_SET}&gt;",
    f"&#60;script&#62;{_SET}&#60;/script&#62;",
    f"\\u003cscript\\u003e{_SET}\\u003c/script\\u003e",
    f"%3Cscript%3E{_SET}%3C/script%3E",
    f"${{{_SET}}}",
    f"{{{{constructor.constructor('{_SET}')()}}}}",
    f"$\\href{{javascript:{_SET}}}{{x}}$",
    f"$$\\unicode{{<img src=x onerror={_SET}>}}$$",
    '{"__html": "<img src=x onerror=' + _SET + '>"}',
    '{"dangerouslySetInnerHTML": {"__html": "<script>' + _SET + '</script>"}}',
    '{"__proto__": {"onerror": "' + _SET + '"}}',
)
"""Markup, templates and formulas that would set ``window.__xss``."""

UNPRINTABLE: tuple[bytes, ...] = (
    b"\x1b[31mred\x1b[0m",
    b"\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\",
    b"\x9b31m\x9d8;;x\x9c",
    b"\x07\x08\x08\x08bell",
    b"\x00\x01\x02\x7f",
    b"\r\nHTTP/1.1 200 OK\r\n\r\n",
    "\u202egpj.exe\u202c \u2066iso\u2069".encode(),
    "zero\u200bwidth\u200d\ufeffjoin\u00ad".encode(),
    "line\u2028par\u2029graph\u0085".encode(),
    "tag\U000e0041\U000e007f private\ue000".encode(),
    b"\xed\xa0\x80\xed\xbf\xbf lone surrogates",
    b"\xff\xfe\xc0\x80\xf4\x90\x80\x80 no UTF-8",
    ("z" + "\u0334\u0335\u0336" * 40).encode(),
    b"A" * 200_000,
)
"""Bytes that would move a cursor, turn text round or hide in it, or fill a page."""

PAYLOADS: tuple[bytes, ...] = (*(text.encode() for text in MARKUP), *UNPRINTABLE)
"""All sixty."""
