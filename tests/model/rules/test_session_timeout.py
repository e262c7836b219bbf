"""Session time-outs that Python cannot set: left alone, reported, mended."""

from __future__ import annotations

from fakes.checking import leaves_alone, mends, module, reports

CODE = "session-timeout"

LEFT_ALONE = [
    module("s = tcp.SecureSocket(cert_file='c', key_file='k', session_timeout=None)"),
    module("s = tcp.SecureSocket(cert_file='c', key_file='k', session_timeout=0)"),
    module("s = tcp.SecureSocket(cert_file='c', key_file='k', session_timeout=TIME)"),
]

REPORTED = [
    (module("s = tcp.SecureSocket(cert_file='c', key_file='k', session_timeout=«600»)"), "no setting for another time"),
    (module("s = tcp.SecureSocket(cert_file='c', key_file='k', session_timeout=«True»)"), "None, or 0"),
]

MENDED = [
    (module("s = tcp.SecureSocket(cert_file='c', key_file='k', session_timeout=600)"), "session_timeout=None"),
]


test_leaves_alone = leaves_alone(CODE, LEFT_ALONE)
test_reports = reports(CODE, REPORTED)
test_mends = mends(CODE, MENDED)
