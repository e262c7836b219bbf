"""What TLS is about: files that can be used, versions and ciphers that may, what was agreed, what a certificate says.

The checks of files look at their text only and need nothing but the standard library; `certificate_facts` loads
``cryptography`` when it is called.
"""

from __future__ import annotations

import os
import re
import ssl
import stat
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

__all__ = (
    "VERSIONS",
    "CertificateFacts",
    "TlsFacts",
    "certificate_facts",
    "certificate_problem",
    "cipher_problem",
    "development_ca_file",
    "development_folder",
    "key_problem",
    "key_store_problem",
    "version_problem",
)

VERSIONS: Final = ("TLSv1.2", "TLSv1.3")
"""The versions that may be offered; older ones are broken."""
LARGEST: Final = 2**20
"""Bytes; no certificate file is that large."""

_LABEL = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----")
_IANA = re.compile(r"TLS_(?P<exchange>\w+)_WITH_(?P<cipher>\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFacts:
    """What the two ends of a connection agreed on; ``caller.tls``."""

    version: str
    """As ``TLSv1.3``."""
    cipher: str
    """OpenSSL's name of the cipher suite."""
    peer_name: str = ""
    """The common name, else the first name, of the client's certificate; empty where it showed none."""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.version, self.cipher, self.peer_name and f"peer {self.peer_name!a}")))


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFacts:
    """What a certificate says, whether its key fits, and what is wrong; empty where it cannot be read."""

    subject: str = ""
    """As ``CN=localhost,O=Example``."""
    names: tuple[str, ...] = ()
    """The host names and addresses that it stands for."""
    issuer: str = ""
    not_before: datetime | None = None
    """In UTC, with its zone."""
    not_after: datetime | None = None
    """In UTC, with its zone."""
    is_self_signed: bool = False
    key: str = ""
    """As ``RSA 2048`` or ``EC secp256r1``."""
    signature: str = ""
    """The hash of its signature, as ``sha256``."""
    fits_key: bool | None = None
    """Whether the private key belongs to it; None where no key was given or could be read."""
    problems: tuple[str, ...] = ()
    """Why a listener cannot start with it, in words."""
    warnings: tuple[str, ...] = ()
    """Why clients may refuse it, in words: expired, soon to expire, weak, for another host."""


def development_folder() -> Path:
    """Where development certificates live: below ``$TCPNB_HOME``, else the user's data folder; never a notebook's."""
    if home := os.environ.get("TCPNB_HOME"):
        return Path(home) / "tls"
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "tcpnb" / "tls"


def development_ca_file() -> Path:
    """The development authority's certificate (PEM); it may not be there yet."""
    return development_folder() / "ca.pem"


def version_problem(name: object) -> str:
    """Why this version cannot be offered, in words; empty where it can."""
    if name in VERSIONS:
        return ""
    known = " and ".join(VERSIONS)
    if name in {"SSLv2", "SSLv3", "TLSv1", "TLSv1.0", "TLSv1.1"}:
        return f"{name} is broken and never offered; choose from {known}"
    return f"{name!r} is no TLS version; choose from {known}"


def cipher_problem(name: object) -> str:
    """Why this cipher suite cannot be chosen, in words; empty where it can."""
    if not isinstance(name, str):
        return f"{name!r} is no cipher name"
    ciphers = _ciphers()
    protocol = ciphers.get(name)
    if protocol == "TLSv1.3":
        return f"{name} is of TLS 1.3, whose suites Python cannot choose among (all of them are safe); leave it out"
    if protocol is not None:
        return ""
    if (iana := _IANA.fullmatch(name)) and (ours := _openssl_name(iana)) in ciphers:
        return f"{name} is the IANA name; OpenSSL calls it {ours}"
    return f"{name!r} is no cipher that OpenSSL here knows and holds for safe; see openssl ciphers -s -tls1_2 HIGH"


