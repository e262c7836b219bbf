from tcpnb import tcp

PRICES_PORT = tcp.env("PRICES_PORT", 7000)
tcp_listener = tcp.Listener(0)
prices = tcp.Client("127.0.0.1", PRICES_PORT, timeout=2)


@tcp.service(tcp_listener)
class ShopService:
    def on_connect(self, caller: tcp.Caller) -> tcp.ConnectionService:
        return Shop()


class Shop(tcp.ConnectionService):
    framing = tcp.Lines()

    async def on_bytes(self, data: bytes) -> bytes:
        count, what = data.split()
        try:
            async with prices.exclusive():
                await prices.write_bytes(b"price " + what + b"\n")
                answer = await prices.read_until(b"\n")
        except tcp.Error:
            return b"unavailable"
        return b"%d" % (int(count) * int(answer))
