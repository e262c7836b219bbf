"""Read certificates and keys into `CertificateFacts`; loads ``cryptography``, so it is imported when it is used."""

from __future__ import annotations

import datetime as dt
import ipaddress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from tcpnb.model.tls import CertificateFacts, certificate_problem, key_problem, key_store_problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes, PrivateKeyTypes

__all__ = ("from_key_store", "from_pem")

SOON: Final = dt.timedelta(days=30)
SMALLEST_RSA: Final = 2048
WEAK_HASHES: Final = frozenset({"md5", "sha1"})


def from_pem(cert_file: str, key_file: str, key_password: str, host: str) -> CertificateFacts:
    """The facts of a PEM certificate, and of its key where a file is given."""
    if problem := certificate_problem(cert_file):
        return CertificateFacts(problems=(problem,))
    try:
        certificate = x509.load_pem_x509_certificate(Path(cert_file).read_bytes())
    except (ValueError, OSError):
        problem = f"certificate file {cert_file} is damaged: between BEGIN and END is no certificate"
        return CertificateFacts(problems=(problem,))
    if not key_file:
        return _facts(certificate, None, (), host)
    key, trouble = _key(key_file, key_password)
    if key is not None and not _fits(certificate, key):
        trouble = f"the private key in {key_file} does not fit the certificate in {cert_file}"
    return _facts(certificate, key, (trouble,) if trouble else (), host)


def from_key_store(key_store: str, password: str, host: str) -> CertificateFacts:
    """The facts of the certificate in a PKCS12 file."""
    if problem := key_store_problem(key_store):
        return CertificateFacts(problems=(problem,))
    try:
        store = pkcs12.load_pkcs12(Path(key_store).read_bytes(), password.encode())
    except (ValueError, OSError):
        return CertificateFacts(problems=(f"{key_store} does not open with this password, or is no PKCS12 file",))
    if store.cert is None or store.key is None:
        return CertificateFacts(problems=(f"{key_store} holds no certificate with its private key",))
    return _facts(store.cert.certificate, store.key, (), host)


def _key(path: str, password: str) -> tuple[PrivateKeyTypes | None, str]:
    if problem := key_problem(path, has_password=bool(password)):
        return None, problem
    content = Path(path).read_bytes()
    for opener in (password.encode() or None, None):  # a password may be given for a key that needs none
        try:
            return serialization.load_pem_private_key(content, opener), ""
        except (ValueError, TypeError):
            continue
    known = "the password does not open it, or it" if password else "it"
    return None, f"private key file {path} cannot be read: {known} is damaged"


def _fits(certificate: x509.Certificate, key: PrivateKeyTypes) -> bool:
    encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    return bool(key.public_key().public_bytes(encoding, form) == certificate.public_key().public_bytes(encoding, form))


def _facts(
    certificate: x509.Certificate, key: PrivateKeyTypes | None, problems: tuple[str, ...], host: str
) -> CertificateFacts:
    algorithm = certificate.signature_hash_algorithm
    return CertificateFacts(
        subject=certificate.subject.rfc4514_string(),
        names=_names(certificate),
        issuer=certificate.issuer.rfc4514_string(),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        is_self_signed=certificate.subject == certificate.issuer,
        key=_kind(certificate.public_key()),
        signature=algorithm.name if algorithm else "",
        fits_key=None if key is None else _fits(certificate, key),
        problems=problems,
        warnings=tuple(_warnings(certificate, host)),
    )


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    hosts, addresses = _alternatives(certificate)
    return (*hosts, *addresses)


def _alternatives(certificate: x509.Certificate) -> tuple[list[str], list[str]]:
    """The host names and the addresses that it stands for."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return [], []
    return names.get_values_for_type(x509.DNSName), [*map(str, names.get_values_for_type(x509.IPAddress))]


def _kind(key: CertificatePublicKeyTypes) -> str:
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {key.curve.name}"
    return type(key).__name__.removeprefix("_").removesuffix("PublicKey")


def _warnings(certificate: x509.Certificate, host: str) -> Iterator[str]:
    now, begin, end = dt.datetime.now(dt.UTC), certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if end < now:
        yield f"the certificate expired on {end:%Y-%m-%d}; clients will refuse it"
    elif begin > now:
        yield f"the certificate is not valid before {begin:%Y-%m-%d}; clients will refuse it"
    elif end - now < SOON:
        yield f"the certificate expires on {end:%Y-%m-%d}, in {(end - now).days} days"
    key, algorithm = certificate.public_key(), certificate.signature_hash_algorithm
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < SMALLEST_RSA:
        yield f"an RSA key of {key.key_size} bits is weak; take {SMALLEST_RSA} or more"
    if algorithm is not None and algorithm.name in WEAK_HASHES:
        yield f"the certificate is signed with {algorithm.name}, which is weak; clients may refuse it"
    if host and not _stands_for(host, certificate):
        yield f"the certificate does not stand for {host}; it names {', '.join(_names(certificate)) or 'no host'}"


def _stands_for(host: str, certificate: x509.Certificate) -> bool:
    hosts, addresses = _alternatives(certificate)
    try:
        return str(ipaddress.ip_address(host)) in addresses
    except ValueError:
        wanted = host.lower().rstrip(".")
    parent = wanted.partition(".")[2]
    return any(name.lower() == wanted or (parent and name.lower() == f"*.{parent}") for name in hosts)
