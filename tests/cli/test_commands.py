"""The commands beside ``run``: new, check, lab, doctor, completion, and the help."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import pytest

import tcpnb
from tcpnb.cli import build_parser, main
from tcpnb.cli.doctor import examine

COMMANDS = ("lab", "new", "run", "check", "doctor", "completion")


def test_without_a_command_it_shows_its_help(capsys):
    assert main([]) == 0
    shown = capsys.readouterr().out
    for command in COMMANDS:
        assert f"\n    {command}" in shown
    assert "tcpnb run echo_service.py" in shown


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_that_teaches(command, capsys):
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert len(capsys.readouterr().out) > 200


def test_python_m_tcpnb_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "tcpnb", "--version"], capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout == f"tcpnb {tcpnb.__version__}\n"


def test_what_stands_behind_two_dashes_is_for_jupyter_only():
    with pytest.raises(SystemExit) as ended:
        main(["new", "x.py", "--", "--port", "1"])
    assert ended.value.code == 2


def test_an_option_for_jupyter_is_told_the_way_to_it(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["lab", "--port", "8890"])
    assert ended.value.code == 2
    assert "tcpnb lab -- --port" in capsys.readouterr().err


# new


@pytest.mark.parametrize("template", ["echo", "empty", "lines"])
def test_new_writes_a_design_that_check_accepts(template, tmp_path, capsys):
    file = tmp_path / "service.py"
    assert main(["new", str(file), "--template", template, "--port", "9000"]) == 0
    assert "tcp.Listener(9000)" in file.read_text()
    assert f"tcpnb run {file}" in capsys.readouterr().out
    assert main(["check", str(file)]) == 0
    assert "error" not in capsys.readouterr().out


def test_new_leaves_a_file_alone(tmp_path, capsys):
    file = tmp_path / "service.py"
    file.write_text("mine")
    assert main(["new", str(file)]) == 1
    assert file.read_text() == "mine"
    assert "left alone" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["service.txt"],
        [""],
        ["."],
        ["a\0.py"],
        ["no/folder/service.py"],
        ["service.py", "--port", "80x"],
        ["service.py", "--port", "9" * 5000],
        ["service.py", "--port", "65536"],
        ["service.py", "--listener-name", "class"],
    ],
)
def test_new_says_in_one_line_what_cannot_be(arguments, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["new", *arguments]) == 1
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_new_names_the_folder_that_is_missing(tmp_path, capsys):
    assert main(["new", str(tmp_path / "no" / "service.py")]) == 1
    assert capsys.readouterr().err.endswith(f"service.py: there is no folder {tmp_path / 'no'}; make it first\n")


@pytest.mark.parametrize(("folder", "words"), [("", "'' is no folder"), (" ", "' ' is no folder"), ("x", "is a file")])
def test_lab_puts_no_lessons_where_no_folder_is_named(folder, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x").write_text("mine")
    assert main(["lab", "--copy-only", folder]) == 1
    assert words in capsys.readouterr().err
    assert [each.name for each in tmp_path.iterdir()] == ["x"]


@pytest.mark.skipif(os.name != "posix", reason="a shell closes the streams")
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_command_whose_streams_are_closed_does_its_work(closed, tmp_path):
    command = f"{sys.executable} -m tcpnb new service.py {closed}"
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "service.py").read_text().startswith('"""TCP echo service."""')


def test_an_option_that_there_is_not_leads_to_the_help(capsys):
    with pytest.raises(SystemExit):
        main(["run", "echo_service.py", "--prot", "1"])
    words = "unrecognized arguments: --prot 1 (tcpnb run --help tells what there is)"
    assert words in capsys.readouterr().err


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a file that takes nothing")  # noqa: PTH110
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_output_that_cannot_be_written_is_one_line(unbuffered, tmp_path):
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run(
            [sys.executable, "-m", "tcpnb", "new", "service.py"],
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, timeout=30, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "the output cannot be written: No space left on device\n")


@pytest.mark.parametrize("option", ["--grace", "--handler-timeout"])
@pytest.mark.parametrize("seconds", ["-1", "x", "", "nan", "inf", "1e300"])
def test_seconds_that_cannot_be_waited_for_are_refused(option, seconds, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["run", "x.py", f"{option}={seconds}"])
    assert ended.value.code == 2
    assert f"{seconds!r} is no number of seconds from 0" in capsys.readouterr().err


# check


def test_check_tells_file_line_and_column(tmp_path, capsys):
    good, bad = tmp_path / "good.py", tmp_path / "bad.py"
    main(["new", str(good), "--port", "0"])
    bad.write_text("from tcpnb import tcp\n\nclass (\n")
    capsys.readouterr()
    assert main(["check", str(good), str(bad)]) == 1
    shown = capsys.readouterr().out.splitlines()
    assert [line for line in shown if line.startswith(f"{bad}:3:7: error: ")]
    assert not [line for line in shown if line.startswith(str(good)) and " error: " in line]


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path):
    missing = " ".join(f"nothing{number}.py" for number in range(2000))
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m tcpnb check {missing} | head -1"],
        cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_check_tells_a_file_that_is_no_design(tmp_path, capsys):
    other, design = tmp_path / "client.py", tmp_path / "design.py"
    other.write_text("import socket\n")
    main(["new", str(design), "--port", "0"])
    capsys.readouterr()
    assert main(["check", str(other), str(design)]) == 0
    shown = capsys.readouterr()
    assert shown.out == f"{other}:1:1: note: there is no TCP service in this file (no-service)\n"
    assert shown.err == ""


def test_check_tells_a_person_that_all_is_well(tmp_path, capsys, monkeypatch):
    main(["new", str(tmp_path / "design.py"), "--port", "0"])
    capsys.readouterr()
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert main(["check", str(tmp_path / "design.py")]) == 0
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", "1 file, no errors\n")


def test_check_knows_no_missing_file(tmp_path, capsys):
    assert main(["check", str(tmp_path / "nothing.py")]) == 1
    assert "there is no such file" in capsys.readouterr().out


def make_trouble(folder):
    (folder / "folder.py").mkdir()
    (folder / "binary.py").write_bytes(b"\xff\xfe\x00")
    (folder / "huge.py").write_bytes(b"#" * 2_000_000)
    (folder / "deep.py").write_text("(" * 5000)
    (folder / "null.py").write_bytes(b"a\0b")
    (folder / "loop.py").symlink_to("loop.py")


@pytest.mark.parametrize("name", ["folder", "binary", "huge", "deep", "null", "loop"])
def test_what_is_no_design_is_one_line_for_check_and_run(name, tmp_path, capsys):
    make_trouble(tmp_path)
    file = str(tmp_path / f"{name}.py")
    assert main(["check", file]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"{file}:1:")
    command = [sys.executable, "-m", "tcpnb", "run", file]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


@pytest.mark.parametrize(
    "option",
    [
        "--workers=0",
        "--workers=1.5",
        "--grace=-1",
        "--grace=nan",
        "--handler-timeout=x",
        "--handler-timeout=0",
        "--log=xml",
    ],
)
def test_an_option_that_cannot_be_is_refused_before_anything_starts(option, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["run", "echo_service.py", option])
    assert ended.value.code == 2
    assert option.partition("=")[0] in capsys.readouterr().err.splitlines()[-1]


def test_check_changes_and_makes_nothing(tmp_path):
    file = tmp_path / "service.py"
    file.write_bytes(b"class (\r\n")
    main(["check", str(file), str(tmp_path / "nothing.py")])
    assert [path.name for path in tmp_path.iterdir()] == ["service.py"]
    assert file.read_bytes() == b"class (\r\n"


def test_strict_makes_a_warning_fatal(tmp_path, capsys):
    file = tmp_path / "service.py"
    main(["new", str(file), "--port", "0"])
    text = file.read_text().replace(
        "        return data", "        import time\n        time.sleep(1)\n        return data"
    )
    file.write_text(text)
    capsys.readouterr()
    relaxed = main(["check", str(file)])
    assert "time.sleep" in capsys.readouterr().out
    assert (relaxed, main(["check", "--strict", str(file)])) == (0, 1)


# lab


def test_lab_puts_the_lessons_there_and_overwrites_nothing(tmp_path, capsys):
    folder = tmp_path / "lessons"
    assert main(["lab", str(folder), "--copy-only"]) == 0
    first = folder / "00-first-echo.ipynb"
    assert first.is_file()
    first.write_text("mine")
    assert main(["lab", str(folder), "--copy-only"]) == 0
    assert first.read_text() == "mine"
    assert "kept as they were" in capsys.readouterr().out


def test_lab_says_when_the_folder_cannot_be(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["lab", str(tmp_path / "file"), "--copy-only"]) == 1
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


@pytest.mark.timeout(240)
def test_lab_opens_the_first_lesson_in_jupyterlab(tmp_path, monkeypatch):
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = [f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token=secret"]
    lab = subprocess.Popen(
        [sys.executable, "-m", "tcpnb", "lab", str(tmp_path / "lessons"), "--no-browser", "--", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said = []
        while not any("/lab/tree/" in line for line in said):
            line = lab.stdout.readline()
            assert line, "".join(said)
            said.append(line)
        assert f":{port}/lab/tree/00-first-echo.ipynb" in "".join(said)
        assert "00-first-echo.ipynb" in names_served(port)
        lab.send_signal(signal.SIGTERM)
        assert lab.wait(60) == 0
    finally:
        lab.kill()
        lab.communicate()


def names_served(port, seconds=60):
    """Ask JupyterLab for the files of its folder, as soon as it answers."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(f"http://localhost:{port}/api/contents?token=secret", timeout=10) as answer:
                return {row["name"] for row in json.load(answer)["content"]}
        except urllib.error.URLError:
            if time.monotonic() > deadline:
                raise
            threading.Event().wait(0.1)


