import struct
import zlib

from tcpnb import tcp

tcp_listener = tcp.Listener(0)

ECHO, TOTAL, REVERSE, REFUSED = 1, 2, 3, 255


def sealed(command: int, data: bytes) -> bytes:
    body = bytes([command]) + data
    return body + struct.pack(">I", zlib.crc32(body))


@tcp.service(tcp_listener)
class BinaryService:
    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService:
        return Binary()


class Binary(tcp.ConnectionService):
    framing = tcp.LengthPrefixed(size=2)

    def on_bytes(self, data: bytes) -> bytes:
        body, checksum = data[:-4], data[-4:]
        if len(data) < 5 or struct.pack(">I", zlib.crc32(body)) != checksum:
            return sealed(REFUSED, b"checksum")
        command, argument = body[0], body[1:]
        match command:
            case 1:
                return sealed(ECHO, argument)
            case 2:
                return sealed(TOTAL, struct.pack(">I", sum(argument)))
            case 3:
                return sealed(REVERSE, argument[::-1])
            case _:
                return sealed(REFUSED, b"command")
