"""URIs have one canonical form and never climb out."""

from __future__ import annotations

import pytest

from functions.contract import uris
from functions.contract.errors import InvalidRequest, Refused


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("file:///a//b/./c", "file:///a/b/c"),
        ("file:///a/b/", "file:///a/b/"),
        ("file://localhost/a", "file:///a"),
        ("FILE:///a", "file:///a"),
        ("file:////a", "file:///a"),
        ("s3://cam/A001//x.dng", "s3://cam/A001/x.dng"),
        ("s3://cam", "s3://cam/"),
        ("s3://cam/A001.%06d.dng", "s3://cam/A001.%06d.dng"),
        ("file:///a/ü b#?.dng", "file:///a/ü b#?.dng"),
        ("file:///a/..b/c..", "file:///a/..b/c.."),
    ],
)
def test_equal_names_compare_equal(text: str, expected: str) -> None:
    """Doubled slashes, dots and hosts fold; percent signs and spaces are literal."""
    assert uris.canonical(text) == expected
    assert uris.canonical(expected) == expected


@pytest.mark.parametrize("text", ["file:///a/../b", "s3://b/../c", "file:///..", "http://x/y"])
def test_climbing_and_foreign_schemes_are_refused(text: str) -> None:
    """A path that climbs out and a scheme that is off are refused."""
    with pytest.raises(Refused):
        uris.canonical(text)


@pytest.mark.parametrize("text", ["", "a/b", "file://a/b", "s3://", "s3:///k", "file:///a\x00b"])
def test_what_is_no_uri_is_invalid(text: str) -> None:
    """Bare paths, missing buckets and control characters are invalid."""
    with pytest.raises(InvalidRequest):
        uris.canonical(text, field="input")


def test_roots_end_at_folder_borders() -> None:
    """A root admits itself and what is inside, not a neighbour with the same beginning."""
    roots = ("file:///a/b", "s3://cam/")
    assert uris.within("file:///a/b", roots)
    assert uris.within("file:///a/b/c.dng", roots)
    assert not uris.within("file:///a/bc/d.dng", roots)
    assert uris.within("s3://cam/x", roots)
    assert not uris.within("s3://camera/x", roots)


def test_parts_and_joints() -> None:
    """Names are taken apart and put together without doubling slashes."""
    assert uris.join("s3://b/x/", "/y", "z.exr") == "s3://b/x/y/z.exr"
    assert uris.parent("s3://b/x/y.exr") == "s3://b/x/"
    assert uris.basename("file:///a/A001/") == "A001"
    assert (uris.scheme_of("s3://b/k"), uris.bucket_of("s3://b/k"), uris.path_of("s3://b/k/j")) == (
        "s3",
        "b",
        "k/j",
    )
    assert uris.path_of("file:///a/b") == "/a/b"
