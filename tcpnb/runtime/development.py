"""Certificates for tests only: one development authority for each user, and short-lived certificates that it signs."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import os
import secrets
from typing import TYPE_CHECKING

from tcpnb.errors import SecureSocketError
from tcpnb.model.tls import development_ca_file, development_folder

try:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
except ImportError:
    raise SecureSocketError(
        "secure_socket", None, "a development certificate needs the cryptography package", "pip install cryptography"
    ) from None

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ("issue",)

LOCAL = ("localhost", "127.0.0.1", "::1")
LEAF_LIFE = dt.timedelta(days=30)
AUTHORITY_LIFE = dt.timedelta(days=730)
PEM = serialization.Encoding.PEM


def issue(names: Iterable[str] = ()) -> tuple[bytes, bytes, bytes]:
    """A certificate for this machine and the given names: its chain, its key encrypted, the password of the key.

    The key and its password live in memory only. The authority is made at the first call and shared by all of this
    user's kernels.
    """
    authority, authority_key = _authority()
    key = ec.generate_private_key(ec.SECP256R1())
    now = dt.datetime.now(dt.UTC)
    certificate = (
        _builder("tcpnb development certificate (for tests only)", authority.subject, key.public_key())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(min(now + LEAF_LIFE - dt.timedelta(hours=1), authority.not_valid_after_utc))
        .add_extension(x509.SubjectAlternativeName([*map(_name, dict.fromkeys([*names, *LOCAL]))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    once = secrets.token_bytes(32).hex().encode()
    return certificate.public_bytes(PEM), _key_bytes(key, serialization.BestAvailableEncryption(once)), once


def _authority() -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """The user's authority, made where there is none or it ends within a month."""
    folder = development_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    private = folder / "ca-key.pem"
    with _alone_in(folder):
        found = _read(private)
        if found is None:
            _place_new(private)
            found = _read(private)
    if found is None:
        raise SecureSocketError(
            "secure_socket", str(private), f"the development authority in {private} cannot be read", "remove that file"
        )
    _publish(found[0])
    return found


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Let one process at a time look for the authority, where the system has locks for folders."""
    try:
        import fcntl  # noqa: PLC0415  not on Windows
    except ImportError:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)  # gives the lock back


def _read(private: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None:
    """The authority in the file; None where there is none that lasts."""
    try:
        content = private.read_bytes()
        certificate = x509.load_pem_x509_certificate(content)
        key = serialization.load_pem_private_key(content, None)
    except (OSError, ValueError):
        return None
    lasts = certificate.not_valid_after_utc - dt.datetime.now(dt.UTC) > LEAF_LIFE
    return (certificate, key) if lasts and isinstance(key, ec.EllipticCurvePrivateKey) else None


def _place_new(private: Path) -> None:
    """Write a new authority, whole or not at all."""
    draft = private.with_name(f"{private.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(_new_authority())
    draft.replace(private)


def _publish(certificate: x509.Certificate) -> None:
    """Put the certificate, which is no secret, where clients look for it."""
    public, text = development_ca_file(), certificate.public_bytes(PEM)
    with contextlib.suppress(FileNotFoundError):
        if public.read_bytes() == text:
            return
    draft = public.with_name(f"{public.name}.{secrets.token_hex(8)}")
    draft.write_bytes(text)
    draft.replace(public)
    (public.parent / ".gitignore").write_text("*\n")


def _new_authority() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tcpnb development authority (for tests only)")])
    now = dt.datetime.now(dt.UTC)
    usage = {
        "digital_signature": False,
        "content_commitment": False,
        "key_encipherment": False,
        "data_encipherment": False,
    }
    usage |= {
        "key_agreement": False,
        "key_cert_sign": True,
        "crl_sign": True,
        "encipher_only": False,
        "decipher_only": False,
    }
    certificate = (
        _builder("tcpnb development authority (for tests only)", name, key.public_key())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(PEM) + _key_bytes(key, serialization.NoEncryption())


def _builder(subject: str, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _name(name: str) -> x509.GeneralName:
    try:
        if ":" in name or name.replace(".", "").isdigit():
            return x509.IPAddress(ipaddress.ip_address(name))
        return x509.DNSName(name.encode("idna").decode("ascii"))
    except (UnicodeError, ValueError):
        raise SecureSocketError("names", name, f"{name!r} is no host name that a certificate can carry") from None


def _key_bytes(key: ec.EllipticCurvePrivateKey, encryption: serialization.KeySerializationEncryption) -> bytes:
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, encryption)
