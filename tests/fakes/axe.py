"""Ask axe-core for serious findings in a part of a page."""

from __future__ import annotations

from pathlib import Path

__all__ = ("AXE", "findings", "load")

AXE = Path(__file__).parents[2] / "tcpnb/ui/frontend/node_modules/axe-core/axe.min.js"
"""The script; there only where the front end's development modules are."""

CHECK = """async (root) => {
  const found = await axe.run(root, { resultTypes: ["violations"] });
  return found.violations
    .filter((one) => ["serious", "critical"].includes(one.impact))
    .flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target.join(" ")} ${node.failureSummary}`));
}"""


def load(page) -> None:
    """Put axe-core into a page."""
    page.add_script_tag(path=str(AXE))


def findings(locator) -> list[str]:
    """The serious and critical findings, a line each."""
    return locator.evaluate(CHECK)
