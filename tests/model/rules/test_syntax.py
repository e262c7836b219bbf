"""Text that parses but does not compile: left alone, reported."""

from __future__ import annotations

from fakes.checking import leaves_alone, on_bytes, reports

CODE = "syntax"

LEFT_ALONE = [
    on_bytes("return data"),
    "x = 1 is 1\n",
    "'\\d'\n",
    "",
    "\n\n",
    "# only a comment",
]

REPORTED = [
    ("«r»eturn 1\n", "'return' outside function"),
    (on_bytes("await data"), "outside async function"),
    (on_bytes("global data"), "is parameter and global"),
    ("break\n", "'break' outside loop"),
]


test_leaves_alone = leaves_alone(CODE, LEFT_ALONE)
test_reports = reports(CODE, REPORTED)
