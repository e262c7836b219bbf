"""Passwords in the file: left alone, reported, mended."""

from __future__ import annotations

from fakes.checking import leaves_alone, mends, module, reports

CODE = "literal-password"

LEFT_ALONE = [
    module("s = tcp.SecureSocket(cert_file='c', key_file='k', key_password=tcp.secret('KEY'))"),
    module("s = tcp.SecureSocket(cert_file='c', key_file='k', key_password=tcp.env('KEY', ''))"),
    module("s = tcp.SecureSocket(cert_file='c', key_file='k', key_password=None)"),
    module("s = tcp.SecureSocket(cert_file='c', key_file='k', key_password='')"),
    module("s = tcp.SecureSocket(cert_file='c', key_file='k', key_password=load())"),
    module("s = other.SecureSocket(key_password='x')"),
]

REPORTED = [
    (
        module("s = tcp.SecureSocket(cert_file='c', key_file='k', key_password=«tcp.env('KEY', 'x')»)"),
        "KEY_PASSWORD",
    ),
    (
        module("l = tcp.Listener(9000, secure_socket=tcp.SecureSocket(key_store='s', key_store_password=«'x'»))"),
        "KEY_STORE_PASSWORD",
    ),
    (
        module("PASSWORD = 'x'\ns = tcp.SecureSocket(cert_file='c', key_file='k', key_password=«PASSWORD»)"),
        "tcp.secret",
    ),
]

MENDED = [
    (
        module("s = tcp.SecureSocket(cert_file='c', key_file='k', key_password='x')"),
        'key_password=tcp.secret("KEY_PASSWORD")',
    ),
]


test_leaves_alone = leaves_alone(CODE, LEFT_ALONE)
test_reports = reports(CODE, REPORTED)
test_mends = mends(CODE, MENDED)
