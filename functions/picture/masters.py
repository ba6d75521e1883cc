"""Masters by name: what each is made of, as data.

JPEG 2000 in IMF (App 2E) is not here: FFmpeg's encoder writes no IMF profile of JPEG 2000 and
its MXF muxer no AS-02 track file, and there is no validator in Python to hold one against.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from functions.media.codec_profiles import Container
from functions.media.dpx_write import Transfer
from functions.picture.wish import Carried

Kind = Literal["exr", "tiff", "dpx", "movie"]


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of master.

    kind : of file; "movie" is one file, the others one a frame
    output : the colour room's name of its colour
    about : a line for people
    codec, container : of a movie: names of the movie writer
    transfer : of a DPX header
    alpha : how colours stand to the clip's alpha, "dropped" where the file holds none
    """

    kind: Kind
    output: str
    about: str
    codec: str = ""
    container: Container = "mov"
    transfer: Transfer = "user"
    alpha: Carried = "dropped"


PROFILES: dict[str, Profile] = {
    "aces-exr": Profile(
        "exr", "aces", "ACES2065-1 half-float EXR, ZIP, looks applied", alpha="premultiplied"
    ),
    "p3d65-pq-tiff": Profile(
        "tiff", "p3d65-pq", "P3-D65, PQ (ST 2084), 16 bit TIFF", alpha="straight"
    ),
    "rec709-dpx": Profile("dpx", "rec709", "Rec.709, BT.1886, 10 bit DPX", transfer="bt709"),
    "prores-4444": Profile(
        "movie", "rec709", "ProRes 4444, Rec.709", "prores-4444", "mov", alpha="straight"
    ),
    "prores-422-hq": Profile("movie", "rec709", "ProRes 422 HQ, Rec.709", "prores-hq", "mov"),
    "dnxhr-444": Profile("movie", "rec709", "DNxHR 444, Rec.709", "dnxhr-444", "mxf"),
}
