from __future__ import annotations

import datetime as dt
import json
import os
import pty
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from fakes.certificates import DER, PEM, authority, key_bytes, key_store, leaf, own_certificate

from tcpnb.errors import ConfigurationError, DesignError, Error, SecureSocketError
from tcpnb.model.tls import development_ca_file, development_folder
from tcpnb.runtime.config import secret
from tcpnb.runtime.tls import (
    ClientSecureSocket,
    SecureSocket,
    client_context_for,
    development_certificate,
    facts,
    handshake_problem,
)


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A folder with a good certificate and key, and files that are wrong in every way."""
    monkeypatch.chdir(tmp_path)
    certificate, key = own_certificate()
    _, other = own_certificate()
    make = {
        "cert.pem": certificate.public_bytes(PEM),
        "key.pem": key_bytes(key),
        "locked.pem": key_bytes(key, b"right"),
        "other.pem": key_bytes(other),
        "empty.pem": b"",
        "text.pem": b"hello\n",
        "cert.der": certificate.public_bytes(DER),
        "key.der": key_bytes(key, encoding=DER),
        "torn-cert.pem": b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "torn-key.pem": b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "huge.pem": b"",
        "store.p12": key_store(certificate, key),
        "store.jks": b"\xfe\xed\xfe\xed\x00\x00",
    }
    for name, content in make.items():
        (tmp_path / name).write_bytes(content)
    with (tmp_path / "huge.pem").open("wb") as file:
        file.truncate(50 * 2**20)
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setenv("RIGHT", "right")
    monkeypatch.setenv("WRONG", "wrong")
    monkeypatch.setenv("STORE", "store")
    return tmp_path


CERT = "Certificate file location must be provided for secure connection"
KEY = "Private key file location must be provided for secure connection"
BROKEN = [
    ({}, "cert_file", CERT),  # (b48, c24)
    ({"cert_file": ""}, "cert_file", CERT),
    ({"cert_file": "  ", "key_file": "key.pem"}, "cert_file", CERT),
    ({"cert_file": "cert.pem"}, "key_file", KEY),  # (b48, c25)
    ({"cert_file": "cert.pem", "key_file": ""}, "key_file", KEY),
    (
        {"cert_file": "nowhere.pem", "key_file": "key.pem"},
        "cert_file",
        "certificate file nowhere.pem does not exist in ",
    ),
    (
        {"cert_file": "cert.pem", "key_file": "nowhere.pem"},
        "key_file",
        "private key file nowhere.pem does not exist in ",
    ),
    ({"cert_file": "folder", "key_file": "key.pem"}, "cert_file", "certificate file folder is a folder"),
    ({"cert_file": "pipe", "key_file": "key.pem"}, "cert_file", "certificate file pipe is no regular file"),
    ({"cert_file": "cert.pem", "key_file": "folder"}, "key_file", "private key file folder is a folder"),
    ({"cert_file": "empty.pem", "key_file": "key.pem"}, "cert_file", "certificate file empty.pem is empty"),
    ({"cert_file": "cert.pem", "key_file": "empty.pem"}, "key_file", "private key file empty.pem is empty"),
    ({"cert_file": "huge.pem", "key_file": "key.pem"}, "cert_file", "certificate file huge.pem has 52428800 bytes"),
    ({"cert_file": "cert.pem", "key_file": "huge.pem"}, "key_file", "private key file huge.pem has 52428800 bytes"),
    ({"cert_file": "text.pem", "key_file": "key.pem"}, "cert_file", "no -----BEGIN line of a certificate"),
    ({"cert_file": "cert.der", "key_file": "key.pem"}, "cert_file", "is DER, not PEM; convert it with openssl x509"),
    ({"cert_file": "cert.pem", "key_file": "key.der"}, "key_file", "is DER, not PEM; convert it with openssl pkey"),
    ({"cert_file": "key.pem", "key_file": "cert.pem"}, "cert_file", "are cert_file and key_file swapped?"),
    ({"cert_file": "cert.pem", "key_file": "cert.pem"}, "key_file", "are cert_file and key_file swapped?"),
    ({"cert_file": "torn-cert.pem", "key_file": "key.pem"}, "cert_file", "certificate file torn-cert.pem is damaged"),
    ({"cert_file": "cert.pem", "key_file": "torn-key.pem"}, "key_file", "private key file torn-key.pem is damaged"),
    ({"cert_file": "cert.pem", "key_file": "other.pem"}, "key_file", "does not fit the certificate in cert.pem"),
    (
        {"cert_file": "cert.pem", "key_file": "locked.pem"},
        "key_file",
        "private key file locked.pem is encrypted; give key_",
    ),
    (
        {"cert_file": "cert.pem", "key_file": "locked.pem", "key_password": secret("WRONG")},
        "key_password",
        "the password does not open the private key in locked.pem",
    ),
    (
        {"key_store": ""},
        "key_store",
        "KeyStore file location must be provided for secure connection",  # (b47, c27)
    ),
    (
        {"key_store": "store.p12"},
        "key_store_password",
        "KeyStore password must be provided for secure connection",  # (b47, c26)
    ),
    (
        {"key_store": "cert.pem", "key_store_password": secret("STORE")},
        "key_store",
        "Failed to initialize the SSL context: cert.pem is a PEM file",  # (b47, c29)
    ),
    (
        {"key_store": "store.jks", "key_store_password": secret("STORE")},
        "key_store",
        "Failed to initialize the SSL context: store.jks is a JKS key store; convert it with keytool",
    ),
    (
        {"key_store": "text.pem", "key_store_password": secret("STORE")},
        "key_store",
        "Failed to initialize the SSL context: text.pem is no PKCS12 file",
    ),
    (
        {"key_store": "nowhere.p12", "key_store_password": secret("STORE")},
        "key_store",
        "Failed to initialize the SSL context: key store nowhere.p12 does not exist in ",
    ),
    (
        {"key_store": "store.p12", "key_store_password": secret("WRONG")},
        "key_store",
        "Failed to initialize the SSL context: store.p12 does not open with this password, or is no PKCS12 file",
    ),
    (
        {"key_store": "cert.der", "key_store_password": secret("STORE")},
        "key_store",
        "Failed to initialize the SSL context: cert.der does not open with this password, or is no PKCS12 file",
    ),
    (
        {"cert_file": "cert.pem", "key_file": "key.pem", "client_ca_file": "nowhere.pem"},
        "client_ca_file",
        "authorities' certificate file nowhere.pem does not exist in ",
    ),
    (
        {"cert_file": "cert.pem", "key_file": "key.pem", "client_ca_file": "torn-cert.pem"},
        "client_ca_file",
        "certificate file torn-cert.pem is damaged",
    ),
]


@pytest.mark.parametrize(("settings", "field", "words"), BROKEN)
def test_what_is_wrong_with_a_file_is_told_at_the_start(files, settings, field, words):
    """(b1, b3, b47, b48, T05)"""
    secure = SecureSocket(**settings)
    with pytest.raises(SecureSocketError) as caught:
        secure.server_context()
    assert caught.value.field == field
    assert words in str(caught.value)
    assert isinstance(caught.value, Error)


def test_the_promised_texts_are_exact(files):
    """(b47, b48)"""
    for settings, _, words in BROKEN:
        if words.endswith("must be provided for secure connection"):
            with pytest.raises(SecureSocketError) as caught:
                SecureSocket(**settings).server_context()
            assert str(caught.value) == words


def test_every_problem_has_words_of_its_own(files):
    """(T05)"""
    texts = [said(settings) for settings, _, words in BROKEN if not words.endswith("for secure connection")]
    assert len(set(texts)) == len(texts)


def said(settings):
    with pytest.raises(SecureSocketError) as caught:
        SecureSocket(**settings).server_context()
    return str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="everything may be read by root")
def test_a_key_that_may_not_be_read(files):
    (files / "key.pem").chmod(0)
    assert (
        said({"cert_file": "cert.pem", "key_file": "key.pem"})
        == "private key file key.pem may not be read by this user"
    )


def test_a_key_that_may_not_be_read_is_told_whoever_asks(files, monkeypatch):
    def refuse(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    assert (
        said({"cert_file": "cert.pem", "key_file": "key.pem"})
        == "certificate file cert.pem may not be read by this user"
    )


UNDER_A_TERMINAL = """
import fcntl, json, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from tcpnb.errors import SecureSocketError
from tcpnb.runtime.tls import SecureSocket
said = []
for settings in json.loads(sys.argv[1]):
    try:
        SecureSocket(**settings).server_context()
    except SecureSocketError as error:
        said.append(str(error))
    else:
        said.append("")
