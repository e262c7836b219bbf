"""A real notebook kernel: cells run in it, and a debugger may look into it."""

from __future__ import annotations

import itertools
import time

from jupyter_client.manager import KernelManager

__all__ = ("Debugger", "Kernel")


class Kernel:
    """A real ipykernel in a process of its own."""

    def __init__(self, folder):
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(cwd=str(folder), extra_arguments=["--log-level=ERROR"])
        self.client = None
        self.connect()

    def connect(self):
        if self.client is not None:
            self.client.stop_channels()
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=30)

    def run(self, code, *, fails=False):
        """Run a cell and return its text; a failure of the cell fails the test."""
        shown = []

        def hook(message):
            content = message["content"]
            if message["msg_type"] == "stream":
                shown.append(content["text"])
            elif message["msg_type"] == "execute_result":
                shown.append(content["data"]["text/plain"])
            elif message["msg_type"] == "error":
                shown.append("\n".join(content["traceback"]))

        reply = self.client.execute_interactive(code, timeout=40, output_hook=hook, allow_stdin=False)
        text = "".join(shown).strip()
        assert (reply["content"]["status"] == "error") == fails, text
        return text

    def begin(self, code):
        self.client.execute(code)

    def close(self):
        if self.client is not None:
            self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()


class Debugger:
    """What JupyterLab says to a kernel when the debugger is switched on."""

    def __init__(self, kernel: Kernel) -> None:
        self.client = kernel.client
        self.numbers = itertools.count(1)
        paths = {"pathFormat": "path", "linesStartAt1": True, "columnsStartAt1": True}
        self.ask("initialize", clientID="tests", adapterID="", **paths)
        self.ask("attach")

    def ask(self, command, **arguments):
        """Return the answer to a request of the Debug Adapter Protocol."""
        content = {"type": "request", "seq": next(self.numbers), "command": command, "arguments": arguments}
        request = self.client.session.msg("debug_request", content)
        self.client.control_channel.send(request)
        while True:
            answer = self.client.get_control_msg(timeout=40)
            if answer["parent_header"].get("msg_id") == request["header"]["msg_id"]:
                assert answer["content"].get("success", True), answer["content"]
                return answer["content"].get("body") or {}

    def stop_at(self, path, *lines):
        """Set the breakpoints of a file."""
        places = [{"line": line} for line in lines]
        self.ask("setBreakpoints", source={"path": str(path)}, breakpoints=places, sourceModified=False)
        self.ask("configurationDone")

    def stopped(self):
        """Wait until a thread stands at a breakpoint or behind a step; return the thread's number."""
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline:
            message = self.client.get_iopub_msg(timeout=40)
            if message["msg_type"] == "debug_event" and message["content"]["event"] == "stopped":
                return message["content"]["body"]["threadId"]
        raise TimeoutError("nothing stopped")

    def variables(self, thread):
        """The innermost frame's function, line and local variables by name."""
        (frame, *_) = self.ask("stackTrace", threadId=thread)["stackFrames"]
        (scope, *_) = self.ask("scopes", frameId=frame["id"])["scopes"]
        found = self.ask("variables", variablesReference=scope["variablesReference"])["variables"]
        return frame["name"], frame["line"], {each["name"]: each["value"] for each in found}
