"""A cipher that this machine's OpenSSL has not, or that cannot be chosen.

What: a name in ``ciphers`` that OpenSSL does not list, a TLS 1.3 suite (those cannot be chosen), an unknown version.
Why: the listener would be refused at its start, or speak with other ciphers than are written.
Example: ``ciphers=("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",)``: Java's name for ``ECDHE-RSA-AES128-SHA``.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tcpnb.model.diagnostics import Diagnostic
from tcpnb.model.rules.sockets import secure_sockets
from tcpnb.model.rules.values import UNKNOWN, value_of
from tcpnb.model.tls import cipher_problem, version_problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpnb.model.rules.context import RuleContext

__all__ = ("check",)


def check(context: RuleContext) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each cipher or version that cannot be."""
    for one in secure_sockets(context):
        for option, problem_of in (("ciphers", cipher_problem), ("versions", version_problem)):
            node = one.option(option)
            if not isinstance(node, (ast.Tuple, ast.List)):
                continue
            for element in node.elts:
                value = value_of(context, element)
                problem = "" if value is UNKNOWN else problem_of(value)
                if problem:
                    yield Diagnostic(
                        code="unknown-cipher",
                        severity="error",
                        message=problem,
                        span=context.span(element),
                        where=one.where,
                    )