print(json.dumps(said))
"""


def test_nothing_is_ever_asked_at_the_terminal(files):
    """(T05) the process has a terminal that would answer nothing: a prompt would hang."""
    master, slave = pty.openpty()
    cases = [
        {"cert_file": "cert.pem", "key_file": "locked.pem", "key_password": word} for word in ("", "wrong", "right")
    ]
    cases += [
        {"cert_file": "cert.pem", "key_file": name} for name in ("torn-key.pem", "empty.pem", "key.der", "folder")
    ]
    process = subprocess.Popen(
        [sys.executable, "-c", UNDER_A_TERMINAL, json.dumps(cases)],
        stdin=slave,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        cwd=files,
    )
    try:
        out, _ = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
        os.close(slave)
    os.set_blocking(master, False)
    with pytest.raises(OSError, match=r"Input/output error|temporarily unavailable"):  # there is nothing to read
        os.read(master, 4096)
    os.close(master)
    texts = json.loads(out)
    assert texts[2] == ""
    assert all(texts[:2] + texts[3:])


def test_passwords_open_keys_and_stores(files):
    for settings in (
        {"cert_file": "cert.pem", "key_file": "locked.pem", "key_password": secret("RIGHT")},
        {"cert_file": "cert.pem", "key_file": "key.pem", "key_password": secret("RIGHT")},  # not needed (b48)
        {"key_store": "store.p12", "key_store_password": secret("STORE")},
    ):
        assert SecureSocket(**settings).server_context().get_ca_certs() == []


def test_a_secret_that_is_not_set_is_named(files, monkeypatch):
    monkeypatch.delenv("RIGHT")
    secure = SecureSocket(cert_file="cert.pem", key_file="locked.pem", key_password=secret("RIGHT"))
    with pytest.raises(ConfigurationError, match="RIGHT: None is required by"):
        secure.server_context()


def test_a_decrypted_key_never_lies_on_a_disk(files, monkeypatch):
    """Every file that loading writes is looked at in the moment in which OpenSSL reads it."""
    seen = []
    load = ssl.SSLContext.load_cert_chain

    def look(self, certfile, keyfile=None, password=None):
        file = Path(certfile)
        seen.append((file.read_bytes(), file.stat().st_mode & 0o777, file))
        return load(self, certfile, keyfile, password)

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", look)
    SecureSocket(key_store="store.p12", key_store_password=secret("STORE")).server_context()
    ((content, mode, file),) = seen
    assert b"ENCRYPTED PRIVATE KEY" in content
    assert b"BEGIN PRIVATE KEY" not in content
    assert mode == 0o600
    assert not file.exists()


def test_no_password_is_ever_printed(files):
    """(T11)"""
    secure = SecureSocket(
        cert_file="cert.pem", key_file="key.pem", key_password="canary", key_store_password=secret("STORE")
    )
    assert repr(secure) == (
        "SecureSocket(cert_file='cert.pem', key_file='key.pem', "
        "key_password=***, key_store_password=tcp.secret('STORE'))"
    )
    with pytest.raises(SecureSocketError) as caught:
        SecureSocket(cert_file="cert.pem", key_file="locked.pem", key_password="canary").server_context()
    assert "canary" not in f"{caught.value!s}{caught.value!r}{caught.value.args}"


SETTINGS = [
    ({"versions": ("TLSv1.1",)}, "versions", "TLSv1.1 is broken and never offered"),  # (c10, c22)
    ({"versions": ("SSLv3",)}, "versions", "SSLv3 is broken and never offered"),
    ({"versions": ("TLS 1.3",)}, "versions", "'TLS 1.3' is no TLS version; choose from TLSv1.2 and TLSv1.3"),
    ({"versions": ()}, "versions", "without a TLS version nobody can connect"),
    ({"versions": "TLSv1.2"}, "versions", "a sequence of names, 'TLSv1.2' is none; write (\"TLSv1.2\",)"),
    ({"ciphers": ("NO-SUCH",)}, "ciphers", "'NO-SUCH' is no cipher that OpenSSL here knows"),
    ({"ciphers": ("HIGH",)}, "ciphers", "'HIGH' is no cipher"),
    ({"ciphers": ("NULL-SHA256",)}, "ciphers", "'NULL-SHA256' is no cipher that OpenSSL here knows and holds for safe"),
    ({"ciphers": ("TLS_AES_128_GCM_SHA256",)}, "ciphers", "whose suites Python cannot choose among"),
    (
        {"ciphers": ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",)},
        "ciphers",
        "is the IANA name; OpenSSL calls it ECDHE-RSA-AES128-GCM-SHA256",
    ),
    (
        {"ciphers": ("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",)},
        "ciphers",
        "OpenSSL calls it ECDHE-ECDSA-CHACHA20-POLY1305",
    ),
    ({"ciphers": (5,)}, "ciphers", "5 is no cipher name"),
    ({"ciphers": ("ECDHE-RSA-AES128-GCM-SHA256",), "versions": ("TLSv1.3",)}, "ciphers", "for TLS 1.2 only"),
    ({"handshake_timeout": 0}, "handshake_timeout", "a number of seconds over 0"),
    ({"handshake_timeout": True}, "handshake_timeout", "a number of seconds over 0"),
    ({"handshake_timeout": float("nan")}, "handshake_timeout", "a number of seconds over 0"),
    ({"session_timeout": 600}, "session_timeout", "Python's ssl has no setting for another time"),
    ({"session_timeout": False}, "session_timeout", "session_timeout is None or 0"),
    ({"session_timeout": [600]}, "session_timeout", "session_timeout is None or 0"),
    ({"versions": None}, "versions", "versions is a sequence of names"),
    ({"ciphers": 5}, "ciphers", "ciphers is a sequence of names"),
    ({"cert_file": 5}, "cert_file", "cert_file is the path of a file, 5 is none"),
    ({"key_store": b"x"}, "key_store", "key_store is the path of a file"),
    ({"handshake_timeout": 10**5000}, "handshake_timeout", "a number of seconds over 0"),
    ({"cert_file": True}, "cert_file", 'True is none; give one as "server.pem"'),
    ({"key_password": 12345}, "key_password", 'key_password is no password; write tcp.secret("NAME")'),
]


@pytest.mark.parametrize("kind", [SecureSocket, ClientSecureSocket])
@pytest.mark.parametrize(("settings", "field", "words"), SETTINGS)
def test_settings_that_cannot_be_are_refused_where_they_are_written(kind, settings, field, words):
    with pytest.raises(DesignError) as caught:
        kind(**settings)
    assert caught.value.field == field
    assert words in str(caught.value)


@pytest.mark.parametrize("field", ["verify", "enable"])
@pytest.mark.parametrize("value", [None, 0, "", [], 1, "no"], ids=repr)
def test_what_is_only_like_false_switches_no_protection_off(field, value):
    with pytest.raises(SecureSocketError, match=f"{field} is True or False, .* is neither"):
        ClientSecureSocket(**{field: value})


@pytest.mark.parametrize("name", [5, True, b"localhost", "a b", "x" * 300], ids=lambda each: f"{each!r:.12}")
def test_a_certificate_name_that_no_host_has_is_refused_where_it_is_written(name):
    with pytest.raises(DesignError, match="server_hostname"):
        ClientSecureSocket(server_hostname=name)


@pytest.mark.parametrize("name", [None, 5, True, b"localhost", ""], ids=repr)
def test_a_development_certificate_is_for_names(name):
    with pytest.raises(DesignError, match=r"names: .* is no host name; write"):
        development_certificate("localhost", name)


def test_what_is_set_when_nothing_is_said():
    for kind in (SecureSocket, ClientSecureSocket):
        assert (kind().handshake_timeout, kind().session_timeout) == (10, None)
        assert kind().versions == ("TLSv1.2", "TLSv1.3")
        assert kind(handshake_timeout=0.5, session_timeout=0).handshake_timeout == 0.5
        assert kind(handshake_timeout=None).handshake_timeout is None


def openssl(reason):
    error = ssl.SSLError(1, f"[SSL: {reason}] some words (_ssl.c:1000)")
    error.reason = reason
    return error


PROBLEMS = [
    (openssl("HTTP_REQUEST"), "the client spoke plain text (an HTTP request)"),
    (openssl("NO_SHARED_CIPHER"), "the client offers no cipher that is served here"),
    (openssl("UNSUPPORTED_PROTOCOL"), "the client offers no TLS version that is served here"),
    (openssl("SOMETHING_NEW"), "TLS: something new"),
    (ssl.SSLError(1, "no reason at all"), "TLS: no reason at all"),
    (TimeoutError(), "the client did not finish the TLS handshake in time"),
    (ConnectionAbortedError("SSL handshake is taking longer than 10 seconds"), "the client did not finish the TLS ha"),
    (ConnectionResetError(), "the client reset the connection in the TLS handshake"),
    (OSError(), "the client went away in the TLS handshake"),
]


@pytest.mark.parametrize(("error", "words"), PROBLEMS)
def test_a_failed_handshake_is_told_in_words(error, words):
    assert handshake_problem(error).startswith(words)


def test_equal_settings_are_equal_and_files_are_not_touched():
    """(b1)"""
    one, other = (SecureSocket(cert_file="nowhere", key_file="nowhere") for _ in range(2))
    assert one == other
    assert hash(one) == hash(other)
    assert one != SecureSocket(cert_file="nowhere", key_file="nowhere", ciphers=["ECDHE-RSA-AES128-GCM-SHA256"])


# -- handshakes


def shake(server, client, *, name="localhost", session=None):
    """One handshake and a few bytes over a socket pair: what the server says, and the client's socket's facts."""
    ours, theirs = socket.socketpair()
    told = {}

    def serve():
        try:
            with server.wrap_socket(theirs, server_side=True) as secured:
                told["facts"] = facts(secured)
                told["reused"] = secured.session_reused
                secured.sendall(b"hello")
                secured.recv(1)
        except OSError as error:
            told["error"] = error

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with client.wrap_socket(ours, server_hostname=name, session=session) as secured:
            told["read"] = secured.recv(5)
            told["certificate"] = secured.getpeercert(binary_form=True)
            told["session"] = secured.session
            secured.sendall(b"x")
    except OSError as error:
        told["client error"] = error
    finally:
        ours.close()
        thread.join(10)
        theirs.close()
    return told


@pytest.fixture
def served(tmp_path):
    """A certificate of a test authority as files, and a client that trusts that authority."""
    cert = leaf()
    cert.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    cert.private_key_pem.write_to_path(tmp_path / "key.pem")
    authority().cert_pem.write_to_path(tmp_path / "ca.pem")
    return {"cert_file": tmp_path / "cert.pem", "key_file": tmp_path / "key.pem"}


@pytest.mark.parametrize(
    ("settings", "version", "cipher"),
    [
        ({}, "TLSv1.3", ""),
        ({"versions": ("TLSv1.2",)}, "TLSv1.2", ""),
        (
            {"versions": ("TLSv1.2",), "ciphers": ("ECDHE-ECDSA-AES256-GCM-SHA384",)},
            "TLSv1.2",
            "ECDHE-ECDSA-AES256-GCM-SHA384",
        ),
        ({"versions": ["TLSv1.3"]}, "TLSv1.3", ""),
    ],
)
def test_a_handshake_agrees_on_what_was_set(served, tmp_path, settings, version, cipher):
    """(b49, b52, c12, c20)"""
    client = ClientSecureSocket(ca_file=tmp_path / "ca.pem").client_context()
    told = shake(SecureSocket(**served, **settings).server_context(), client)
    assert told["read"] == b"hello"
    assert told["facts"].version == version
    assert cipher in told["facts"].cipher
    assert str(told["facts"]).startswith(version)


@pytest.mark.parametrize(
    ("server", "client"),
    [
        ({"versions": ("TLSv1.3",)}, {"versions": ("TLSv1.2",)}),
        (
            {"versions": ("TLSv1.2",), "ciphers": ("ECDHE-ECDSA-AES256-GCM-SHA384",)},
            {"versions": ("TLSv1.2",), "ciphers": ("ECDHE-ECDSA-AES128-GCM-SHA256",)},
        ),
    ],
)
def test_nothing_in_common_is_no_connection(served, tmp_path, server, client):
    """(b50, c10, c11)"""
    context = ClientSecureSocket(ca_file=tmp_path / "ca.pem", **client).client_context()
    told = shake(SecureSocket(**served, **server).server_context(), context)
    assert isinstance(told["client error"], ssl.SSLError)
    assert isinstance(told["error"], ssl.SSLError)


def test_a_key_store_serves(files):
    """(c13, c28)"""
    client = ssl.create_default_context(cafile="cert.pem")
    told = shake(SecureSocket(key_store="store.p12", key_store_password=secret("STORE")).server_context(), client)
    assert told["read"] == b"hello"


def test_a_trust_store_trusts(files):
    """(b59, c13)"""
    store = serialization.pkcs12.serialize_java_truststore(
        [
            serialization.pkcs12.PKCS12Certificate(
                x509.load_pem_x509_certificate((files / "cert.pem").read_bytes()), b"me"
            )
        ],
        serialization.BestAvailableEncryption(b"store"),
    )
    (files / "trust.p12").write_bytes(store)
    client = ClientSecureSocket(trust_store="trust.p12", trust_store_password=secret("STORE")).client_context()
    told = shake(SecureSocket(cert_file="cert.pem", key_file="key.pem").server_context(), client)
    assert told["read"] == b"hello"


TRUST = [
    ({"ca_file": ""}, CERT),  # (b59, c18)
    ({"trust_store": ""}, "TrustStore file location must be provided for secure connection"),  # (b59, c16)
    ({"trust_store": "store.p12"}, "TrustStore password must be provided for secure connection"),  # (b59, c17)
]


@pytest.mark.parametrize(("settings", "words"), TRUST)
def test_what_a_client_needs_is_said_word_by_word(files, settings, words):
    """(b59)"""
    with pytest.raises(SecureSocketError) as caught:
        ClientSecureSocket(**settings).client_context()
    assert str(caught.value) == words


@pytest.mark.parametrize("name", ["text.pem", "nowhere.p12", "cert.pem"])
def test_a_trust_store_that_is_none(files, name):
    """(b59, c15)"""
    with pytest.raises(SecureSocketError, match="Failed to initialize the SSL context"):
        ClientSecureSocket(trust_store=name, trust_store_password=secret("STORE")).client_context()


def test_the_host_name_is_checked_unless_that_is_switched_off(served, tmp_path):
    """(b59)"""
    server = SecureSocket(**served).server_context()
    strict = ClientSecureSocket(ca_file=tmp_path / "ca.pem").client_context()
    assert "Hostname mismatch" in str(shake(server, strict, name="example.org")["client error"])
    assert shake(server, strict, name="127.0.0.1")["read"] == b"hello"
    stranger = ClientSecureSocket().client_context()
    assert isinstance(shake(server, stranger)["client error"], ssl.SSLCertVerificationError)
    trusting = ClientSecureSocket(verify=False).client_context()
    assert shake(server, trusting, name="example.org")["read"] == b"hello"


def test_who_names_authorities_trusts_no_others(served, tmp_path, home):
    server = development_certificate().server_context()
    assert shake(server, ClientSecureSocket().client_context())["read"] == b"hello"
    strict = ClientSecureSocket(ca_file=tmp_path / "ca.pem").client_context()
    assert isinstance(shake(server, strict)["client error"], ssl.SSLCertVerificationError)


def client_with(tmp_path, certificate, **settings):
    if certificate is None:
        return ClientSecureSocket(ca_file=tmp_path / "ca.pem", **settings).client_context()
    certificate.private_key_and_cert_chain_pem.write_to_path(tmp_path / "me.pem")
    own = {"cert_file": tmp_path / "me.pem", "key_file": tmp_path / "me.pem"}
    return ClientSecureSocket(ca_file=tmp_path / "ca.pem", **own, **settings).client_context()


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_mutual_tls_lets_in_whom_it_knows(served, tmp_path, version):
    """(T07)"""
    server = SecureSocket(**served, client_ca_file=tmp_path / "ca.pem", versions=(version,)).server_context()
    expired = authority().issue_cert("old", not_after=dt.datetime.now(dt.UTC) - dt.timedelta(days=1))
    for certificate in (None, leaf("eve", by="other"), expired):
        told = shake(server, client_with(tmp_path, certificate))
        assert "error" in told
        assert "read" not in told or told["read"] == b""
    told = shake(server, client_with(tmp_path, leaf("anna")))
    assert told["read"] == b"hello"
    assert told["facts"].peer_name == "anna"


def test_a_peer_name_is_shown_escaped(served, tmp_path):
    """(T07, S01)"""
    server = SecureSocket(**served, client_ca_file=tmp_path / "ca.pem").server_context()
    evil = authority().issue_cert("x", common_name="\x1b[31m<b>\u202e")
    told = shake(server, client_with(tmp_path, evil))
    assert told["facts"].peer_name == "\x1b[31m<b>\u202e"
    assert r"'\x1b[31m<b>\u202e'" in str(told["facts"])


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_sessions_are_resumed_or_never(served, tmp_path, version):
    client = ClientSecureSocket(ca_file=tmp_path / "ca.pem", versions=(version,)).client_context()
    for timeout, reused in ((None, True), (0, False)):
        server = SecureSocket(**served, session_timeout=timeout).server_context()
        first = shake(server, client)
        again = shake(server, client, session=first["session"])
        assert again["read"] == b"hello"
        assert again["reused"] is reused


def serial(told):
    return x509.load_der_x509_certificate(told["certificate"]).serial_number


def test_a_reload_serves_the_new_certificate_and_a_broken_file_the_old_one(served, tmp_path):
    """(T08)"""
    secure = SecureSocket(**served)
    client = ClientSecureSocket(ca_file=tmp_path / "ca.pem").client_context()
    first = serial(shake(secure.server_context(), client))
    new = authority().issue_cert("localhost")
    new.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    with pytest.raises(SecureSocketError, match="does not fit"):
        secure.reload()
    assert serial(shake(secure.server_context(), client)) == first
    new.private_key_pem.write_to_path(tmp_path / "key.pem")
    secure.reload()
    assert serial(shake(secure.server_context(), client)) != first


# -- development certificates


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("TCPNB_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_development_certificate_serves_this_machine(home, tmp_path, monkeypatch):
    """(T12)"""
    monkeypatch.chdir(tmp_path)
    secure = development_certificate("example.test")
    assert not home.exists()
    server = secure.server_context()
    for name in ("localhost", "127.0.0.1", "::1", "example.test"):
        assert shake(server, client_context_for(secure), name=name)["read"] == b"hello"
        assert shake(server, ClientSecureSocket().client_context(), name=name)["read"] == b"hello"
    told = shake(server, client_context_for(secure))
    certificate = x509.load_der_x509_certificate(told["certificate"])
    assert certificate.not_valid_after_utc - dt.datetime.now(dt.UTC) <= dt.timedelta(days=30)
    assert "for tests only" in certificate.subject.rfc4514_string()
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
    key = development_folder() / "ca-key.pem"
    assert key.stat().st_mode & 0o777 == 0o600
    assert development_folder().stat().st_mode & 0o777 == 0o700
    assert (development_folder() / ".gitignore").read_text() == "*\n"
    assert {path.name for path in development_folder().iterdir()} == {"ca.pem", "ca-key.pem", ".gitignore"}


def test_all_kernels_of_a_user_share_one_authority(home):
    """Four at once, on a folder that is not there yet."""
    issue = "from tcpnb.runtime.development import issue; issue()"
    show = "from tcpnb.model.tls import development_ca_file; print(development_ca_file().read_text())"
    command = [sys.executable, "-c", f"{issue}\n{show}"]
    kernels = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(4)]
    said = {kernel.communicate(timeout=30)[0] for kernel in kernels}
    assert len(said) == 1
    assert development_ca_file().read_text().strip() in said.pop().decode()


@pytest.mark.parametrize("content", [b"", b"nonsense", None])
def test_an_authority_that_cannot_be_used_is_made_anew(home, content):
    first = development_certificate()
    first.server_context()
    key = development_folder() / "ca-key.pem"
    if content is None:
        certificate, private = own_certificate(days=(-10, 5))
        content = certificate.public_bytes(PEM) + key_bytes(private)
    key.write_bytes(content)
    second = development_certificate()
    assert shake(second.server_context(), client_context_for(second))["read"] == b"hello"


def test_a_name_that_no_certificate_can_carry(home):
    with pytest.raises(SecureSocketError, match="is no host name that a certificate can carry"):
        development_certificate("a..b").server_context()


def test_any_other_certificate_is_pinned(files, tmp_path):
    secure = SecureSocket(cert_file="cert.pem", key_file="key.pem")
    assert shake(secure.server_context(), client_context_for(secure), name="whatever.example")["read"] == b"hello"
    other, key = own_certificate()
    (files / "new.pem").write_bytes(other.public_bytes(PEM))
    (files / "new.key").write_bytes(key_bytes(key))
    told = shake(SecureSocket(cert_file="new.pem", key_file="new.key").server_context(), client_context_for(secure))
    assert isinstance(told["client error"], ssl.SSLCertVerificationError)
    store = SecureSocket(key_store="store.p12", key_store_password=secret("STORE"))
    assert shake(store.server_context(), client_context_for(store), name="whatever.example")["read"] == b"hello"
