"""Wheels with native kernels: what `python -m kernels.build` made is packed, nothing stale.

Where nothing was made that fits, and numba and a C linker are there, it is made now. A wheel that
holds machine code is for its platform; one without is for any, and compiles at the first call.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from importlib.util import find_spec
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
        # Levels of x86-64 and aarch64 have names; elsewhere an object is called "host".
        kinds = {"x86_64": "x86-64-*", "aarch64": "aarch64"}
        kind = next((one for end, one in kinds.items() if platform.endswith(end)), "host")
        found = sorted(Path(self.root, "kernels", "native").glob(f"{kind}-{digest()}.so"))
        for file in found:
            build_data["force_include"][str(file)] = f"kernels/native/{file.name}"
        if not found and self._compile(kind):
            found = sorted(Path(self.root, "kernels", "native").glob(f"{kind}-{digest()}.so"))
        if found:
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{platform}"
        else:
            self.app.display_warning(
                "no native kernels in this wheel, for want of numba or a C linker: each machine "
                "compiles them once, at its first call (two minutes)"
            )

    def _compile(self, kind: str) -> bool:
        """Whether native kernels could be made here."""
        if find_spec("numba") is None or shutil.which("cc") is None:
            return False
        self.app.display_info("compiling native kernels: two to five minutes, once")
        target = [] if kind.startswith("x86") else ["--target", kind]
        folder = str(Path(self.root, "kernels", "native"))
        command = [sys.executable, "-m", "kernels.build", "--folder", folder, *target]
        # The package is not installed yet: it is found by the folder that it is built in.
        return subprocess.run(command, cwd=self.root, check=False).returncode == 0  # noqa: S603