@cache
def _ciphers() -> dict[str, str]:
    """The safe cipher suites that this OpenSSL has, each with its protocol."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("HIGH:!aNULL:!eNULL:!PSK:!SRP")
    return {cipher["name"]: cipher["protocol"] for cipher in context.get_ciphers()}


def _openssl_name(iana: re.Match[str]) -> str:
    exchange = "" if iana["exchange"] == "RSA" else iana["exchange"].replace("_", "-") + "-"
    cipher = iana["cipher"].replace("AES_128", "AES128").replace("AES_256", "AES256").replace("_CBC", "")
    return exchange + cipher.removesuffix("_SHA256" if "POLY1305" in cipher else "").replace("_", "-")


def certificate_problem(path: str | Path, *, what: str = "certificate file") -> str:
    """Why this PEM file cannot serve as a certificate, in words; empty where nothing speaks against it."""
    content = _content(path, what)
    if isinstance(content, str):
        return content
    labels = _labels(content)
    if any(label.endswith("CERTIFICATE") for label in labels):
        return ""
    if any(label.endswith("PRIVATE KEY") for label in labels):
        return f"{what} {path} holds a private key and no certificate; are cert_file and key_file swapped?"
    return _no_pem(content, f"{what} {path}", "certificate", f"openssl x509 -inform der -in {path} -out cert.pem")


def key_problem(path: str | Path, *, has_password: bool) -> str:
    """Why this PEM file cannot serve as a private key, in words; empty where nothing speaks against it."""
    content = _content(path, "private key file")
    if isinstance(content, str):
        return content
    labels = _labels(content)
    if not any(label.endswith("PRIVATE KEY") for label in labels):
        if any(label.endswith("CERTIFICATE") for label in labels):
            return f"private key file {path} holds a certificate and no key; are cert_file and key_file swapped?"
        command = f"openssl pkey -inform der -in {path} -out key.pem"
        return _no_pem(content, f"private key file {path}", "private key", command)
    is_encrypted = "ENCRYPTED PRIVATE KEY" in labels or b"Proc-Type: 4,ENCRYPTED" in content
    if is_encrypted and not has_password:
        return f'private key file {path} is encrypted; give key_password=tcp.secret("NAME_OF_THE_VARIABLE")'
    return ""


def key_store_problem(path: str | Path) -> str:
    """Why this file cannot serve as a PKCS12 key store, in words; empty where nothing speaks against it."""
    content = _content(path, "key store")
    if isinstance(content, str):
        return content
    if _labels(content):
        return f"{path} is a PEM file; give it as cert_file and key_file"
    if content.startswith(b"\xfe\xed\xfe\xed"):
        return f"{path} is a JKS key store; convert it with keytool -importkeystore -deststoretype pkcs12"
    if not content.startswith(b"\x30"):
        return f"{path} is no PKCS12 file"
    return ""


def _content(path: str | Path, what: str) -> bytes | str:
    """The file's bytes, or why they cannot be had; never waits on a pipe, never swallows a huge file."""
    place = Path(path)
    try:
        facts = place.stat()
        if reason := _no_file_of_ours(facts):
            return f"{what} {path} {reason}"
        return place.read_bytes()
    except FileNotFoundError:
        where = "" if place.is_absolute() else f" in {Path.cwd()}"
        return f"{what} {path} does not exist{where}"
    except PermissionError:
        return f"{what} {path} may not be read by this user"
    except (OSError, ValueError) as error:
        return f"{what} {path} cannot be read: {error}"


def _no_file_of_ours(facts: os.stat_result) -> str:
    if stat.S_ISDIR(facts.st_mode):
        return "is a folder"
    if not stat.S_ISREG(facts.st_mode):
        return "is no regular file"
    if not facts.st_size:
        return "is empty"
    return f"has {facts.st_size} bytes; no certificate or key is that large" if facts.st_size > LARGEST else ""


def _labels(content: bytes) -> list[str]:
    return [label.decode("ascii") for label in _LABEL.findall(content)]


def _no_pem(content: bytes, which: str, what: str, command: str) -> str:
    if content.startswith(b"\x30"):
        return f"{which} is DER, not PEM; convert it with {command}"
    return f"{which} is no PEM file: it has no -----BEGIN line of a {what}"


def certificate_facts(  # noqa: PLR0913  the settings of a SecureSocket, as they are
    cert_file: str = "",
    key_file: str = "",
    *,
    key_password: str = "",
    key_store: str = "",
    key_store_password: str = "",
    host: str = "",
) -> CertificateFacts:
    """What the files say, for rules and forms; whatever is wrong with them is told in words, nothing is raised.

    Reads the files, loads ``cryptography``, never asks for a password. A password that is not known is an empty one.

    host: the name or address that clients will use; empty to leave that unchecked.
    """
    from tcpnb.model import certificates  # noqa: PLC0415  loads cryptography

    if key_store:
        return certificates.from_key_store(key_store, key_store_password, host)
    return certificates.from_pem(cert_file, key_file, key_password, host)
