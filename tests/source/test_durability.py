"""Saves that die or fail on the way leave the old file or the new one, whole (D01, D02)."""

from __future__ import annotations

import random
import resource
import shutil
import signal
import subprocess
import sys
import threading

import pytest

from tcpnb.source import store

TEXTS = ("# old\n" + "x = 1\n" * 2000, "# new\n" + "y = 2\n" * 3000)
SAVE_FOREVER = """
import sys
from pathlib import Path
from tcpnb.source import store
path, texts = Path(sys.argv[1]), sys.argv[2:]
stored = store.load(path)
print("ready", flush=True)
while True:
    for text in texts:
        stored = store.save(path, text, before=stored)
"""
SAVE_ONCE = """
import signal, sys
from pathlib import Path
from tcpnb.errors import SaveError
from tcpnb.source import store
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
path = Path(sys.argv[1])
stored = store.load(path)
try:
    store.save(path, sys.argv[2], before=stored)
except SaveError as error:
    print(error.reason)
    sys.exit(7)
"""


def kill_while_saving(path, pause):
    """Kill a process that saves all the time, some milliseconds after it began."""
    command = [sys.executable, "-B", "-c", SAVE_FOREVER, str(path), *TEXTS]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"ready\n"
        threading.Event().wait(pause)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kills", [50, pytest.param(500, marks=pytest.mark.exhaustive)])
def test_kill_leaves_one_whole_text(tmp_path, kills):
    """D01"""
    path = tmp_path / "echo.py"
    path.write_text(TEXTS[0])
    chance = random.Random(kills)
    strays = 0
    for _ in range(kills):
        kill_while_saving(path, chance.uniform(0, 0.02))
        assert path.read_text() in TEXTS
        strays += sum(entry.suffix == ".tmp" for entry in tmp_path.iterdir())
        store.save(path, path.read_text(), before=store.load(path))
        assert [entry.name for entry in tmp_path.iterdir()] == ["echo.py"]
    assert strays, "no kill hit a save on its way"


FAULTS = [
    (call, error)
    for call in ("write", "fsync", "rename", "fchmod")
    for error in ("ENOSPC", "EIO", "EFBIG", "EROFS", "EACCES")
]
CALLS = {"rename": "?rename,?renameat,?renameat2"}
"""Not every processor has all of them."""
WORDS = {
    "ENOSPC": "no space left", "EIO": "the disk failed", "EFBIG": "file size limit", "EROFS": "read-only",
    "EACCES": "may not write there",
}  # fmt: skip


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace to make system calls fail")
@pytest.mark.parametrize(("call", "error"), FAULTS)
def test_fault_leaves_the_old_text(tmp_path, call, error):
    """D02: every fault is one that really came, or the test proves nothing."""
    path, log = tmp_path / "folder" / "echo.py", tmp_path / "strace.log"
    path.parent.mkdir()
    path.write_text(TEXTS[0])
    strace = ["strace", "-f", "-qq", "-o", str(log), "-e", f"inject={CALLS.get(call, call)}:error={error}:when=1"]
    command = [*strace, sys.executable, "-B", "-c", SAVE_ONCE, str(path), TEXTS[1]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)
    if "ptrace" in done.stderr:
        pytest.skip(f"strace may not trace here: {done.stderr.strip()}")
    assert "INJECTED" in log.read_text()
    assert done.returncode == 7, done.stderr
    assert WORDS[error] in done.stdout
    assert path.read_text() == TEXTS[0]
    assert [entry.name for entry in path.parent.iterdir()] == ["echo.py"]


def test_file_size_limit_leaves_the_old_text(tmp_path):
    """D02, without strace: EFBIG from the system itself."""
    path = tmp_path / "echo.py"
    path.write_text(TEXTS[0])
    done = subprocess.run(
        [sys.executable, "-B", "-c", SAVE_ONCE, str(path), TEXTS[1]],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)),
    )
    assert (done.returncode, done.stdout) == (7, "the system's file size limit is reached\n"), done.stderr
    assert path.read_text() == TEXTS[0]
    assert [entry.name for entry in tmp_path.iterdir()] == ["echo.py"]


def test_folder_that_cannot_be_synced_is_no_conflict_with_oneself(tmp_path):
    """The text is in place then; the next save finds it there and goes on."""
    path = tmp_path / "echo.py"
    path.write_text(TEXTS[0])
    before = store.load(path)
    path.write_text(TEXTS[1])
    after = store.save(path, TEXTS[1], before=before)
    assert after.text == TEXTS[1]
    assert [entry.name for entry in tmp_path.iterdir()] == ["echo.py"]
