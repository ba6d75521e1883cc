"""Names of files that lie beside a sidecar: what they mean, and which may not be followed."""

from __future__ import annotations

from urllib.parse import unquote


def file_name(reference: str) -> str:
    """The name relative to the AMF's folder: percent signs decoded, `./` gone."""
    name = unquote(reference)
    while name.startswith("./"):
        name = name[2:]
    return name


def wrong_path(reference: str) -> tuple[str, str] | None:
    """(code, reason) why a file reference may not be followed; None where it may.

    Decided after the percent signs are decoded, and for both kinds of slash: `..%2F` and
    `..\\` climb as well as `../` does.
    """
    name = unquote(reference)
    twice = unquote(name)
    parts = name.replace("\\", "/").split("/")
    if not name.strip():
        return "empty_path", "names no file"
    if any(ord(c) < 32 or ord(c) == 127 for c in name):
        return "odd_path", "has control characters in its name"
    if ".." in parts or (twice != name and ".." in twice.replace("\\", "/").split("/")):
        return "path_climbs_out", "climbs out of the AMF's folder (..)"
    if name.startswith(("/", "\\")) or name[1:2] == ":" or name.lower().startswith("file:"):
        return "absolute_path", "is an absolute path, which is another one on every machine"
    if "://" in name:
        return "remote_path", "is an address on a network, no file beside the AMF"
    if "\\" in name:
        return "odd_path", "has backslashes: folders are parted by / in an AMF"
    return None
