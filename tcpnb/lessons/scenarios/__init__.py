"""What each lesson's exercise checks, one file for each lesson."""

from __future__ import annotations

from tcpnb.lessons.scenarios import first_echo

__all__ = ("first_echo",)
