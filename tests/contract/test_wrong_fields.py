"""What is wrong with a request is said in words, not in those of the decoder."""

from __future__ import annotations

from typing import Any

import pytest

from functions.contract.errors import InvalidRequest
from functions.contract.request import decode
from functions.transcode.request import TranscodeRequest

GOOD = {"input": "file:///a.mov", "output": "file:///b/"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"width": "wide"}, "field 'width' takes a whole number or null, not text"),
        ({"width": 0}, "field 'width' takes a whole number of at least 1, not 0"),
        ({"burn_in": ["frame", 5]}, "field 'burn_in', item 1 takes text, not a whole number"),
        ({"looks": 3}, "field 'looks' takes a list, not a whole number"),
        ({"name": "../x"}, "field 'name': '../x' is not taken: a name has up to 200 letters, "
                           "digits, dots, hyphens and underscores"),
        ({"rate": "24,0"}, "field 'rate': '24,0' is not taken: write 24 or 24000/1001"),
        ({"tier": "exat"}, "field 'tier': 'exat' is none of exact, view (did you mean 'exact'?)"),
        ({"methode": "fast"}, "unknown field 'methode' (did you mean 'method'?)"),
        ({"zzz": 1}, "unknown field 'zzz'"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_told_in_words(wrong: dict[str, Any], said: str) -> None:
    """Types, bounds, forms and choices; what is near is offered."""
    with pytest.raises(InvalidRequest) as caught:
        decode(TranscodeRequest, {**GOOD, **wrong})
    assert caught.value.detail == said
    assert caught.value.facts["problems"] == [{"field": next(iter(wrong)), "detail": said}]
