"""Every block of the README runs."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import tcpnb
from tcpnb.client.script import Target, run_script

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    tcpnb.stop_all()


def tour(folder: Path) -> dict[str, object]:
    namespace: dict[str, object] = {"__name__": "tour"}
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), namespace)
    return namespace


def test_the_tour_runs(folder, capsys):
    tour(folder)
    out = capsys.readouterr().out
    assert "class TcpEchoService(tcp.ConnectionService):" in out
    assert "bytes received" in out
    assert "<svg" in (folder / "types.svg").read_text()


def test_the_tour_runs_twice(folder, capsys):
    """All cells of a notebook can run again."""
    tour(folder)
    tour(folder)


def commands() -> list[str]:
    return [line for block in blocks("sh") for line in block.splitlines() if line.strip()]


def test_the_two_commands_are_the_ones_that_ci_calls():
    run, test = (line for line in commands() if line.startswith("python3 -m venv"))
    assert run == "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/tcpnb lab"
    assert test in (ROOT / ".ci" / "run").read_text()


def test_every_other_command_runs(folder, capsys):
    tour(folder)
    others = [line for line in commands() if not line.startswith("python3 -m venv")]
    assert len(others) >= 2
    for line in others:
        output = serve(line, folder) if " run " in line else finish(line, folder)
        assert "Traceback" not in output


def finish(line: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *line.split()], cwd=folder, capture_output=True, text=True, timeout=20, check=False
    )
    assert done.returncode == 0, line + "\n" + done.stdout + done.stderr
    return done.stdout + done.stderr


def serve(line: str, folder: Path) -> str:
    """Run a server until it says that it listens, then ask it to end."""
    words = [sys.executable, "-m", *line.split()]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder) as process:
        try:
            assert process.stdout is not None
            first = process.stdout.readline()
            assert re.search(r"listening on 127\.0\.0\.1:\d+ \(tcp_listener\)", first), first
            os.kill(process.pid, signal.SIGTERM)
            output, _ = process.communicate(timeout=20)
            assert process.returncode == 0, output
            return first + output
        finally:
            process.kill()


def test_the_client_cell_runs(folder):
    tour(folder)
    echo = tcpnb.open("echo_service.py")
    echo.start()
    (cell,) = (block for block in blocks("text") if "%%tcp_client" in block)
    script = cell.split("%%tcp_client echo\n")[1]
    host, port = echo.addresses["tcp_listener"]
    transcript = run_script(script, Target(host=host, port=port))
    assert "hello" in str(transcript)


def test_every_link_to_a_file_leads_somewhere():
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_promise_names_a_test_that_there_is():
    promises = re.findall(r"^\| .+ \| `(test_\w+)` \|$", README, re.MULTILINE)
    assert len(promises) > 15
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name in promises if f"def {name}(" not in tests] == []
