from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes
from fakes.certificates import DER, PEM, key_bytes, key_store, leaf, own_certificate, weak_rsa

from tcpnb.model.tls import certificate_facts


def write(folder, certificate, key, *, password=b""):
    (folder / "cert.pem").write_bytes(certificate.public_bytes(PEM))
    (folder / "key.pem").write_bytes(key_bytes(key, password))
    return str(folder / "cert.pem"), str(folder / "key.pem")


def test_tells_what_a_certificate_says(tmp_path):
    facts = certificate_facts(*write(tmp_path, *own_certificate()), host="localhost")
    assert facts.subject == facts.issuer == "CN=localhost"
    assert facts.names == ("localhost",)
    assert (facts.key, facts.signature, facts.fits_key, facts.is_self_signed) == ("EC secp256r1", "sha256", True, True)
    assert (facts.not_after - facts.not_before).days == 366
    assert facts.not_after.tzinfo is not None
    assert (facts.problems, facts.warnings) == ((), ())


def test_an_authority_is_told(tmp_path):
    leaf("example.org").cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    facts = certificate_facts(str(tmp_path / "cert.pem"))
    assert (facts.names, facts.is_self_signed, facts.fits_key) == (("example.org", "127.0.0.1"), False, None)
    assert "good" in facts.issuer


WARNINGS = [
    ({"days": (-10, -1)}, "the certificate expired on "),
    ({"days": (1, 100)}, "the certificate is not valid before "),
    ({"days": (-1, 5)}, "in 4 days"),
    ({"name": "example.org"}, "the certificate does not stand for localhost; it names example.org"),
]


@pytest.mark.parametrize(("options", "words"), WARNINGS)
def test_warns_of_what_clients_will_refuse(tmp_path, options, words):
    """(T06)"""
    facts = certificate_facts(*write(tmp_path, *own_certificate(**options)), host="localhost")
    assert facts.problems == ()
    (warning,) = facts.warnings
    assert words in warning


def test_warns_of_weak_keys_and_hashes(tmp_path):
    """(T06)"""
    facts = certificate_facts(*write(tmp_path, *own_certificate(key=weak_rsa())))
    assert facts.key == "RSA 1024"
    assert facts.warnings == ("an RSA key of 1024 bits is weak; take 2048 or more",)


def test_warns_of_a_weak_signature(tmp_path, monkeypatch):
    """(T06) nothing here signs with SHA-1 any more, so another hash stands for the weak one."""
    monkeypatch.setattr("tcpnb.model.certificates.WEAK_HASHES", frozenset({"sha384"}))
    facts = certificate_facts(*write(tmp_path, *own_certificate(algorithm=hashes.SHA384())))
    assert facts.warnings == ("the certificate is signed with sha384, which is weak; clients may refuse it",)


STANDS = [
    ("*.example.org", "www.example.org", True),
    ("*.example.org", "a.b.example.org", False),
    ("*.example.org", "example.org", False),
    ("Example.org", "eXample.ORG.", True),
    ("127.0.0.1", "127.0.0.1", False),  # an address written as a name is none
]


@pytest.mark.parametrize(("name", "host", "stands"), STANDS)
def test_knows_for_whom_a_certificate_stands(tmp_path, name, host, stands):
    facts = certificate_facts(*write(tmp_path, *own_certificate(name=name)), host=host)
    assert (facts.warnings == ()) is stands


def test_addresses_are_compared_as_addresses(tmp_path):
    leaf().cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    assert certificate_facts(str(tmp_path / "cert.pem"), host="127.0.0.1").warnings == ()
    assert certificate_facts(str(tmp_path / "cert.pem"), host="::1").warnings != ()


PROBLEMS = [
    ("nowhere.pem", "key.pem", "", "nowhere.pem does not exist"),
    ("cert.pem", "nowhere.pem", "", "nowhere.pem does not exist"),
    ("torn.pem", "key.pem", "", "torn.pem is damaged"),
    ("cert.pem", "torn-key.pem", "", "torn-key.pem cannot be read: it is damaged"),
    ("cert.pem", "locked.pem", "", "locked.pem is encrypted"),
    ("cert.pem", "locked.pem", "wrong", "cannot be read: the password does not open it, or it is damaged"),
    ("cert.pem", "other.pem", "", "does not fit the certificate"),
    ("key.pem", "cert.pem", "", "are cert_file and key_file swapped?"),
    ("cert.der", "key.pem", "", "is DER, not PEM"),
    (".", "key.pem", "", "is a folder"),
    ("x\0y", "key.pem", "", "cannot be read"),
]


@pytest.fixture
def folder(tmp_path):
    certificate, key = own_certificate()
    write(tmp_path, certificate, key)
    (tmp_path / "locked.pem").write_bytes(key_bytes(key, b"right"))
    (tmp_path / "other.pem").write_bytes(key_bytes(own_certificate()[1]))
    (tmp_path / "cert.der").write_bytes(certificate.public_bytes(DER))
    (tmp_path / "torn.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    (tmp_path / "torn-key.pem").write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    (tmp_path / "store.p12").write_bytes(key_store(certificate, key))
    (tmp_path / "empty.p12").write_bytes(b"\x30\x00")
    return tmp_path


@pytest.mark.parametrize(("cert", "key", "password", "words"), PROBLEMS)
def test_tells_problems_and_never_raises(folder, cert, key, password, words):
    """(T05)"""
    facts = certificate_facts(str(folder / cert), str(folder / key), key_password=password)
    (problem,) = facts.problems
    assert words in problem


def test_a_password_opens_a_key_and_one_too_many_does_no_harm(folder):
    cert = str(folder / "cert.pem")
    assert certificate_facts(cert, str(folder / "locked.pem"), key_password="right").fits_key
    assert certificate_facts(cert, str(folder / "key.pem"), key_password="right").fits_key


def test_reads_a_key_store(folder):
    facts = certificate_facts(key_store=str(folder / "store.p12"), key_store_password="store")
    assert (facts.subject, facts.fits_key, facts.problems) == ("CN=localhost", True, ())
    for store, password, words in (
        ("store.p12", "wrong", "does not open with this password, or is no PKCS12 file"),
        ("empty.p12", "store", "does not open with this password, or is no PKCS12 file"),
        ("cert.pem", "store", "is a PEM file"),
        ("nowhere.p12", "store", "does not exist"),
    ):
        (problem,) = certificate_facts(key_store=str(folder / store), key_store_password=password).problems
        assert words in problem
