"""Facts of the certificate that a Secure Socket form names, in words, before anything is started."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tcpnb.model.tls import CertificateFacts, certificate_facts, development_ca_file

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("certificate_state",)

_SOON = 14
"""Days before its end from which a certificate is shown as a warning."""


def certificate_state(secure: Mapping[str, Any], folder: Path, now: datetime | None = None) -> dict[str, Any]:
    """Rows of label, words and tone (``ok``, ``warn``, ``err`` or empty), and what is wrong.

    folder: where relative paths begin. Passwords are looked up in the environment under the names that the form has.
    """
    mode = str(secure.get("mode", "none"))
    if mode == "development":
        return {"rows": _development(secure), "problems": [], "warnings": []}
    options = {key: str(value) for key, value in secure.get("options", {}).items()}
    wanted = ("key_store",) if mode == "key_store" else ("cert_file", "key_file") if mode == "files" else ()
    if not any(options.get(name) for name in wanted):
        return {"rows": [], "problems": [], "warnings": []}
    if mode == "key_store":
        facts = certificate_facts(
            key_store=_place(options.get("key_store", ""), folder),
            key_store_password=os.environ.get(options.get("key_store_password", ""), ""),
        )
    else:
        facts = certificate_facts(
            _place(options.get("cert_file", ""), folder),
            _place(options.get("key_file", ""), folder),
            key_password=os.environ.get(options.get("key_password", ""), ""),
        )
    rows = _rows(facts, now or datetime.now(UTC))
    return {"rows": rows, "problems": list(facts.problems), "warnings": list(facts.warnings)}


def _place(text: str, folder: Path) -> str:
    return str(folder / Path(text).expanduser()) if text else ""


def _development(secure: Mapping[str, Any]) -> list[list[str]]:
    names = dict.fromkeys(["localhost", "127.0.0.1", "::1", *(str(each) for each in secure.get("names", ()))])
    return [
        ["Names", ", ".join(names), ""],
        ["Valid", "made at the listener's start, for 30 days at most; for tests only", ""],
        ["Fits its key", "yes, EC P-256", "ok"],
        ["Trusted by", f"the Test Client and client cells; other programs need {development_ca_file()}", ""],
    ]


def _rows(facts: CertificateFacts, now: datetime) -> list[list[str]]:
    if not facts.subject and facts.not_after is None:
        return []
    rows = [
        ["Subject", facts.subject or "none", ""],
        ["Names", ", ".join(facts.names) or "none", "" if facts.names else "warn"],
    ]
    if facts.is_self_signed:
        rows.append(["Issued by", "itself: clients must be told to trust it", ""])
    elif facts.issuer:
        rows.append(["Issued by", facts.issuer, ""])
    if facts.not_after is not None:
        rows.append(["Valid", *_validity(facts, now)])
    if facts.fits_key is not None:
        words = f"yes, {facts.key}" if facts.fits_key else "no: this key belongs to another certificate"
        rows.append(["Fits its key", words, "ok" if facts.fits_key else "err"])
    elif facts.key:
        rows.append(["Key", facts.key, ""])
    return rows


def _validity(facts: CertificateFacts, now: datetime) -> tuple[str, str]:
    assert facts.not_after is not None  # noqa: S101  (asked by the caller)
    end = f"{facts.not_after.day} {facts.not_after:%B %Y}"
    if facts.not_before is not None and facts.not_before > now:
        return f"not before {facts.not_before.day} {facts.not_before:%B %Y}", "err"
    days = (facts.not_after - now).days
    if facts.not_after < now:
        return f"expired on {end}", "err"
    return f"until {end}, {days} {'day' if days == 1 else 'days'} left", "warn" if days < _SOON else "ok"
