"""Codecs that movies are written in: named profiles, as data.

ProRes is written by our own kernel (`kernels.encode_prores`): of one 1920x1080 LogC picture with
its noise, HQ, one core, it makes 0.91 MB and 63.1 dB in 14 ms; `prores_ks` 0.95 MB and 62.4 dB in
151 ms, `prores_aw` 1.19 MB, past Apple's rate of 0.92, in 53 ms.

Settings are such that a frame's bytes depend on nothing but its samples: one thread, no clock,
no version in the stream; movies of long groups have closed groups of a length that counts from
the clip's own frame numbers, so that a part has its key frames where the whole has them.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from functions.contract.timecode import nominal_rate
from functions.contract.version import VERSION

Container = Literal["mov", "mp4", "mxf", "mxf-opatom"]
Subsampling = Literal["444", "422", "420"]
ProRes = Literal["proxy", "lt", "422", "hq", "4444", "4444xq"]
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
    kernel : profile of `kernels.encode_prores`, which codes in place of FFmpeg's encoder; that
        one then only describes the stream
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
    kernel: ProRes | None = None

    @property
    def coder(self) -> str:
        """Who codes the pictures, for receipts."""
        own = f"rushes {VERSION}, kernels.encode_prores"
        return own if self.kernel else f"{self.encoder} of FFmpeg's libavcodec"

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


def _prores(title: str, number: int, kernel: ProRes) -> Profile:
    options = {"profile": str(number)}
    if kernel.startswith("4444"):
        return Profile(title, "prores_ks", "444", 12, options, _POST, alpha=True, kernel=kernel)
    return Profile(title, "prores_ks", "422", 10, options, _POST, kernel=kernel)


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
    "prores-proxy": _prores("ProRes 422 Proxy", 0, "proxy"),
    "prores-lt": _prores("ProRes 422 LT", 1, "lt"),
    "prores-422": _prores("ProRes 422", 2, "422"),
    "prores-hq": _prores("ProRes 422 HQ", 3, "hq"),
    "prores-4444": _prores("ProRes 4444", 4, "4444"),
    "prores-4444xq": _prores("ProRes 4444 XQ", 5, "4444xq"),
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
    if profile.kernel is None:
        return transfer
    if transfer in _SAME_AS_BT709:
        return "bt709"
    return transfer if transfer in _PRORES_TRANSFERS else None


def holds_timecode(rate: Fraction) -> bool:
    """Whether a timecode track can count a movie's frames: it says their rate in one byte."""
    return nominal_rate(rate) <= 255
