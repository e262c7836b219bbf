"""Ciphers and versions that cannot be chosen: left alone, reported."""

from __future__ import annotations

from fakes.checking import leaves_alone, module, reports

CODE = "unknown-cipher"

LEFT_ALONE = [
    module("s = tcp.SecureSocket(cert_file='c', key_file='k', ciphers=())"),
    module("s = tcp.SecureSocket(cert_file='c', key_file='k', ciphers=('ECDHE-RSA-AES128-GCM-SHA256',))"),
    module("s = tcp.SecureSocket(cert_file='c', key_file='k', ciphers=CIPHERS)"),
    module("s = tcp.SecureSocket(cert_file='c', key_file='k', versions=('TLSv1.3',))"),
]

REPORTED = [
    (module("s = tcp.SecureSocket(cert_file='c', key_file='k', ciphers=(«'FOO'»,))"), "no cipher"),
    (module("s = tcp.SecureSocket(cert_file='c', key_file='k', ciphers=(«'TLS_AES_128_GCM_SHA256'»,))"), "TLS 1.3"),
    (module("s = tcp.SecureSocket(cert_file='c', key_file='k', versions=(«'SSLv3'»,))"), "SSLv3"),
]


test_leaves_alone = leaves_alone(CODE, LEFT_ALONE)
test_reports = reports(CODE, REPORTED)
