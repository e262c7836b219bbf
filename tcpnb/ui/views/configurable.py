"""The form of a configurable value: ``PORT = tcp.env("PORT", 80)``."""

from __future__ import annotations

import ast
import os
from typing import TYPE_CHECKING, Any, ClassVar

from tcpnb.errors import EditRefusedError
from tcpnb.model.edits import AddConfigurable, ChangeConfigurable, DeleteConfigurable, RenameConfigurable
from tcpnb.model.names import name_problem, unique_name
from tcpnb.ui.views.base import Pane
from tcpnb.ui.views.trial import trial
from tcpnb.ui.wishes import Wish, wish

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tcpnb.model.design import ConfigurableDesign
    from tcpnb.model.edits import Edit

__all__ = ("ConfigurablePane",)

_FIELDS = {
    "Name": "name",
    "Environment Variable": "variable",
    "Default": "default",
    "Type": "type",
    "Documentation": "documentation",
}
"""The labels by which edits name their fields, and the form's own names."""


class ConfigurablePane(Pane):
    """One configurable value of the file, or a new one while ``name`` is empty."""

    kind = "configurable"
    topics: ClassVar[frozenset[str]] = frozenset({"document"})

    def prepare(self) -> None:
        """A pane without a name makes a new value."""
        self.name = str(self.args.get("name", ""))

    def state(self) -> dict[str, Any]:
        """Return the values as the form shows them."""
        found = self._find()
        values = _values(found) if found else self._fresh()
        return {
            "file": self.session.path.name,
            "name": self.name,
            "exists": found is not None,
            "line": found.span.line if found else 0,
            "values": values,
            "isSet": values["variable"] in os.environ,
        }

    @wish
    def check(self, wish: Wish) -> dict[str, Any]:
        """Say why the values cannot stand, by field."""
        taken = self.session.design.names - {self.name}
        problem = name_problem(wish.text("name"), taken=taken, label="Configurable Name")
        if problem:
            return {"problems": {"name": problem}}
        trouble = trial(self.session.source, self._edits(wish))
        return {"problems": {_FIELDS.get(trouble["field"], trouble["field"]): trouble["text"]} if trouble else {}}

    @wish
    def save(self, wish: Wish) -> dict[str, Any]:
        """Write the values, in one step of undo; returns the name under which it now stands."""
        edits, version = tuple(self._edits(wish)), wish.version
        if edits:
            version = self.session.edit(edits, seen=version, title=f"change {self.name}" if self.name else "")
        return {"name": wish.text("name").strip(), "version": version}

    @wish
    def usages_of(self, _wish: Wish) -> dict[str, Any]:
        """Say whether it can be deleted, and where it is used if not."""
        return {"trouble": trial(self.session.source, [DeleteConfigurable(name=self.name)])}

    @wish
    def delete(self, wish: Wish) -> dict[str, Any]:
        """Delete it; raises `EditRefusedError` while it is used."""
        if not self.name:
            raise EditRefusedError("there is nothing to delete yet")
        return {"version": self.session.edit(DeleteConfigurable(name=self.name), seen=wish.version)}

    def _find(self) -> ConfigurableDesign | None:
        return next((one for one in self.session.design.configurables if one.name == self.name), None)

    def _fresh(self) -> dict[str, str]:
        name = unique_name("PORT", self.session.design.names)
        return {"name": name, "variable": name, "default": "", "type": "int", "documentation": ""}

    def _edits(self, wish: Wish) -> Iterator[Edit]:
        name, variable = wish.text("name").strip(), wish.text("variable").strip()
        default, kind = wish.text("default").strip(), wish.text("type").strip()
        words = wish.text("documentation", "")
        found = self._find()
        if found is None:
            yield AddConfigurable(name=name, variable=variable, default=default, type=kind, documentation=words)
            return
        if name != self.name:
            yield RenameConfigurable(name=self.name, new_name=name)
        before = _values(found)
        if (variable, default, kind) != (before["variable"], before["default"], before["type"]):
            yield ChangeConfigurable(name=name, variable=variable, default=default, type=kind)
        if words != before["documentation"]:
            yield ChangeConfigurable(name=name, documentation=words)


def _values(row: ConfigurableDesign) -> dict[str, str]:
    return {
        "name": row.name,
        "variable": _plain(row.variable),
        "default": row.default,
        "type": row.type,
        "documentation": row.documentation,
    }


def _plain(expression: str) -> str:
    """The text of a string literal; any other expression as it is."""
    try:
        value = ast.literal_eval(expression)
    except (ValueError, SyntaxError):
        return expression
    return value if isinstance(value, str) else expression
