"""Certificate and key files that a listener or client cannot work with.

What: files that are named by a literal (or by the default of ``tcp.env``) and are missing, are not what they are given
for, do not fit each other, are encrypted without a password, have expired or will within 30 days. Relative names count
from the design file's folder.
Why: the start would fail, or clients would refuse the connection, at a time when nobody expects it.
Example: ``tcp.SecureSocket(cert_file="key.pem", key_file="cert.pem")``: swapped.
"""

from __future__ import annotations

import datetime as dt
import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from tcpnb.model.diagnostics import Diagnostic
from tcpnb.model.rules.sockets import secure_sockets
from tcpnb.model.rules.values import UNKNOWN, argument, value_of
from tcpnb.model.tls import CertificateFacts, certificate_facts, certificate_problem, key_problem

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from tcpnb.model.rules.context import RuleContext
    from tcpnb.model.rules.sockets import SecureSocketCall
    from tcpnb.model.spans import Span

__all__ = ("check",)


def check(context: RuleContext) -> Iterator[Diagnostic]:
    """Yield diagnostics for the files of every secure socket; reads the files, never asks for a password."""
    for one in secure_sockets(context):
        try:
            yield from _identity(context, one)
        except ModuleNotFoundError as error:  # an installation without the packages that only some designs need
            message = f"its files cannot be looked at without the {error.name} package; pip install {error.name}"
            span = context.span(one.call)
            yield Diagnostic(code="tls-files", severity="note", message=message, span=span, where=one.where)
        for name in ("ca_file", "client_ca_file"):
            node = one.option(name)
            path = _path(context, node)
            problem = certificate_problem(path, what="CA file") if path else ""
            if node is not None and problem:
                yield _diagnostic(one, context.span(node), problem)


def _identity(context: RuleContext, one: SecureSocketCall) -> Iterator[Diagnostic]:
    """The certificate with its key, or the key store with both."""
    certificate, key, store = (one.option(name) for name in ("cert_file", "key_file", "key_store"))
    if certificate is None and key is None and store is None:
        if one.is_server and not one.has_stars:
            message = (
                "TLS needs cert_file and key_file, or a key_store; tcp.development_certificate() makes one for trying"
            )
            yield _diagnostic(one, context.span(one.call), message)
        return
    if store is not None:
        path, password = _path(context, store), _password(context, one.option("key_store_password"))
        if path and password is not None:
            yield from _told(one, context.span(store), _facts("", "", "", path, password, *_ages(path)))
        return
    yield from _files(context, one, certificate, key)


def _files(
    context: RuleContext, one: SecureSocketCall, certificate: ast.expr | None, key: ast.expr | None
) -> Iterator[Diagnostic]:
    if (certificate is None or key is None) and not one.has_stars:
        missing = "cert_file" if certificate is None else "key_file"
        yield _diagnostic(one, context.span(one.call), f"cert_file and key_file go together; {missing} is missing")
        return
    cert_path, key_path = _path(context, certificate), _path(context, key)
    password = _password(context, one.option("key_password"))
    if certificate is not None and cert_path and key_path and password is not None:
        facts = _facts(cert_path, key_path, password, "", "", *_ages(cert_path, key_path))
        yield from _told(one, context.span(certificate), facts)
        return
    # Half of it is known: the half is looked at.
    for node, path, problem in (
        (certificate, cert_path, certificate_problem(cert_path) if cert_path else ""),
        (key, key_path, key_problem(key_path, has_password=one.option("key_password") is not None) if key_path else ""),
    ):
        if node is not None and path and problem:
            yield _diagnostic(one, context.span(node), problem)


def _told(one: SecureSocketCall, span: Span, facts: CertificateFacts) -> Iterator[Diagnostic]:
    for problem in facts.problems:
        yield _diagnostic(one, span, problem)
    for warning in facts.warnings:
        yield Diagnostic(code="tls-files", severity="warning", message=warning, span=span, where=one.where)


def _path(context: RuleContext, node: ast.expr | None) -> str:
    """Return the file that an expression names; empty where only running the design would tell."""
    value = value_of(context, node)
    if node is None or not isinstance(value, str) or not value:
        return ""
    folder = context.path.parent if context.path else Path()
    return os.path.normpath(folder / value)


def _password(context: RuleContext, node: ast.expr | None) -> str | None:
    """Return a password as far as it can be known: from the file or the environment; ``None`` where it cannot."""
    if node is None:
        return ""
    value = value_of(context, node)
    if isinstance(value, str):
        return value
    name = value_of(context, argument(node, 0, "name")) if context.is_call(node, "secret") else UNKNOWN
    return os.environ.get(name) if isinstance(name, str) else None


def _ages(*paths: str) -> tuple[object, ...]:
    """Return what changes when a file does, or a day passes: facts are read once for each."""
    found: list[object] = [dt.datetime.now(dt.UTC).date()]
    for path in paths:
        try:
            about = os.stat(path)  # noqa: PTH116  # a text, as the facts are asked for
        except OSError:
            found.append(None)
        else:
            found.append((about.st_mtime_ns, about.st_size))
    return tuple(found)


@lru_cache(maxsize=32)
def _facts(  # the settings of a secure socket, as they are
    cert_file: str, key_file: str, key_password: str, key_store: str, key_store_password: str, *_: object
) -> CertificateFacts:
    return certificate_facts(
        cert_file, key_file, key_password=key_password, key_store=key_store, key_store_password=key_store_password
    )


def _diagnostic(one: SecureSocketCall, span: Span, message: str) -> Diagnostic:
    return Diagnostic(code="tls-files", severity="error", message=message, span=span, where=one.where)
