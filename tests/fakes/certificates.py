"""Certificates of every kind, good and bad, made when asked for."""

from __future__ import annotations

import datetime as dt

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

__all__ = ("authority", "key_bytes", "key_store", "leaf", "own_certificate", "weak_rsa")

PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER
PKCS8 = serialization.PrivateFormat.PKCS8


def authority(name="good"):
    """An authority of this name, the same each time."""
    return _authorities.setdefault(name, trustme.CA(organization_name=name))


def leaf(name="localhost", *, by="good"):
    """A certificate of that authority for this host, and for 127.0.0.1."""
    return authority(by).issue_cert(name, "127.0.0.1", common_name=name)


_authorities: dict[str, trustme.CA] = {}


def own_certificate(*, days=(-1, 365), key=None, algorithm=None, name="localhost"):
    """A self-signed certificate and its key; `days` from today."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    now = dt.datetime.now(dt.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + dt.timedelta(days=days[0]))
        .not_valid_after(now + dt.timedelta(days=days[1]))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, algorithm or hashes.SHA256())
    )
    return certificate, key


def key_bytes(key, password=b"", encoding=PEM):
    """A private key as a file holds it."""
    encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(encoding, PKCS8, encryption)


def key_store(certificate, key, password=b"store"):
    """A PKCS12 file's bytes."""
    return pkcs12.serialize_key_and_certificates(
        b"me", key, certificate, None, serialization.BestAvailableEncryption(password)
    )


def weak_rsa():
    """An RSA key of 1024 bits."""
    return rsa.generate_private_key(public_exponent=65537, key_size=1024)
