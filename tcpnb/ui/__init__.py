"""The widgets: everything a person sees and touches in a notebook."""

from __future__ import annotations

from tcpnb.ui.studio import (
    ClassDesigner,
    ConnectionTable,
    FlowDesigner,
    HandlerEditor,
    ListenerSettings,
    LiveLog,
    OverviewDiagram,
    ServiceDesigner,
    ServiceForm,
    Studio,
    TestClient,
    TypeDiagram,
)

__all__ = (
    "ClassDesigner",
    "ConnectionTable",
    "FlowDesigner",
    "HandlerEditor",
    "ListenerSettings",
    "LiveLog",
    "OverviewDiagram",
    "ServiceDesigner",
    "ServiceForm",
    "Studio",
    "TestClient",
    "TypeDiagram",
)
