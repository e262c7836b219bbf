"""Test a design: serve it on a free port, call its handlers without a socket, put stubs where it calls others.

``pip install tcpnb`` gives pytest the fixtures `serve` and `load_design`; the functions here do without pytest.
Lesson 07 shows each of them at work.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tcpnb.testing.direct import DirectConnection, DirectDesign, load
    from tcpnb.testing.fakes import FakeCaller
    from tcpnb.testing.recording import Recording, record_events
    from tcpnb.testing.serving import ServedDesign, serve
    from tcpnb.testing.stubs import ClientStub

__all__ = (
    "ClientStub",
    "DirectConnection",
    "DirectDesign",
    "FakeCaller",
    "Recording",
    "ServedDesign",
    "load",
    "record_events",
    "serve",
)

# pytest loads the plugin of this package in every run of every project: nothing may be imported before it is used.
_HOMES = {
    "ClientStub": "stubs",
    "DirectConnection": "direct",
    "DirectDesign": "direct",
    "FakeCaller": "fakes",
    "Recording": "recording",
    "ServedDesign": "serving",
    "load": "direct",
    "record_events": "recording",
    "serve": "serving",
}


def __getattr__(name: str) -> Any:
    """Fetch a name at its first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'tcpnb.testing' has no attribute {name!r}")
    value = getattr(import_module(f"tcpnb.testing.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
