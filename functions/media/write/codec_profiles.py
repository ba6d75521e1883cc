"""Codecs that movies are written in: named profiles, as data.

ProRes was chosen by measurement, one core, a 1920x1080 LogC picture with its noise, HQ:
`prores_ks` looking for a quantiser in each slice, 0.95 MB and 62.3 dB in 143 ms a frame;
`prores_aw`, 1.20 MB and 64.9 dB in 43 ms (Apple's own rate is 0.92 MB, at 24 frames a second);
`prores_ks` told to use quantiser 2, 0.56 MB and 60.0 dB in 22 ms. So LT, 422 and HQ have
quantisers that are the same for every slice: quality that does not change, bytes that follow the
picture. Proxy, which must stay small, and 4444, which must not lose, are `prores_aw`'s.

Settings are such that a frame's bytes depend on nothing but its samples: one thread, no clock,
no version in the stream; movies of long groups have closed groups of a length that counts from
the clip's own frame numbers, so that a part has its key frames where the whole has them.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from functions.contract.timecode import nominal_rate

Container = Literal["mov", "mp4", "mxf", "mxf-opatom"]
Subsampling = Literal["444", "422", "420"]
CONTAINERS: tuple[Container, ...] = ("mov", "mp4", "mxf", "mxf-opatom")
FORMATS: dict[Container, str] = {
    "mov": "mov",
    "mp4": "mp4",
    "mxf": "mxf",
    "mxf-opatom": "mxf_opatom",
}
EXTENSIONS: dict[Container, str] = {"mov": "mov", "mp4": "mp4", "mxf": "mxf", "mxf-opatom": "mxf"}


@dataclass(frozen=True, slots=True)
class Profile:
    """One way to encode pictures.

    title : as a person says it
    encoder, options : FFmpeg's
    subsampling, bits : of Y'CbCr given to the encoder; 8 bits are bytes, more are words
    tag : four letters in QuickTime, None for what FFmpeg takes
    containers : the first is the one when nothing is said
    gop : frames of a group where not every frame stands alone, 0 for intra
    alpha : whether a picture may have an alpha plane
    """

    title: str
    encoder: str
    subsampling: Subsampling
    bits: int
    options: dict[str, str]
    containers: tuple[Container, ...]
    tag: str | None = None
    gop: int = 0
    alpha: bool = False

    @property
    def pixel_format(self) -> str:
        """FFmpeg's name."""
        return f"yuv{self.subsampling}p" + ("" if self.bits == 8 else f"{self.bits}le")

    @property
    def alpha_format(self) -> str:
        """FFmpeg's name with an alpha plane."""
        return self.pixel_format.replace("yuv", "yuva")


_POST: tuple[Container, ...] = ("mov", "mxf", "mxf-opatom")
_AVID: tuple[Container, ...] = ("mxf", "mxf-opatom", "mov")
_WEB: tuple[Container, ...] = ("mp4", "mov")
_GOP = 12


def _prores(
    title: str, number: int, subsampling: Subsampling = "422", quantiser: int = 0
) -> Profile:
    # RDD 36, 6.1.1: who encoded it. FFmpeg's own mark, as its sample entry has it too; readers
    # ignore it, and Apple's would be a false name.
    options = {"profile": str(number), "vendor": "FFMP"}
    if not quantiser:
        alpha = subsampling == "444"
        return Profile(title, "prores_aw", subsampling, 10, options, _POST, alpha=alpha)
    # FFmpeg counts quantisers in steps of 118 (FF_QP2LAMBDA).
    options |= {"flags": "+qscale", "global_quality": str(118 * quantiser)}
    return Profile(title, "prores_ks", subsampling, 10, options, _POST)


def _dnxhr(title: str, name: str, subsampling: Subsampling = "422", bits: int = 8) -> Profile:
    return Profile(title, "dnxhd", subsampling, bits, {"profile": f"dnxhr_{name}"}, _AVID)


