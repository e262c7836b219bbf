"""TLS for listeners and for a design's own connections: what is checked when, and how the key stays secret.

A `SecureSocket` is a frozen value. Making one checks settings and touches no file; `server_context` reads the files,
when a listener starts, and answers every problem with a `SecureSocketError` in words. No password is ever asked for on
a terminal, and a key that was decrypted is never on a disk in clear.
"""

from __future__ import annotations

import os
import ssl
import sys
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final

from tcpnb.errors import DesignError, shown
from tcpnb.model.settings import is_seconds
from tcpnb.model.tls import VERSIONS, TlsFacts, cipher_problem, development_ca_file, version_problem
from tcpnb.runtime.config import Secret
from tcpnb.runtime.identity import (
    expired_since,
    load_encrypted,
    load_key_store,
    load_pem,
    public_part,
    refused,
    trust,
    trust_key_store,
)
from tcpnb.runtime.sockets import check_host

if TYPE_CHECKING:
    from types import FrameType

    from tcpnb.runtime.identity import Password, Place

__all__ = (
    "ClientSecureSocket",
    "SecureSocket",
    "client_context_for",
    "development_certificate",
    "facts",
    "handshake_problem",
)

_ENDS: Final = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}

_A_PATH: Final = 'give one as "server.pem"'
_PLAIN: Final = "the client spoke plain text"
_HANDSHAKE_WORDS: Final = {
    "HTTP_REQUEST": f"{_PLAIN} (an HTTP request)",
    "HTTPS_PROXY_REQUEST": f"{_PLAIN} (an HTTP proxy request)",
    "WRONG_VERSION_NUMBER": _PLAIN,
    "RECORD_LAYER_FAILURE": _PLAIN,
    "PACKET_LENGTH_TOO_LONG": _PLAIN,
    "UNSUPPORTED_PROTOCOL": "the client offers no TLS version that is served here",
    "VERSION_TOO_LOW": "the client offers no TLS version that is served here",
    "NO_SHARED_CIPHER": "the client offers no cipher that is served here",
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": "the client showed no certificate, and this listener asks for one",
    "TLSV1_ALERT_UNKNOWN_CA": "the client does not trust this listener's certificate",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "the client does not trust this listener's certificate",
    "SSLV3_ALERT_BAD_CERTIFICATE": "the client does not trust this listener's certificate",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": "the client says that this listener's certificate has expired",
}
"""What OpenSSL's reasons mean to a server."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class _Settings:
    """What both ends have: an identity of their own, versions, ciphers, time-outs.

    A relative path is meant from the folder of the design that names it, elsewhere from the current folder.
    """

    cert_file: Place | None = None
    """The certificate with its chain, PEM."""
    key_file: Place | None = None
    """The private key, PEM; it may be encrypted."""
    key_password: Password = None
    """Opens an encrypted key: ``tcp.secret("NAME")``."""
    key_store: Place | None = None
    """Certificate and key in one PKCS12 file, instead of the two PEM files."""
    key_store_password: Password = None
    """Opens the key store: ``tcp.secret("NAME")``."""
    versions: tuple[str, ...] = VERSIONS
    """The TLS versions that are offered."""
    ciphers: tuple[str, ...] = ()
    """OpenSSL's names of the TLS 1.2 cipher suites that are offered; empty for OpenSSL's own choice."""
    handshake_timeout: float | None = 10
    """Seconds that a handshake may take; None for no limit."""
    session_timeout: float | None = None
    """None resumes sessions as OpenSSL does, 0 never does."""
    _folder: str = field(default="", init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_folder", _design_folder())
        self._check_kinds()
        for name in ("versions", "ciphers"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if not self.versions:
            raise refused(
                "versions", self.versions, "without a TLS version nobody can connect", f"choose from {VERSIONS}"
            )
        for version in self.versions:
            if problem := version_problem(version):
                raise refused("versions", version, problem)
        for cipher in self.ciphers:
            if problem := cipher_problem(cipher):
                raise refused("ciphers", cipher, problem)
        if self.ciphers and "TLSv1.2" not in self.versions:
            raise refused("ciphers", self.ciphers, "ciphers can be chosen for TLS 1.2 only", "leave them out")
        self._check_times()

    def __repr__(self) -> str:
        """What was set, passwords by name only: it goes into logs and onto screens."""
        said = [
            f"{one.name}={'***' if 'password' in one.name and isinstance(value, str) else repr(value)}"
            for one in fields(self)
            if one.repr and (value := getattr(self, one.name)) != one.default
        ]
        return f"{type(self).__name__.strip('_')}({', '.join(said)})"

    def _check_kinds(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if one.name in {"versions", "ciphers"} and not isinstance(value, tuple | list | set | frozenset):
                cure = f'write ("{value:.40}",)' if isinstance(value, str) else 'write them as in ("TLSv1.3",)'
                cure = cure if one.name == "versions" or isinstance(value, str) else "leave it out for OpenSSL's choice"
                raise refused(one.name, value, f"{one.name} is a sequence of names, {shown(value)} is none", cure)
            if one.name.endswith("_password") and not isinstance(value, Secret | str | None):
                raise refused(one.name, None, f"{one.name} is no password", 'write tcp.secret("NAME")')
            if one.name.endswith(("_file", "_store")) and not isinstance(value, str | os.PathLike | None):
                raise refused(one.name, value, f"{one.name} is the path of a file, {shown(value)} is none", _A_PATH)
            if one.name in {"verify", "enable"} and not isinstance(value, bool):
                # What is taken for False would switch the protection off without a word.
                raise refused(one.name, value, f"{one.name} is True or False, {shown(value)} is neither")
            if one.name == "server_hostname" and value is not None:
                check_host(value, one.name)

    def _check_times(self) -> None:
        limit = self.handshake_timeout
        if limit is not None and not (is_seconds(limit) and limit > 0):
            reason = f"handshake_timeout is a number of seconds over 0, or None; {shown(limit)} is neither"
            raise refused("handshake_timeout", limit, reason)
        if isinstance(self.session_timeout, bool) or self.session_timeout not in (
            None,
            0,
        ):  # a tuple: the value may be a list
            raise refused(
                "session_timeout",
                self.session_timeout,
                f"session_timeout is None or 0 (no resumption), not {shown(self.session_timeout)}: "
                "Python's ssl has no setting for another time",
                "leave it out",
            )

    def _prepare(self, context: ssl.SSLContext) -> None:
        context.minimum_version = min(_ENDS[version] for version in self.versions)
        context.maximum_version = max(_ENDS[version] for version in self.versions)
        if self.ciphers:
            context.set_ciphers(":".join(self.ciphers))

    def _identify(self, context: ssl.SSLContext) -> None:
        """Load the certificate and its key."""
        if self.key_store is not None:
            load_key_store(context, self._at(self.key_store), self.key_store_password)
        else:
            load_pem(context, self._at(self.cert_file), self._at(self.key_file), self.key_password)

    def _at(self, path: Place | None) -> Place:
        """A relative path of a design is meant from the design's folder, wherever the kernel or the shell stands."""
        place = "" if path is None else os.fspath(path)
        return os.path.join(self._folder, place) if place.strip() and self._folder else place  # noqa: PTH118  no Path yet


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SecureSocket(_Settings):
    """TLS for a listener, from PEM files or a PKCS12 key store.

    ``tcp.SecureSocket(cert_file="server.pem", key_file="server.key", key_password=tcp.secret("KEY_PASSWORD"))``.
    """

    client_ca_file: Place | None = None
    """Asks clients for a certificate of these authorities (PEM), and lets nobody else in (mutual TLS)."""
    _live: list[ssl.SSLContext] = field(default_factory=list, init=False, repr=False, compare=False)

    def server_context(self) -> ssl.SSLContext:
        """The context that a listener serves with, made at the first call and the same ever after.

        Raises: `SecureSocketError` where a file, key or password cannot be used; `ConfigurationError` where a secret
        is not set.
        """
        if not self._live:
            self._live.append(self._make())
        return self._live[0]

    def renewed_context(self) -> ssl.SSLContext:
        """A context from the files as they are now, beside the one that is served; `adopt_context` takes it.

        Raises: as `server_context`.
        """
        return self._make()

    def adopt_context(self, context: ssl.SSLContext) -> None:
        """From now on serve with this context."""
        self._live[:] = [context]

    def reload(self) -> None:
        """Read the files again: new connections get the new certificate, open ones stay as they are.

        All is checked apart first, so that a broken file raises and leaves what is served. Authorities of clients can
        only be added this way; to take one away, start the listener afresh.
        """
        live = self.server_context()
        self._make()
        self._identify(live)
        self._ask_clients(live)

    def public_part(self) -> str | bytes:
        """The certificate, as ``load_verify_locations(cadata=…)`` takes it: for a client that pins it."""
        if self.key_store is None:
            return public_part(self._at(self.cert_file), None, None)
        return public_part("", self._at(self.key_store), self.key_store_password)

    def files(self) -> tuple[str, ...]:
        """The files that it is made of."""
        named = (self.cert_file, self.key_file, self.key_store, self.client_ca_file)
        return tuple(str(self._at(each)) for each in named if each is not None)

    def expired_since(self) -> str:
        """The day on which the certificate ended, as ``2024-05-31``; empty while it can be used."""
        place, store = self._at(self.cert_file) or None, self._at(self.key_store) or None
        return expired_since(place, store, self.key_store_password)

    def _make(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._prepare(context)
        context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION | ssl.OP_CIPHER_SERVER_PREFERENCE
        if self.session_timeout == 0:
            context.options |= ssl.OP_NO_TICKET
            context.num_tickets = 0
        self._identify(context)
        self._ask_clients(context)
        return context

    def _ask_clients(self, context: ssl.SSLContext) -> None:
        if self.client_ca_file is not None:
            trust(context, "client_ca_file", self._at(self.client_ca_file))
            context.verify_mode = ssl.CERT_REQUIRED


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class _DevelopmentSocket(SecureSocket):
    """A `SecureSocket` whose certificate is made when it is needed."""

    names: tuple[str, ...] = ()

    def _identify(self, context: ssl.SSLContext) -> None:
        from tcpnb.runtime.development import issue  # noqa: PLC0415  loads cryptography

        chain, key, password = issue(self.names)
        load_encrypted(context, chain, key, password)


def development_certificate(*names: str) -> SecureSocket:
    """A `SecureSocket` for this machine, signed by an authority that only this user's tcpnb knows: for tests only.

    It stands for localhost, 127.0.0.1, ::1 and the given names, for 30 days at most, and is made at a listener's start.
    `session.connect`, ``tcpnb.connect(…, tls=True)`` and ``tcp.ClientSecureSocket()`` trust its authority.

    Needs the ``cryptography`` package. Raises: `DesignError` for a name that is no host's.
    """
    for name in names:
        if not isinstance(name, str) or not name:
            raise DesignError("names", name, "is no host name", 'write tcp.development_certificate("localhost")')
    return _DevelopmentSocket(names=names)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ClientSecureSocket(_Settings):
    """TLS for a design's own connection: the server's certificate and its host name are checked, SNI is sent."""

    ca_file: Place | None = None
    """The authorities to trust (PEM); None for the system's and the development one."""
    trust_store: Place | None = None
    """The authorities to trust, in a PKCS12 file."""
    trust_store_password: Password = None
    """Opens the trust store: ``tcp.secret("NAME")``."""
    verify: bool = True
    """False believes any server; for experiments only."""
    server_hostname: str | None = None
    """The name that the certificate has to carry, where it is not the host that is connected to."""
    enable: bool = True
    """False speaks plain text and ignores all the rest."""

    def client_context(self) -> ssl.SSLContext:
        """A context for connections to servers.

        Raises: `SecureSocketError` where a file, key or password cannot be used.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._prepare(context)
        self._believe(context)
        if self.key_store is not None or self.cert_file is not None or self.key_file is not None:
            self._identify(context)
        return context

    def _believe(self, context: ssl.SSLContext) -> None:
        if self.ca_file is not None:
            trust(context, "ca_file", self._at(self.ca_file))
        if self.trust_store is not None:
            trust_key_store(context, self._at(self.trust_store), self.trust_store_password)
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        elif self.ca_file is None and self.trust_store is None:
            context.load_default_certs(ssl.Purpose.SERVER_AUTH)
            if development_ca_file().is_file():
                context.load_verify_locations(development_ca_file())


def client_context_for(secure_socket: SecureSocket) -> ssl.SSLContext:
    """A context for a client on this machine that trusts exactly this listener.

    A development certificate is checked against its authority, host name and all; any other certificate is pinned: it
    has to be the very one of the listener's file, whatever name it carries.
    """
    if isinstance(secure_socket, _DevelopmentSocket):
        return ClientSecureSocket(ca_file=development_ca_file()).client_context()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=secure_socket.public_part())
    return context


def facts(connection: ssl.SSLObject | ssl.SSLSocket) -> TlsFacts:
    """What was agreed in a handshake, for ``caller.tls`` and the log."""
    cipher = connection.cipher()
    return TlsFacts(
        version=connection.version() or "", cipher=cipher[0] if cipher else "", peer_name=_peer_name(connection)
    )


def handshake_problem(error: BaseException) -> str:
    """Why a client's handshake failed, in words for the log."""
    if isinstance(error, TimeoutError) or "handshake is taking longer" in str(error):
        return "the client did not finish the TLS handshake in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the client's certificate was refused: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        reason = getattr(error, "reason", None) or str(error)  # an SSLError that Python makes itself has none
        return _HANDSHAKE_WORDS.get(reason) or f"TLS: {reason.replace('_', ' ').lower()}"
    if isinstance(error, ConnectionResetError):
        return "the client reset the connection in the TLS handshake"
    return "the client went away in the TLS handshake"


def _design_folder() -> str:
    """The folder of the design whose code runs now; empty outside of a design."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001  who makes a SecureSocket is a few frames up
    for _ in range(12):
        if frame is None:
            break
        if "__tcpnb_program__" in frame.f_globals:
            return os.path.dirname(str(frame.f_globals.get("__file__", "")))  # noqa: PTH120  no Path yet
        frame = frame.f_back
    return ""


def _peer_name(connection: ssl.SSLObject | ssl.SSLSocket) -> str:
    certificate: dict[str, Any] = connection.getpeercert() or {}
    subject = [pair for part in certificate.get("subject", ()) for pair in part]
    common = [value for name, value in subject if name == "commonName"]
    others = [value for _, value in certificate.get("subjectAltName", ())]
    return str(next(iter([*common, *others]), ""))
