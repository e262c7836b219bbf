"""Ciphers and versions that cannot be chosen: left alone, reported."""

from __future__ import annotations

import pytest
from fakes.checking import assert_reports, found, module

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


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_leaves_alone(text):
    assert found(text, CODE) == ()


@pytest.mark.parametrize(("text", "words"), REPORTED)
def test_reports(text, words):
    assert_reports(CODE, text, words)