# doctor


def test_doctor_finds_what_works_here():
    rows = {row.what: row for row in examine()}
    for what in ("python", "loop", "bind", "tls", "dot"):
        assert rows[what].state == "ok", rows[what]


def test_doctor_names_the_file_by_which_others_trust_development_certificates(tmp_path, monkeypatch):
    monkeypatch.setenv("TCPNB_HOME", str(tmp_path))
    assert str(tmp_path) not in {row.what: row.text for row in examine()}["tls"]
    (tmp_path / "tls").mkdir()
    (tmp_path / "tls" / "ca.pem").write_text("")
    assert str(tmp_path / "tls" / "ca.pem") in {row.what: row.text for row in examine()}["tls"]


def test_doctor_tells_what_breaks_and_goes_on(monkeypatch, capsys):
    monkeypatch.setitem(__import__("tcpnb.cli.doctor", fromlist=["x"])._LOOKS, "bind", lambda: 1 / 0)
    assert main(["doctor"]) == 1
    shown = capsys.readouterr().out
    assert "fails  bind" in shown
    assert "ok     tls" in shown


# completion


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_every_command_and_option(shell, capsys):
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    for word in (*COMMANDS, "handler-timeout", "template", "copy-only"):
        assert word in script
    assert "--worker " not in script.replace("--workers", "")
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, text=True, check=True, timeout=20)


