# ruff: noqa: PLW0603  # a learner's answer, not the kit's style

from tcpnb import tcp

tcp_listener = tcp.Listener(0)
ended = 0


@tcp.service(tcp_listener)
class DivideService:
    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService:
        return Divider(caller=caller)


class Divider(tcp.ConnectionService):
    framing = tcp.Lines()
    caller: tcp.Caller

    def on_bytes(self, data: bytes) -> bytes | None:
        if data == b"quit":
            self.caller.write_bytes(b"bye\n")
            self.caller.close()
            return None
        if data == b"closed":
            return b"%d" % ended
        left, right = data.split()
        return b"%d" % (int(left) // int(right))

    def on_error(self, error: tcp.Error) -> None:
        tcp.log.warning("a request failed", error=error)
        if not self.caller.is_closed:
            self.caller.write_bytes(f"error {error}\n".encode())

    def on_close(self) -> None:
        global ended
        ended += 1
