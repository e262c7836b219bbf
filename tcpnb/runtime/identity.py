"""Load certificates, keys and authorities into a TLS context, and say in words what is wrong with a file."""

from __future__ import annotations

import _ssl
import contextlib
import math
import os
import secrets
import ssl
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from tcpnb.errors import SecureSocketError
from tcpnb.model.tls import certificate_problem, key_problem, key_store_problem
from tcpnb.runtime.config import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.serialization.pkcs12 import PKCS12KeyAndCertificates

__all__ = (
    "Password",
    "Place",
    "expired_since",
    "load_encrypted",
    "load_key_store",
    "load_pem",
    "public_part",
    "refused",
    "trust",
    "trust_key_store",
)

Password: TypeAlias = Secret | str | None
Place: TypeAlias = "str | os.PathLike[str]"

_FAILED: Final = "Failed to initialize the SSL context"


def load_pem(
    context: ssl.SSLContext,
    cert_file: Place | None,
    key_file: Place | None,
    password: Password,
) -> None:
    """Load certificate and key from PEM files; whatever is wrong with them is told in words."""
    cert, key = _given("cert_file", cert_file, "Certificate"), _given("key_file", key_file, "Private key")
    opener = _text(password)
    if problem := certificate_problem(cert):
        raise refused("cert_file", cert, problem)
    if problem := key_problem(key, has_password=bool(opener)):
        raise refused("key_file", key, problem)
    try:
        context.load_cert_chain(cert, key, password=_never_ask(key, opener))
    except ssl.SSLError as error:
        raise _explained(error, cert, key, has_password=bool(opener)) from None
    except OSError as error:
        raise refused("cert_file", cert, f"{cert} or {key} cannot be read: {error.strerror}") from None


def _explained(error: ssl.SSLError, cert: str, key: str, *, has_password: bool) -> SecureSocketError:
    if error.reason == "KEY_VALUES_MISMATCH":
        return refused("key_file", key, f"the private key in {key} does not fit the certificate in {cert}")
    if _is_sound_certificate(cert):
        if has_password:
            return refused(
                "key_password", None, f"the password does not open the private key in {key}, or that file is damaged"
            )
        return refused("key_file", key, f"private key file {key} is damaged: between BEGIN and END is no key")
    if error.reason in {"EE_KEY_TOO_SMALL", "CA_KEY_TOO_SMALL", "CA_MD_TOO_WEAK"}:
        return refused("cert_file", cert, f"the certificate in {cert} is too weak for OpenSSL here ({_said(error)})")
    return refused("cert_file", cert, f"certificate file {cert} is damaged: between BEGIN and END is no certificate")


def _is_sound_certificate(cert: str) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cert)
    except (ssl.SSLError, OSError):
        return False
    return True


def _never_ask(key: str, password: str) -> Callable[[], bytes]:
    """The answer to OpenSSL's question for the password, which would else wait at the terminal for ever."""

    def answer() -> bytes:
        if not password:
            raise refused("key_file", key, f'private key file {key} is encrypted; give key_password=tcp.secret("…")')
        return password.encode()

    return answer


