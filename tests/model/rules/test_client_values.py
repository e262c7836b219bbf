"""Values that a connection cannot have: left alone, reported in the words of the load, mended."""

from __future__ import annotations

import pytest
from fakes.checking import found, leaves_alone, mends, module, reports, service

from tcpnb import tcp
from tcpnb.errors import DesignError

CODE = "client-values"


def client(text):
    return module(f"c = tcp.Client('127.0.0.1', 7000, {text})")


LEFT_ALONE = [
    client(""),
    client("timeout=5, write_timeout=None"),
    client("timeout=0, write_timeout=-1"),
    client("timeout=TIME"),
    client("timeout=2 * 60.5"),
    client("**options"),
    client("secure_socket=None"),
    client("secure_socket=tcp.ClientSecureSocket()"),
    client("secure_socket=mine()"),
    module("S = tcp.ClientSecureSocket()\nc = tcp.Client('127.0.0.1', 7000, secure_socket=S)"),
    module("l = tcp.Listener(9000, secure_socket=tcp.development_certificate())"),
]

OF_LISTENER = "is none for a client; give a tcp.ClientSecureSocket"
REPORTED = [
    (client("timeout=«'5'»"), "timeout: '5' is no number of seconds; give a number, or None for no limit"),
    (client("write_timeout=«True»"), "write_timeout: True is no number of seconds; give a number"),
    (client("secure_socket=«True»"), f"secure_socket: True {OF_LISTENER}"),
    (client("secure_socket=«tcp.development_certificate('x')»"), f"tcp.development_certificate(…) {OF_LISTENER}"),
    (client("secure_socket=«tcp.SecureSocket(cert_file='c')»"), f"tcp.SecureSocket(…) {OF_LISTENER}"),
    (
        module("S = tcp.SecureSocket(cert_file='c')\nc = tcp.Client('127.0.0.1', 7000, secure_socket=«S»)"),
        f"tcp.SecureSocket(…) {OF_LISTENER}",
    ),
    (
        service("def on_connect(self, caller):\n    self.c = tcp.Client('a', 1, timeout=«'x'»)\n    return Echo()"),
        "timeout: 'x' is no number of seconds",
    ),
]

MENDED = [
    (client("timeout='5'"), "timeout=5"),
    (client("secure_socket=tcp.development_certificate()"), "secure_socket=tcp.ClientSecureSocket()"),
]


test_leaves_alone = leaves_alone(CODE, LEFT_ALONE)
test_reports = reports(CODE, REPORTED)
test_mends = mends(CODE, MENDED)


@pytest.mark.parametrize(("name", "value"), [("timeout", "5"), ("write_timeout", True), ("secure_socket", 5)])
def test_says_what_the_load_says(name, value):
    with pytest.raises(DesignError) as caught:
        tcp.Client("127.0.0.1", 7000, **{name: value})
    (diagnostic,) = found(client(f"{name}={value!r}"), CODE)
    assert diagnostic.message == str(caught.value)
    assert diagnostic.where == "c"
