"""A password in the file.

What: ``key_password`` or ``key_store_password`` is a text, in place or by way of a module-level name.
Why: the file is shown, shared and kept in version control; the password goes with it.
Example: ``key_password="letmein"``; the cure is ``key_password=tcp.secret("KEY_PASSWORD")``.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tcpnb.model.diagnostics import Diagnostic, Fix
from tcpnb.model.rules.patches import replacing
from tcpnb.model.rules.sockets import secure_sockets
from tcpnb.model.rules.values import value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpnb.model.rules.context import RuleContext

__all__ = ("check",)


def check(context: RuleContext) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each password that can be read in the file."""
    for one in secure_sockets(context):
        for name in ("key_password", "key_store_password", "trust_store_password"):
            node = one.option(name)
            # A default of tcp.env can be read in the file as well.
            is_told = isinstance(node, (ast.Constant, ast.Name)) or context.is_call(node, "env")
            value = value_of(context, node) if is_told else None
            if node is None or not isinstance(value, (str, bytes)) or not value:
                continue
            cure = f'tcp.secret("{name.upper()}")'
            span = context.span(node)
            yield Diagnostic(
                code="literal-password",
                severity="warning",
                message=f"{name} can be read in the file; write {cure} and set {name.upper()} in the environment",
                span=span,
                where=one.where,
                fix=Fix(title=f"Write {cure}", edit=replacing(context, span, cure)),
            )
