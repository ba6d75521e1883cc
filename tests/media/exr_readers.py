"""Independent readers of EXR bytes: OpenEXR, OpenImageIO, and a header walk by hand."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Bits = npt.NDArray[np.uint16]


def by_openexr(data: bytes | bytearray) -> tuple[dict[str, Any], dict[str, Bits]]:
    """Header and the bits of each channel, as OpenEXR's own library reads them."""
    import OpenEXR

    with OpenEXR.File(io.BytesIO(bytes(data)), separate_channels=True) as file:
        channels = {name: c.pixels.view(np.uint16).copy() for name, c in file.channels().items()}
        return dict(file.header()), channels


def by_oiio(data: bytes | bytearray, folder: Path) -> tuple[Any, dict[str, Bits]]:
    """Spec and the bits of each channel, as OpenImageIO reads them."""
    import OpenImageIO as oiio  # noqa: N813

    path = folder / "read.exr"
    path.write_bytes(data)
    source = oiio.ImageInput.open(str(path))
    assert source is not None, oiio.geterror()
    try:
        spec = source.spec()
        pixels = source.read_image("half")
        assert pixels is not None, source.geterror()
    finally:
        source.close()
    return spec, {
        name: pixels[:, :, index].view(np.uint16) for index, name in enumerate(spec.channelnames)
    }


def attributes(data: bytes | bytearray) -> dict[str, tuple[str, bytes]]:
    """Type and bytes of every attribute, in the order of the file."""
    found: dict[str, tuple[str, bytes]] = {}
    whole, at = bytes(data), 8
    while whole[at]:
        name_end = whole.index(b"\0", at)
        kind_end = whole.index(b"\0", name_end + 1)
        (size,) = struct.unpack_from("<i", whole, kind_end + 1)
        start = kind_end + 5
        found[whole[at:name_end].decode()] = (
            whole[name_end + 1 : kind_end].decode(),
            whole[start : start + size],
        )
        at = start + size
    return found
