"""Every format by name: what is done with it, by what, held against what.

One table for `rushes formats`, `GET /formats` and docs/formats.md; a test holds it against what
`sniff` knows.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Done = Literal["developed", "read", "inspected", "refused"]


class Format(msgspec.Struct, frozen=True):
    """One format of camera files.

    name : as `sniff` calls it, where it has a sign
    done : developed (camera raw to ACES), read (pictures or movies with their own colour),
        inspected (headers alone: a maker's SDK decodes it), refused
    by : whose reader; "" where there is none
    verified : what its pixels, frames and facts were held against, in tests
    note : what is limited, or why it is refused and what to do instead
    """

    name: str
    files: str
    done: Done
    by: str = ""
    verified: str = ""
    note: str = ""


_LIBRAW = "LibRaw"
_FFMPEG = "FFmpeg"
_OIIO = "OpenImageIO"

FORMATS: tuple[Format, ...] = (
    Format(
        "DNG, CinemaDNG", "dng", "developed", "own reader",
        "a model of the specification's chapters 5 and 6, LibRaw, dcraw, djxl, tifffile",
        "Bayer and linear; quad Bayer and X-Trans are refused by name; docs/tags.md",
    ),
    Format(
        "GoPro GPR", "gpr", "developed", "own reader",
        "GoPro's own decoder (gpr) and flashraw 0.1 on cameras' files, bit for bit",
        "a DNG whose pixels are VC-5 (SMPTE ST 2073); gain maps and warps by lens, as of any DNG",
    ),
    Format("Magic Lantern MLV", "mlv", "developed", "own reader", "FFmpeg's samples"),
    Format("Phantom cine", "cine", "developed", "own reader", "FFmpeg's samples"),
    Format(
        "MotionCam mcraw", "mcraw", "developed", "own reader",
        "samples of the reference decoder, compiled once by hand (277 frames, both codings); in "
        "tests an encoder and a plain decoder from its description",
        "version 3, codings 6 and 7; a rate that varies is told; lens shading is not applied; no "
        "phone's own file was at hand",
    ),
    Format(
        "ARRIRAW", "ari", "developed", "own reader",
        "samples of dcraw 9.28 and LibRaw 0.20, the Academy's published arithmetic of colour; the "
        "Mini's order of samples by its description alone",
        "ALEXA Classic, XT, SXT, LF, 65, Mini; the 12-bit curve is derived, which each frame's "
        "noise checks and the receipt says; no camera's own file was at hand",
    ),
    Format(
        "ProRes RAW", "mov", "developed", "own headers and curve, FFmpeg's samples",
        "vectors of the curve, packets made for tests",
        "what FFmpeg's codes do not hold is told; no camera's own file was at hand",
    ),
    Format("CineForm RAW", "mov, avi", "developed", _FFMPEG, "", "a curve may be in it: told"),
    Format("Canon CR2", "cr2", "developed", _LIBRAW, "LibRaw's own output"),
    Format("Canon CR3", "cr3", "developed", _LIBRAW),
    Format(
        "Canon Cinema RAW Light", "crm", "developed", f"own sample tables, {_LIBRAW}",
        "LibRaw's reading of the whole movie, ExifTool, MediaInfo; frames by an encoder of the "
        "lossless CRX in the tests",
        "all frames, one at a time; wavelet CRX by LibRaw's word alone; curve, and white and "
        "levels where frames say none, are assumed: docs/tags.md; no camera's own file was at hand",
    ),
    Format("Canon CRW", "crw", "developed", _LIBRAW),
    Format("Panasonic RW2", "rw2", "developed", _LIBRAW),
    Format("Olympus ORF", "orf", "developed", _LIBRAW),
    Format("Fujifilm RAF", "raf", "developed", _LIBRAW, "", "X-Trans by LibRaw itself: told"),
    Format("Sigma X3F", "x3f", "developed", _LIBRAW),
    Format("Minolta MRW", "mrw", "developed", _LIBRAW),
    Format("Nikon NEF, Sony ARW, Pentax PEF", "nef, arw, pef", "developed", _LIBRAW,
           "", "told apart from pictures by their directories"),
    Format("OpenEXR", "exr", "read", _OIIO, "OpenEXR", "part and view are chosen by fields"),
    Format("DPX", "dpx", "read", f"{_OIIO}, own rows"),
    Format("Cineon", "cin", "read", _OIIO),
    Format("TIFF", "tif, tiff", "read", _OIIO, "tifffile"),
    Format("PNG", "png", "read", _OIIO),
    Format("JPEG", "jpg, jpeg", "read", _OIIO, "", "one that is cut short is damaged_source"),
    Format("JPEG 2000", "jp2, j2k", "read", _OIIO),
    Format("JPEG XL", "jxl", "read", _OIIO),
    Format("WebP", "webp", "read", _OIIO),
    Format("Radiance HDR", "hdr", "read", _OIIO),
    Format("GIF", "gif", "read", _OIIO, "", "the first picture; that there are more is told"),
    Format("BMP", "bmp", "read", _OIIO),
    Format("Targa", "tga", "read", _OIIO),
    Format(
        "QuickTime or MP4", "mov, mp4, m4v", "read", f"{_FFMPEG}, own sample tables",
        "FFmpeg's frames, numbers in the pictures",
        "ProRes, DNxHD and DNxHR, H.264, H.265, AV1, CineForm and what else FFmpeg decodes",
    ),
    Format("MXF", "mxf", "read", f"{_FFMPEG}, own index", "FFmpeg's frames",
           "XAVC, XDCAM, AVC-Intra, IMX, DNxHD, ProRes and JPEG 2000 in it"),
    Format("RIFF", "avi, wav", "read", f"{_FFMPEG}, own WAVE reader", "FFmpeg's samples",
           "BWF and RF64 of recorders: synced to clips and cut by timecode"),
    Format("Matroska", "mkv, webm", "read", _FFMPEG),
    Format("ASF", "wmv, asf", "read", _FFMPEG),
    Format("Ogg", "ogv, ogg", "read", _FFMPEG),
    Format("FLV", "flv", "read", _FFMPEG),
    Format("AIFF", "aif, aiff", "read", _FFMPEG, "", "sound alone"),
    Format("YUV4MPEG2", "y4m", "read", _FFMPEG),
    Format("MPEG program stream", "mpg, vob", "read", _FFMPEG),
    Format("MPEG elementary stream", "m2v, h264", "read", _FFMPEG),
    Format("MPEG transport stream", "ts, mts, m2ts", "read", _FFMPEG),
    Format("GXF", "gxf", "read", _FFMPEG),
    Format("DV", "dv, dif", "read", _FFMPEG),
    Format(
        "RED R3D", "r3d", "inspected", "own headers", "ExifTool, a camera's own header",
        "only the maker's SDK decodes it: by a plug-in (docs/readers.md). Or export ACES frames "
        "with REDCINE-X",
    ),
    Format(
        "Blackmagic RAW (BRAW)", "braw", "inspected", "own sample tables, FFmpeg's keys", "",
        "only the maker's SDK decodes it: by a plug-in (docs/readers.md). Or export ACES frames "
        "or DNGs",
    ),
    Format(
        "Sony X-OCN, ARRIRAW in MXF", "mxf", "inspected", "own headers", "MediaInfo",
        "only the makers' SDKs decode them: by a plug-in (docs/readers.md)",
    ),
    Format(
        "HEIF", "heic, heif, avif", "refused",
        note="no decoder here. Convert it to PNG or TIFF, with its colour tags",
    ),
)  # fmt: skip
