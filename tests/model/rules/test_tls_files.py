"""Certificate and key files: left alone, reported; each file is a real one."""

from __future__ import annotations

import sys

import pytest
from cryptography.hazmat.primitives import serialization
from fakes.certificates import key_bytes, own_certificate
from fakes.checking import found, module

from tcpnb import model

CODE = "tls-files"
PEM = serialization.Encoding.PEM


@pytest.fixture
def folder(tmp_path):
    for name, days in (("good", (-1, 365)), ("old", (-30, -1)), ("soon", (-30, 10)), ("other", (-1, 365))):
        certificate, key = own_certificate(days=days)
        (tmp_path / f"{name}.pem").write_bytes(certificate.public_bytes(PEM))
        (tmp_path / f"{name}.key").write_bytes(key_bytes(key))
    (tmp_path / "locked.key").write_bytes(key_bytes(own_certificate()[1], b"letmein"))
    (tmp_path / "empty.pem").write_bytes(b"")
    return tmp_path


def listener(options):
    return module(f"tls_listener = tcp.Listener(9000, secure_socket=tcp.SecureSocket({options}))")


LEFT_ALONE = [
    'cert_file="good.pem", key_file="good.key"',
    "cert_file=PATH, key_file=PATH",
    "**options",
    "cert_file=name(), key_file=name()",
    'cert_file=tcp.env("CERT", "good.pem"), key_file=tcp.env("KEY", "good.key")',
    'cert_file="good.pem", key_file="good.key", client_ca_file="other.pem"',
]
REPORTED = [
    ("", "error", "TLS needs cert_file and key_file"),
    ('cert_file="good.pem"', "error", "key_file is missing"),
    ('key_file="good.key"', "error", "cert_file is missing"),
    ('cert_file="none.pem", key_file="good.key"', "error", "none.pem"),
    ('cert_file="good.pem", key_file="none.key"', "error", "none.key"),
    ('cert_file="good.pem", key_file="other.key"', "error", "fit"),
    ('cert_file="good.key", key_file="good.pem"', "error", "swapped"),
    ('cert_file="good.pem", key_file="locked.key"', "error", "encrypted"),
    ('cert_file="empty.pem", key_file="good.key"', "error", "empty.pem"),
    ('cert_file="old.pem", key_file="old.key"', "warning", "expired"),
    ('cert_file="soon.pem", key_file="soon.key"', "warning", "expire"),
    ('cert_file="good.pem", key_file="good.key", client_ca_file="none.pem"', "error", "CA file"),
    ('cert_file=name(), key_file="none.key"', "error", "none.key"),
    ('key_store="none.p12", key_store_password=""', "error", "none.p12"),
]


@pytest.mark.parametrize("options", LEFT_ALONE)
def test_leaves_alone(folder, options):
    assert found(listener(options), CODE, folder / "design.py") == ()


@pytest.mark.parametrize(("options", "severity", "words"), REPORTED)
def test_reports(folder, options, severity, words):
    diagnostics = found(listener(options), CODE, folder / "design.py")
    assert [(one.code, one.severity, one.where) for one in diagnostics] == [(CODE, severity, "tls_listener")], (
        diagnostics
    )
    assert words in diagnostics[0].message


def test_password_of_the_environment_is_tried(folder, monkeypatch):
    certificate, key = own_certificate()
    (folder / "a.pem").write_bytes(certificate.public_bytes(PEM))
    (folder / "a.key").write_bytes(key_bytes(key, b"letmein"))
    text = listener('cert_file="a.pem", key_file="a.key", key_password=tcp.secret("TCPNB_TEST_PASSWORD")')
    assert found(text, CODE, folder / "design.py") == ()
    monkeypatch.setenv("TCPNB_TEST_PASSWORD", "letmein")
    assert found(text, CODE, folder / "design.py") == ()
    monkeypatch.setenv("TCPNB_TEST_PASSWORD", "wrong")
    assert [one.severity for one in found(text, CODE, folder / "design.py")] == ["error"]


def test_sees_a_file_that_came_meanwhile(folder):
    text = listener('cert_file="late.pem", key_file="late.key"')
    assert found(text, CODE, folder / "design.py") != ()
    (folder / "good.pem").rename(folder / "late.pem")
    (folder / "good.key").rename(folder / "late.key")
    assert found(text, CODE, folder / "design.py") == ()


def test_client_needs_no_certificate(folder):
    text = module(
        "tcp_client = tcp.Client('127.0.0.1', 7000, secure_socket=tcp.ClientSecureSocket(ca_file='good.pem'))"
    )
    assert found(text, CODE, folder / "design.py") == ()


def test_an_installation_without_cryptography_is_told_and_checks_the_rest(folder, monkeypatch):
    text = module("l = tcp.Listener(9000, secure_socket=tcp.SecureSocket(cert_file='a.pem', key_file='b.pem'))")
    monkeypatch.setitem(sys.modules, "cryptography", None)
    monkeypatch.delitem(sys.modules, "tcpnb.model.certificates", raising=False)
    monkeypatch.delattr(model, "certificates", raising=False)
    (diagnostic,) = found(text, CODE, folder / "design.py")
    assert diagnostic.severity == "note"
    assert diagnostic.message == (
        "its files cannot be looked at without the cryptography package; pip install cryptography"
    )
