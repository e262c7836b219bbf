"""Build the reactor while the package is built: with the C compiler of the machine, where it has one."""

from __future__ import annotations

import contextlib
import os
import platform
import sys
import sysconfig
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ("MODULE", "SOURCE", "build")

SOURCE = "tcpnb/runtime/native/reactor.c"
MODULE = f"tcpnb/runtime/_reactor{sysconfig.get_config_var('EXT_SUFFIX')}"
"""What is built, for the Python that builds it."""
_FLAGS = [
    "-O3",
    "-fvisibility=hidden",
    "-Wall",
    "-Wextra",
    "-Wno-missing-field-initializers",
    "-Wno-cast-function-type",
]


def build(root: Path) -> str:
    """Compile it into the package's folder; give why it is not there, nothing when it is.

    Without it the kit does the same, for more of the processor. The environment variable ``TCPNB_REACTOR=0`` asks for
    that: the wheel is then one for every machine.
    """
    (root / MODULE).unlink(missing_ok=True)
    if os.environ.get("TCPNB_REACTOR") == "0":
        return "TCPNB_REACTOR=0 says so"
    if sys.platform != "linux" or platform.python_implementation() != "CPython":
        return "it is for CPython on Linux"
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        return "it relies on the interpreter's lock"
    try:
        from setuptools import Distribution, Extension  # noqa: PLC0415  # there while building only
        from setuptools.errors import BaseError, CCompilerError  # noqa: PLC0415
    except ImportError:
        return "setuptools is not there"
    extension = Extension("tcpnb.runtime._reactor", [SOURCE], extra_compile_args=_FLAGS)
    with tempfile.TemporaryDirectory() as scrap, contextlib.chdir(root):
        command = Distribution({"name": "tcpnb", "ext_modules": [extension]}).get_command_obj("build_ext")
        command.inplace, command.force = True, True
        command.build_temp = command.build_lib = scrap  # nothing that an earlier build has left is taken for this one
        try:
            command.ensure_finalized()
            command.run()
        except (BaseError, CCompilerError, OSError) as error:
            return str(error)
    return ""
