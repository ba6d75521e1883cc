"""Libraries that the image holds in place of those of wheels."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path

import pytest

from image import blas, stand_ins

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc and binutils")


def make(file: Path, code: str, *options: str) -> Path:
    """A shared object of this C."""
    source = file.with_suffix(".c")
    source.write_text(code)
    words = ["gcc", "-shared", "-fPIC", "-o", str(file), str(source), f"-Wl,-soname,{file.name}"]
    subprocess.run([*words, *options], check=True)
    source.unlink()
    return file


def test_a_stand_in_has_what_is_asked_for(tmp_path: Path) -> None:
    """What is linked to the library still loads, by version, and what only the library needed is
    gone; a call that must not happen ends the process."""
    nettle = make(tmp_path / "libnettle-1.so", "int hash(void) { return 7; }")
    script = tmp_path / "map"
    script.write_text("GNUTLS_3_4 { global: gnutls_*; local: *; };")
    tls = make(
        tmp_path / "libgnutls-1.so",
        "int hash(void);\n"
        "int gnutls_global_init(void) { return hash(); }\n"
        "int gnutls_handshake(void) { return 9; } int gnutls_other(void) { return 1; }",
        str(nettle),
        f"-Wl,--version-script={script}",
    )
    user = make(
        tmp_path / "libavformat-1.so",
        "int gnutls_global_init(void); int gnutls_handshake(void);\n"
        "int start(void) { return gnutls_global_init(); }\n"
        "int talk(void) { return gnutls_handshake(); }",
        str(tls),
        f"-Wl,-rpath,{tmp_path}",
    )
    assert stand_ins.replace(tmp_path) > 0
    assert not nettle.exists()
    assert "libnettle-1.so" not in stand_ins.needed(tls)
    assert ctypes.CDLL(str(user)).start() == 0
    program = f"import ctypes; ctypes.CDLL({str(user)!r}).talk()"
    done = subprocess.run(["python3", "-c", program], capture_output=True, text=True)
    assert done.returncode < 0
    assert "version" not in done.stderr


def test_fortrans_runtime_is_what_it_was(tmp_path: Path) -> None:
    """Strings are joined with blanks, and whole powers are powers."""
    made = ctypes.CDLL(str(make(tmp_path / "libruntime.so", blas._RUNTIME)))
    out = ctypes.create_string_buffer(b"??????", 6)
    made._gfortran_concat_string(
        ctypes.c_size_t(6), out, ctypes.c_size_t(2), b"ab", ctypes.c_size_t(3), b"cde"
    )
    assert out.raw == b"abcde "
    made._gfortran_concat_string(
        ctypes.c_size_t(3), out, ctypes.c_size_t(2), b"ab", ctypes.c_size_t(3), b"cde"
    )
    assert out.raw[:3] == b"abc"
    power = made._gfortran_pow_r8_i8
    power.restype, power.argtypes = ctypes.c_double, (ctypes.c_double, ctypes.c_long)
    for base, exponent in ((2.0, 10), (2.0, -3), (1.5, 0), (-3.0, 3), (10.0, -7)):
        assert power(base, exponent) == pytest.approx(base**exponent, rel=1e-15)


def test_no_clip_and_no_profile_comes_to_a_stand_in(tmp_path: Path) -> None:
    """Of what its libraries decode FFmpeg has a decoder of its own, which is the one that is taken;
    nothing is encoded by them."""
    import av

    from functions.media.write.codec_profiles import PROFILES

    theirs = {"libvpx", "libvpx-vp9", "libopus", "libmp3lame", "libwebp"}
    theirs |= {"libopencore_amrnb", "libopencore_amrwb"}
    for codec, suffix, kind in (
        ("libvpx", "webm", "video"),
        ("libvpx-vp9", "webm", "video"),
        ("libopus", "webm", "audio"),
        ("libmp3lame", "mp3", "audio"),
        ("libopencore_amrnb", "3gp", "audio"),
        ("libwebp", "webp", "video"),
    ):
        file = tmp_path / f"{codec}.{suffix}"
        with av.open(str(file), "w") as made:
            stream = made.add_stream(codec, rate=24 if kind == "video" else 8000)
            if kind == "video":
                stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
                frame = av.VideoFrame(64, 48, "yuv420p")
            else:
                stream.layout = "mono"
                frame = av.AudioFrame(stream.format.name, "mono", 960)
                frame.sample_rate = 8000
                for plane in frame.planes:
                    plane.update(bytes(plane.buffer_size))
            for picture in (frame, None):
                made.mux(stream.encode(picture))
        with av.open(str(file)) as read:
            assert sum(len(packet.decode()) for packet in read.demux()) >= 1
            assert read.streams[0].codec_context.codec.name not in theirs
    used = {profile.encoder for profile in PROFILES.values()}
    assert used
    assert not used & theirs
