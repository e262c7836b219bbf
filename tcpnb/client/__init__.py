"""The test client: conversations with any TCP server, and the little language of the client cell."""

from __future__ import annotations

from tcpnb.client.conversation import AsyncConversation, Conversation, connect, connect_async
from tcpnb.client.script import Target, run_script
from tcpnb.client.transcript import Row, Transcript

__all__ = ("AsyncConversation", "Conversation", "Row", "Target", "Transcript", "connect", "connect_async", "run_script")
