import asyncio

from tcpnb import tcp

tcp_listener = tcp.Listener(0)


@tcp.service(tcp_listener)
class SlowService:
    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService:
        return Slow()


class Slow(tcp.ConnectionService):
    async def on_bytes(self, data: bytes) -> bytes:
        await asyncio.sleep(0.2)
        return data