def completed(tmp_path, words):
    """Ask bash itself."""
    script = tmp_path / "completion.bash"
    with script.open("w") as file:
        subprocess.run([sys.executable, "-m", "tcpnb", "completion", "bash"], stdout=file, check=True, timeout=20)
    line = " ".join(f'"{word}"' for word in words)
    ask = (
        f'source {script}; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _tcpnb; printf "%s\\n" "${{COMPREPLY[@]}}"'
    )
    done = subprocess.run(["bash", "-c", ask], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=20)
    return done.stdout.split()


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
def test_bash_completes_commands_options_and_files(tmp_path):
    (tmp_path / "echo_service.py").write_text("")
    assert completed(tmp_path, ["tcpnb", "ch"]) == ["check"]
    assert completed(tmp_path, ["tcpnb", "run", "--ha"]) == ["--handler-timeout"]
    assert completed(tmp_path, ["tcpnb", "run", "ec"]) == ["echo_service.py"]
    assert "zsh" in completed(tmp_path, ["tcpnb", "completion", ""])


def test_the_parser_is_made_without_importing_a_command():
    assert build_parser().prog == "tcpnb"
    code = "import sys, tcpnb.cli; tcpnb.cli.build_parser(); print([m for m in sys.modules if m.startswith('tcpnb.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.strip() == "['tcpnb.cli.parser', 'tcpnb.cli']"
