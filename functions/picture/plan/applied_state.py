"""What a plan says of the AMF beside its frames, before that AMF is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

Aces = Literal["1.3", "2"]
Through = Literal["input", "working", "looks", "output"]


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What is done to the pixels, as the AMF has to say it.

    source : colour space of the clip's samples, "" where they are ACES2065-1 already
    undone : our name of the output whose rendering was undone, "" where none was
    developed : how camera raw became ACES2065-1, "" for what is no raw
    through : how far the steps are applied; "output" for a display, None where no colour
        step runs at all
    output : our name of a display output
    output_text : as a person reads it
    look_space : where the looks beside the AMF work
    aces : of outputs, where no AMF says it
    """

    source: str
    developed: str
    through: Through | None
    output: str
    output_text: str
    look_space: str
    aces: Aces = "2"
    undone: str = ""


class After(msgspec.Struct, frozen=True):
    """amf : its bytes; files : content of the files that it names, by relative name."""

    amf: bytes
    files: Mapping[str, bytes]
