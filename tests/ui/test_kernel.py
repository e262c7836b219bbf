"""A widget in a real kernel, without a browser: the comm opens, hears a page and answers, busy or not."""

from __future__ import annotations

import uuid

import pytest
from jupyter_client.manager import KernelManager

CODE = """
import tcpnb
echo = tcpnb.open({path!r})
echo.create_service(port=0)
studio = tcpnb.Studio(echo)
studio
"""


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(tmp_path))
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=100)
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def until(client, found, timeout=40):
    """Return the first message on the public channel of which ``found`` is true."""
    while True:
        message = client.get_iopub_msg(timeout=timeout)
        assert message["msg_type"] != "error", message["content"]
        if found(message):
            return message


def say(client, comm, content, **header):
    message = client.session.msg("comm_msg", {"comm_id": comm, "data": {"method": "custom", "content": content}})
    message["header"].update(header)
    client.shell_channel.send(message)


def is_custom(message, comm, kind):
    content = message["content"]
    return (
        message["msg_type"] == "comm_msg"
        and content["comm_id"] == comm
        and content["data"].get("content", {}).get("kind") == kind
    )


def opened(client, tmp_path):
    client.execute(CODE.format(path=str(tmp_path / "echo_service.py")))
    made = until(
        client,
        lambda m: m["msg_type"] == "comm_open" and "_static_mark" in m["content"]["data"].get("state", {}),
    )
    return made["content"]["comm_id"]


@pytest.mark.timeout(240)
def test_a_page_is_answered(kernel, tmp_path):
    comm = opened(kernel, tmp_path)
    static = until(kernel, lambda m: m["msg_type"] == "display_data" and "text/html" in m["content"]["data"])
    assert "tcp_listener" in static["content"]["data"]["text/html"]
    live = until(kernel, lambda m: m["msg_type"] in {"display_data", "execute_result"})
    assert live["content"]["data"]["application/vnd.jupyter.widget-view+json"]["model_id"] == comm
    say(kernel, comm, {"kind": "hello", "page": "p", "turn": 1})
    welcome = until(kernel, lambda m: is_custom(m, comm, "welcome"))
    assert welcome["content"]["data"]["content"]["view"] == "studio"
    say(kernel, comm, {"kind": "asset", "page": "p", "turn": 1, "name": "app"})
    asset = until(kernel, lambda m: is_custom(m, comm, "asset"))
    assert len(asset["buffers"][0]) > 50_000


@pytest.mark.timeout(240)
def test_a_busy_kernel_hears_pages_on_a_subshell(kernel, tmp_path):
    comm = opened(kernel, tmp_path)
    if "kernel subshells" not in kernel.kernel_info(reply=True)["content"].get("supported_features", []):
        pytest.skip("this ipykernel has no subshells: a blocking cell holds up its messages")
    request = kernel.session.msg("create_subshell_request", {})
    kernel.control_channel.send(request)
    subshell = kernel.get_control_msg(timeout=20)["content"]["subshell_id"]
    kernel.execute("import time; print('begun', flush=True); time.sleep(100)")
    until(kernel, lambda m: m["msg_type"] == "stream" and "begun" in m["content"]["text"])
    opening = {"kind": "open", "page": "p", "turn": 1, "pane": "k", "view": "studio", "args": {}}
    say(kernel, comm, opening, subshell_id=subshell)
    until(kernel, lambda m: is_custom(m, comm, "state"), timeout=30)
    wish = {"kind": "wish", "id": uuid.uuid4().hex, "pane": "k", "name": "start", "args": {}, "version": 1}
    say(kernel, comm, wish, subshell_id=subshell)
    until(
        kernel,
        lambda m: is_custom(m, comm, "state") and m["content"]["data"]["content"]["state"]["isServing"],
        timeout=30,
    )
