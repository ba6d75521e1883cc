"""Wheels with native kernels: what `python -m kernels.build` made is packed, nothing stale.

A wheel that holds machine code is for its platform; one without is for any, and compiles at the
first call where numba is installed.
"""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class NativeKernels(BuildHookInterface[Any]):
    """Adds the objects that fit the sources beside it, and names the wheel after them."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling; an editable install keeps calling the checkout's own objects."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        try:
            from kernels.entries import digest
        finally:
            sys.path.remove(self.root)
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        # Levels of x86-64 have names; elsewhere an object is called "host".
        kind = "x86-64-*" if platform.endswith("x86_64") else "host"
        found = sorted(Path(self.root, "kernels", "native").glob(f"{kind}-{digest()}.so"))
        for file in found:
            build_data["force_include"][str(file)] = f"kernels/native/{file.name}"
        if found:
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{platform}"
        else:
            self.app.display_warning("no native kernels: run `python -m kernels.build` first")
