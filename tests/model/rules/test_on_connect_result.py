"""An on_connect that gives nothing to serve by (b70, b21): left alone, reported, mended."""

from __future__ import annotations

from fakes.checking import leaves_alone, mends, reports, service

CODE = "on-connect-result"

LEFT_ALONE = [
    service("def on_connect(self, caller): return Echo()"),
    service("def on_connect(self, caller):\n    one = Echo()\n    return one"),
    service(
        "def on_connect(self, caller):\n    if caller.id > 9:\n        return tcp.Error('full')\n    return Echo()"
    ),
    service("def on_connect(self, caller):\n    raise tcp.Error('closed today')"),
    service("def on_connect(self, caller):\n    return self.make()\ndef make(self): return Echo()"),
    service("def on_connect(self, caller):\n    return Other()", after="from other import Other\n"),
    service("def on_connect(self, caller):\n    return make()", after="def make(): return Echo()\n"),
    service("def on_connect(self, caller):\n    kind = Echo\n    return kind()"),
    service(
        "def on_connect(self, caller):\n    match caller.id:\n        case 1: return Echo()\n        case _: return"
    ),
    service("def on_connect(self, caller):\n    while True:\n        return Echo()"),
    service("def on_connect(self, caller):\n    try:\n        return Echo()\n    finally:\n        print()"),
]

REPORTED = [
    (service("def «on_connect»(self, caller):\n    Echo()"), "every connection is closed at once; return Echo()"),
    (service("def «on_connect»(self, caller):\n    return None"), "returns nothing"),
    (service("def «on_connect»(self, caller):\n    if caller.id:\n        return Echo()"), "on some ways through"),
    (service("def on_connect(self, caller): return «Ecko»()"), "did you mean Echo?"),
    (service("def on_connect(self, caller):\n    one = «Ecko»()\n    return one"), "there is no class Ecko"),
    (
        service("def on_connect(self, caller):\n    one: Echo = «Nothing»()\n    return one"),
        "there is no class Nothing",
    ),
    (service("def on_connect(self, caller): return Echo() if caller.id else «Nope»()"), "there is no class Nope"),
    (
        service("def on_connect(self, caller): return «Plain»()", after="class Plain: ...\n"),
        "Plain is no connection service",
    ),
    (service("def on_connect(self, caller): return «Echo»"), "this is the class itself"),
]

MENDED = [
    (service("def on_connect(self, caller): return Ecko()"), "return Echo()"),
    (service("def on_connect(self, caller): return Echo"), "return Echo()"),
]


test_leaves_alone = leaves_alone(CODE, LEFT_ALONE)
test_reports = reports(CODE, REPORTED)
test_mends = mends(CODE, MENDED)