def load_key_store(context: ssl.SSLContext, path: Place, password: Password) -> None:
    """Load certificate and key from a PKCS12 file."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  only a key store needs it

    store = _open_key_store("key_store", path, password, "KeyStore")
    if store.key is None or store.cert is None:
        raise refused("key_store", path, f"{_FAILED}: {path} holds no certificate with its private key")
    encoding = serialization.Encoding.PEM
    certificates = [store.cert, *store.additional_certs]
    chain = b"".join(one.certificate.public_bytes(encoding) for one in certificates)
    once = secrets.token_bytes(32).hex().encode()
    key = store.key.private_bytes(
        encoding, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(once)
    )
    load_encrypted(context, chain, key, once)


def _open_key_store(field_name: str, path: Place, password: Password, what: str) -> PKCS12KeyAndCertificates:
    place = _given(field_name, path, what)
    opener = _text(password)
    if not opener:
        name = f"{field_name}_password"
        raise refused(name, None, f"{what} password must be provided for secure connection")
    if problem := key_store_problem(place):
        raise refused(field_name, place, f"{_FAILED}: {problem}")
    try:
        from cryptography.hazmat.primitives.serialization import pkcs12  # noqa: PLC0415  only a key store needs it
    except ImportError:
        reason = f"{_FAILED}: a key store needs the cryptography package"
        raise refused(field_name, place, reason, "pip install cryptography, or use cert_file and key_file") from None
    try:
        return pkcs12.load_pkcs12(Path(place).read_bytes(), opener.encode())
    except ValueError:
        reason = f"{_FAILED}: {place} does not open with this password, or is no PKCS12 file"
        raise refused(field_name, place, reason) from None


def load_encrypted(context: ssl.SSLContext, chain: bytes, key: bytes, password: bytes) -> None:
    """Load a certificate with its encrypted key.

    It goes by way of a file, since Python's ssl reads keys from files only; in that file the key stays encrypted.
    """
    descriptor, name = tempfile.mkstemp(prefix="tcpnb-", suffix=".pem")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(chain + key)
        context.load_cert_chain(name, password=password)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)  # noqa: PTH108  the name is what mkstemp gave


def trust(context: ssl.SSLContext, field_name: str, path: Place) -> None:
    """Believe the authorities in a PEM file."""
    place = _given(field_name, path, "Certificate")
    if problem := certificate_problem(place, what="authorities' certificate file"):
        raise refused(field_name, place, problem)
    try:
        context.load_verify_locations(place)
    except (ssl.SSLError, OSError) as error:
        raise refused(field_name, place, f"certificate file {place} is damaged: {_said(error)}") from None


def trust_key_store(context: ssl.SSLContext, path: Place, password: Password) -> None:
    """Believe the authorities in a PKCS12 file."""
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415  only a trust store needs it

    store = _open_key_store("trust_store", path, password, "TrustStore")
    certificates = [store.cert, *store.additional_certs] if store.cert else list(store.additional_certs)
    if not certificates:
        raise refused("trust_store", path, f"{_FAILED}: {path} holds no certificate")
    context.load_verify_locations(cadata=b"".join(one.certificate.public_bytes(Encoding.DER) for one in certificates))


def public_part(cert_file: Place | None, key_store: Place | None, password: Password) -> str | bytes:
    """What ``load_verify_locations(cadata=…)`` takes to know this certificate again."""
    if key_store is None:
        cert = _given("cert_file", cert_file, "Certificate")
        if problem := certificate_problem(cert):
            raise refused("cert_file", cert, problem)
        return Path(cert).read_text("ascii", "replace")
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415  only a key store needs it

    store = _open_key_store("key_store", key_store, password, "KeyStore")
    if store.cert is None:
        raise refused("key_store", key_store, f"{_FAILED}: {key_store} holds no certificate")
    return store.cert.certificate.public_bytes(Encoding.DER)


def expired_since(cert_file: Place | None, key_store: Place | None, password: Password) -> str:
    """Since when this certificate is of no use, as ``2024-05-31``; empty while it can be used."""
    if key_store is not None:
        own = _open_key_store("key_store", key_store, password, "KeyStore").cert
        ends = own.certificate.not_valid_after_utc.timestamp() if own is not None else math.inf
    elif cert_file is not None:
        read: Any = vars(_ssl)["_test_decode_cert"]  # the only reader of a certificate's dates in the standard library
        ends = ssl.cert_time_to_seconds(read(os.fspath(cert_file))["notAfter"])
    else:
        ends = math.inf
    return "" if ends > time.time() else time.strftime("%Y-%m-%d", time.gmtime(ends))


def _given(field_name: str, path: Place | None, what: str) -> str:
    place = "" if path is None else os.fspath(path)
    if not place.strip():
        raise refused(field_name, path, f"{what} file location must be provided for secure connection")
    return place


def _text(password: Password) -> str:
    return password.reveal() if isinstance(password, Secret) else password or ""


def _said(error: BaseException) -> str:
    reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
    return str(reason).replace("_", " ").lower()


def refused(field_name: str, value: object, reason: str, cure: str = "") -> SecureSocketError:
    """An error to raise: a field, its value, why not, and what to do."""
    return SecureSocketError(field_name, value, reason, cure)
