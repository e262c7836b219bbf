"""What holds for every rule: it says what it is, never raises, and is pleased by the kit's own templates."""

from __future__ import annotations

import ast
import importlib
import sysconfig
import time
from pathlib import Path

import pytest
from fakes.checking import found, mended

from tcpnb.model.rules import ALL, OUTSIDE, RuleContext, check_all
from tcpnb.source import templates
from tcpnb.source.reader import read

RULES = Path(importlib.import_module("tcpnb.model.rules").__file__).parent
HELPERS = {"__init__", "annotations", "constructions", "context", "patches", "paths", "sockets", "values"}


def test_every_file_is_a_rule_or_a_helper():
    names = {path.stem for path in RULES.glob("*.py")}
    assert names - HELPERS == {code.replace("-", "_") for code in ALL}
    assert set(ALL) >= OUTSIDE


@pytest.mark.parametrize("code", ALL)
def test_rule_says_what_why_and_by_example(code):
    documentation = importlib.import_module(f"tcpnb.model.rules.{code.replace('-', '_')}").__doc__
    for word in ("\nWhat: ", "\nWhy: ", "\nExample: "):
        assert word in documentation
    assert (Path(__file__).parent / f"test_{code.replace('-', '_')}.py").exists()


@pytest.mark.parametrize("template", templates.TEMPLATES)
@pytest.mark.parametrize(("port", "codes"), [("0", []), ("9000", []), ("80", ["ports"])])
def test_templates_please_every_rule(template, port, codes):
    text = templates.service_text(template, port, "tcp_listener")
    assert [one.code for one in found(text)] == codes
    assert all(one.severity == "note" for one in found(text))


def test_one_mistake_is_told_once():
    """The peer's own case: an unknown class is exactly one error (c, compile-time tests)."""
    text = templates.service_text("echo", "0", "tcp_listener").replace("= TcpEchoService()", "= TcpEkoService()")
    assert [one.code for one in found(text)] == ["on-connect-result"]
    assert "TcpEchoService()" in mended("on-connect-result", text)


def sources():
    """The standard library of this Python: thousands of files that are no designs."""
    folder = Path(sysconfig.get_path("stdlib"))
    return sorted(path for path in folder.rglob("*.py") if "site-packages" not in path.parts)


def check_file(path):
    text = path.read_text(encoding="utf-8", errors="replace")
    reading = read(text)
    if reading.tree is None:
        return 0
    for diagnostic in check_all(RuleContext(text=text, tree=reading.tree, design=reading.design, path=path)):
        assert diagnostic.code in ALL
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text)
    return 1


def test_no_rule_raises_on_any_python():
    assert sum(check_file(path) for path in sources()[::40]) > 10


@pytest.mark.exhaustive
@pytest.mark.timeout(900)
def test_no_rule_raises_on_the_whole_standard_library():
    assert sum(check_file(path) for path in sources()) > 500


ONE = """

listener_NUMBER = tcp.Listener(9NUMBER)


@tcp.service(listener_NUMBER)
class ServiceNUMBER:
    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService | tcp.Error:
        connection_service = EchoNUMBER()
        return connection_service


class EchoNUMBER(tcp.ConnectionService):
    count: int = 0

    async def on_bytes(self, caller: tcp.Caller, data: bytes) -> bytes | tcp.Error | None:
        self.count += 1
        if data == b"quit":
            await asyncio.sleep(1)
            caller.close()
        elif len(data) > 3:
            for one in range(3):
                caller.write_bytes(data[one:])
        return data

    def on_error(self, error: tcp.Error) -> None:
        tcp.log.error("trouble", error=error)
"""


def long_design():
    """A thousand lines of services."""
    return "import asyncio\nfrom tcpnb import tcp\n" + "".join(
        ONE.replace("NUMBER", str(number)) for number in range(100, 136)
    )


def best_times(text):
    """The best of some times, in seconds, of all rules and of compiling the same text here and now."""
    reading = read(text)
    best = {"rules": 1e9, "compile": 1e9}
    for _ in range(7):
        start = time.process_time()
        compile(ast.parse(text), "design.py", "exec", dont_inherit=True)
        best["compile"] = min(best["compile"], time.process_time() - start)
        start = time.process_time()
        assert check_all(RuleContext(text=text, tree=reading.tree, design=reading.design)) == ()
        best["rules"] = min(best["rules"], time.process_time() - start)
    return best


def test_no_rule_is_quadratic():
    """Four times the text takes about four times as long, told next to compiling it; sixteen times would show."""
    text = long_design()
    assert 950 <= len(text.splitlines()) <= 1050
    short = best_times(
        "import asyncio\nfrom tcpnb import tcp\n" + "".join(ONE.replace("NUMBER", str(n)) for n in range(100, 109))
    )
    long = best_times(text)
    assert long["rules"] / long["compile"] < 2.5 * short["rules"] / short["compile"], (short, long)


@pytest.mark.benchmark
def test_all_rules_take_thirty_milliseconds_for_a_thousand_lines():
    best = best_times(long_design())
    print({name: f"{seconds * 1000:.1f} ms" for name, seconds in best.items()})
    assert best["rules"] < 0.03
