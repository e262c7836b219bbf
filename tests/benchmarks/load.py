"""One load for a measurement, run as a process: connections with one message under way each; every byte is checked.

``load.py echo|churn PORT SIZE CONNECTIONS SECONDS [tls]`` says ``ready`` when it is connected, goes at a line on
its input, and prints one line of JSON: messages, seconds, and the latencies p50 and p99 in milliseconds.
"""

from __future__ import annotations

import json
import os
import selectors
import socket
import ssl
import sys
import time


class Talker:
    """One connection of the load."""

    def __init__(self, port, message, context):
        self.message = message
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
        self.socket.setblocking(False)
        self.got = b""
        self.sent_at = 0.0

    def say(self):
        self.got = b""
        self.sent_at = time.perf_counter()
        data = self.message
        while data:
            try:
                data = data[self.socket.send(data) :]
            except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
                continue

    def hear(self):
        """Whether the whole answer is there."""
        try:
            while chunk := self.socket.recv(1 << 18):
                self.got += chunk
                if len(self.got) >= len(self.message):
                    break
            else:
                raise EOFError("the server closed")
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        if self.got != self.message:
            raise ValueError("the answer differs")
        return True


def wait_for_go():
    """Everything is connected: what comes now is measured."""
    print("ready", flush=True)
    sys.stdin.readline()


def client_context():
    """TLS that takes any server: the handshake's cost is what counts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def echo(port, size, connections, seconds, context):
    """Messages round and round on open connections."""
    chooser = selectors.DefaultSelector()
    talkers = [Talker(port, os.urandom(size), context) for _ in range(connections)]
    for talker in talkers:
        chooser.register(talker.socket, selectors.EVENT_READ, talker)
    times = []
    wait_for_go()
    begin = time.perf_counter()
    end = begin + seconds
    for talker in talkers:
        talker.say()
    left = connections
    while left:
        for key, _ in chooser.select(10):
            talker = key.data
            if not talker.hear():
                continue
            now = time.perf_counter()
            times.append(now - talker.sent_at)
            if now < end:
                talker.say()
            else:
                left -= 1
    took = time.perf_counter() - begin
    for talker in talkers:
        talker.socket.close()
    return times, took


def churn(port, size, connections, seconds, context):
    """Connect, one message, close, again and again on so many slots."""
    chooser = selectors.DefaultSelector()
    times = []
    wait_for_go()
    begin = time.perf_counter()
    end = begin + seconds
    message = os.urandom(size)

    def open_one():
        started = time.perf_counter()
        talker = Talker(port, message, context)
        talker.say()
        talker.sent_at = started
        chooser.register(talker.socket, selectors.EVENT_READ, talker)

    for _ in range(connections):
        open_one()
    left = connections
    while left:
        for key, _ in chooser.select(10):
            talker = key.data
            if not talker.hear():
                continue
            now = time.perf_counter()
            times.append(now - talker.sent_at)
            chooser.unregister(talker.socket)
            talker.socket.close()
            if now < end:
                open_one()
            else:
                left -= 1
    return times, time.perf_counter() - begin


def hold(port, connections):
    """Open so many connections and keep them until the input ends."""
    held = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(connections)]
    print(len(held), flush=True)
    sys.stdin.read()


def main():
    kind, port, size, connections, seconds = sys.argv[1], *map(float, sys.argv[2:6])
    if kind == "hold":
        hold(int(port), int(connections))
        return
    context = client_context() if "tls" in sys.argv else None
    times, took = {"echo": echo, "churn": churn}[kind](int(port), int(size), int(connections), seconds, context)
    times.sort()
    print(
        json.dumps(
            {
                "messages": len(times),
                "seconds": took,
                "p50": times[len(times) // 2] * 1000,
                "p99": times[len(times) * 99 // 100] * 1000,
            }
        )
    )


if __name__ == "__main__":
    main()