def _x264(title: str, subsampling: Subsampling, bits: int) -> Profile:
    own = (
        f"keyint={_GOP}:min-keyint=1:scenecut=0:open-gop=0:bframes=2:threads=1:"
        "cpu-independent=1:force-cfr=1"
    )
    options = {"preset": "medium", "crf": "18", "x264-params": own, "forced-idr": "1"}
    return Profile(title, "libx264", subsampling, bits, options, _WEB, "avc1", _GOP)


def _x265(title: str, subsampling: Subsampling, bits: int) -> Profile:
    own = (
        f"keyint={_GOP}:min-keyint=1:scenecut=0:open-gop=0:bframes=2:pools=none:"
        "frame-threads=1:info=0:log-level=none:repeat-headers=0"
    )
    options = {"preset": "fast", "crf": "20", "x265-params": own, "forced-idr": "1"}
    return Profile(title, "libx265", subsampling, bits, options, _WEB, "hvc1", _GOP)


def _av1(title: str, bits: int) -> Profile:
    own = f"lp=1:keyint={_GOP}:scd=0:pred-struct=1"
    options = {"preset": "8", "crf": "25", "svtav1-params": own}
    return Profile(title, "libsvtav1", "420", bits, options, ("mp4",), None, _GOP)


PROFILES: dict[str, Profile] = {
    "prores-proxy": _prores("ProRes 422 Proxy", 0),
    "prores-lt": _prores("ProRes 422 LT", 1, quantiser=3),
    "prores-422": _prores("ProRes 422", 2, quantiser=2),
    "prores-hq": _prores("ProRes 422 HQ", 3, quantiser=2),
    "prores-4444": _prores("ProRes 4444", 4, "444"),
    "prores-4444xq": _prores("ProRes 4444 XQ", 5, "444"),
    "dnxhr-lb": _dnxhr("DNxHR LB", "lb"),
    "dnxhr-sq": _dnxhr("DNxHR SQ", "sq"),
    "dnxhr-hq": _dnxhr("DNxHR HQ", "hq"),
    "dnxhr-hqx": _dnxhr("DNxHR HQX", "hqx", bits=10),
    "dnxhr-444": _dnxhr("DNxHR 444", "444", "444", 10),
    "h264": _x264("H.264 High", "420", 8),
    "h264-10": _x264("H.264 High 10", "420", 10),
    "h264-422-10": _x264("H.264 High 4:2:2", "422", 10),
    "h265": _x265("H.265 Main", "420", 8),
    "h265-10": _x265("H.265 Main 10", "420", 10),
    "h265-422-10": _x265("H.265 4:2:2 10", "422", 10),
    "av1": _av1("AV1 Main", 8),
    "av1-10": _av1("AV1 Main, 10 bits", 10),
}
ALIASES = {"prores": "prores-422", "prores-422hq": "prores-hq", "prores-xq": "prores-4444xq",
           "dnxhr": "dnxhr-hqx", "h264-8": "h264", "h265-8": "h265", "hevc": "h265",
           "hevc-10": "h265-10", "av1-8": "av1", "prores-standard": "prores-422"}  # fmt: skip


def profile_of(name: str) -> tuple[str, Profile] | None:
    """Canonical name and profile; None for a name that there is none of."""
    plain = name.lower().replace("_", "-").replace(" ", "-")
    plain = ALIASES.get(plain, plain)
    found = PROFILES.get(plain)
    return None if found is None else (plain, found)


# RDD 36, table 5; every other number in a ProRes frame header is reserved.
_PRORES_TRANSFERS = ("bt709", "smpte2084", "arib-std-b67")
# One curve by four names (BT.2020-2, table 4): QuickTime and ProRes say BT.709 for all.
_SAME_AS_BT709 = ("smpte170m", "bt2020-10", "bt2020-12")


def written_transfer(profile: Profile, transfer: str | None) -> str | None:
    """The name of a transfer that a codec's headers can hold; None is not said.

    transfer : FFmpeg's name
    """
    if not profile.encoder.startswith("prores"):
        return transfer
    if transfer in _SAME_AS_BT709:
        return "bt709"
    return transfer if transfer in _PRORES_TRANSFERS else None


def holds_timecode(rate: Fraction) -> bool:
    """Whether a timecode track can count a movie's frames: it says their rate in one byte."""
    return nominal_rate(rate) <= 255
