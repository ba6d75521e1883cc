"""Masters by name: what each is made of, as data.

JPEG 2000 in IMF (App 2E, ST 2067-21) is not here. Its pictures are of an IMF profile of ISO/IEC
15444-1: Rsiz says so, code blocks are 32x32, progression is CPRL, precincts are 128 and 256. What
the encoders here write was read back from their markers: imagecodecs 2026.3.6 (OpenJPEG 2.5.4)
has Rsiz 0, blocks of 64x64 and LRCP, RPCL with losses, and no parameter for any of these; FFmpeg
8.1 has Rsiz 0, blocks of 16x16, six levels of wavelets where 2K allows five, no precincts, and CPRL
only. Its MXF muxer writes OP1a with a CDCI descriptor for R'G'B' too, no AS-02 track file with
an RGBA descriptor and the JPEG 2000 layout that App 2E reads. To write another Rsiz over such a
stream would be a false label, and no validator of IMF is in Python.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from functions.media.write.codec_profiles import Container
from functions.media.write.dpx import Transfer
from functions.picture.picture_spec import Carried

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
