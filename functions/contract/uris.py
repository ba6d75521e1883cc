"""Names of things in storage: `file://`, `s3://`, and bare paths on the command line.

A URI here is a plain string in one canonical form, so that equal things compare equal:
`file:///abs/path` or `s3://bucket/key`, without `.`, `..` or doubled slashes, folders
with a trailing slash. Percent signs are literal: `A001.%06d.dng` is a pattern, and
camera files with `%` or spaces in their names are real.
"""

from __future__ import annotations

import posixpath
import re

from functions.contract.errors import InvalidRequest, Refused

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_SCHEME = re.compile(r"^([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_BUCKET = re.compile(r"^[a-zA-Z0-9][a-zA-Z0-9._-]{1,254}$")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# C0 but tab and new line, DEL, C1; line breaks; what turns the reading order round.
_NOT_TO_SHOW = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
    "\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def canonical(text: str, *, field: str | None = None) -> str:
    """The canonical form of a URI.

    Raises InvalidRequest for what is no URI, Refused for a path that climbs out (`..`)
    and for a scheme other than file and s3.
    """
    if not text or _CONTROL.search(text):
        raise InvalidRequest(f"{text!r} is not a URI", field=field)
    match = _SCHEME.match(text)
    if not match:
        raise InvalidRequest(
            f"{text!r} is not a URI: write file:///path or s3://bucket/key", field=field
        )
    scheme, rest = match[1].lower(), text[match.end() :]
    if ".." in rest.split("/"):
        raise Refused(f"{text!r} climbs out of its folder", field=field, uri=text)
    if scheme == "file":
        host, slash, path = rest.partition("/")
        if host not in ("", "localhost") or not slash:
            raise InvalidRequest(
                f"{text!r}: a file URI has three slashes, file:///path", field=field
            )
        return "file://" + _clean("/" + path)
    if scheme == "s3":
        bucket, _, key = rest.partition("/")
        if not _BUCKET.match(bucket):
            raise InvalidRequest(f"{text!r} names no bucket: s3://bucket/key", field=field)
        return f"s3://{bucket}{_clean('/' + key)}"
    raise Refused(f"scheme {scheme!r} is off: file and s3 are on", field=field, uri=text)


def _clean(path: str) -> str:
    """`/a//b/./c/` to `/a/b/c/`."""
    tidy = posixpath.normpath(path)
    tidy = "/" + tidy.lstrip("/")
    return tidy + "/" if path.endswith("/") and tidy != "/" else tidy


def scheme_of(uri: str) -> str:
    """`file` or `s3`."""
    return uri.partition("://")[0]


def path_of(uri: str) -> str:
    """The absolute path of a file URI, the key of an s3 URI."""
    rest = uri.partition("://")[2]
    return rest if uri.startswith("file://") else rest.partition("/")[2]


def bucket_of(uri: str) -> str:
    """The bucket of an s3 URI."""
    return uri.partition("://")[2].partition("/")[0]


def join(folder: str, *names: str) -> str:
    """`join("s3://b/x", "y", "z.exr")` is `s3://b/x/y/z.exr`."""
    return "/".join([folder.rstrip("/"), *(name.strip("/") for name in names)])


def folder(uri: str) -> str:
    """The URI with the trailing slash that says folder."""
    return uri if uri.endswith("/") else uri + "/"


def parent(uri: str) -> str:
    """The folder that holds this, with its trailing slash."""
    scheme, _, rest = uri.partition("://")
    return f"{scheme}://{posixpath.dirname(rest.rstrip('/'))}/"


def basename(uri: str) -> str:
    """The last part of the path: `A001.%06d.dng`; of a folder, its name."""
    return posixpath.basename(uri.rstrip("/"))


def suffix(uri: str) -> str:
    """Ending of a file's name, in small letters and without its dot: "mov", "" for none."""
    stem, dot, ending = basename(uri).rpartition(".")
    return ending.lower() if stem and dot else ""


def legal_name(name: str, otherwise: str = "clip") -> str:
    """A name that is legal in every folder and bucket: odd runs of characters become `_`.

    otherwise : what a name without any legal character becomes
    """
    return _NOT_IN_A_NAME.sub("_", name).lstrip("._-") or otherwise


def within(uri: str, roots: tuple[str, ...]) -> bool:
    """Whether `uri` is one of the roots or inside one; a root ends at a folder border."""
    return any(folder(uri).startswith(folder(root)) for root in roots)


def escaped(text: str) -> str:
    r"""Names and words of strangers as a terminal, a log or a page may show them.

    A name may hold what moves the cursor, colours or retitles a terminal, starts a line of its own
    in a log, or reads `gpj.exe` as `exe.jpg` (Unicode TR 36, 3.2: bidirectional embeddings,
    overrides, isolates and marks); these become `\u001b`. New lines and tabs stay. In JSON, where
    such characters stand in strings alone, the text means what it meant.

    Examples
    --------
    >>> escaped("A001\x1b[2J.mov")
    'A001\\u001b[2J.mov'
    """
    return _NOT_TO_SHOW.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
