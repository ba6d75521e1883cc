"""The report of a movie that FFmpeg reads."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import msgspec

from functions.contract.errors import DamagedSource, UnsupportedMedia
from functions.contract.frames import rate_text
from functions.contract.operation import Work
from functions.inspect.report import (
    Colour,
    Data,
    Finding,
    FrameCount,
    LensState,
    Picture,
    Rate,
    Report,
    Sound,
    sorted_findings,
    uneven,
)
from functions.inspect.stills import lens_states
from functions.inspect.tags import colour_tags, frame_timecode
from functions.media.acquisition.inside import frame_records
from functions.media.containers.boxes import reader_of
from functions.media.containers.tag_codes import FIELDS
from functions.media.decoder.shown_by import damage_shown_by
from functions.media.movie.channel_layouts import channels_of
from functions.media.movie.clip import MovieClip
from functions.media.movie.counting import Count, count_pictures, has_sound
from functions.media.movie.facts import sound_length
from functions.media.movie.ffmpeg_container import codec_name, codec_tag
from functions.media.wave.header import read_wave

if TYPE_CHECKING:
    from av.video.stream import VideoStream

_METADATA = 200  # entries: enough for any camera, not for a hostile file


def movie_report(clip: MovieClip, work: Work) -> tuple[Report, Count]:
    """Everything but files and checksums; the movie is read once from end to end."""
    with work.stage("decode"):
        count = count_pictures(clip, work.check, work.limits.frames, work.threads)
    stream, facts = clip.picture, clip.facts
    findings = _findings(clip, count)
    rate = facts.rate
    start = facts.start or frame_timecode(count.first, rate)
    seconds = float(count.frames / rate) if rate and count.frames else None
    last = start + (count.frames - 1) if start and count.frames else None
    return (
        Report(
            name=facts.name,
            container=facts.container,
            files=(),
            bytes=clip.stat.bytes,
            picture=_picture(stream, count, clip) if stream else None,
            frames=FrameCount(
                first=0,
                last=max(0, count.frames - 1),
                counted=count.frames,
                method=count.method,
                claimed=facts.frames_claimed,
            )
            if stream
            else None,
            rate=_rate(stream, rate, count) if stream else None,
            seconds=seconds,
            start=str(start) if start else None,
            last=str(last) if last else None,
            reel=facts.camera.reel,
            colour=_colour(clip, count),
            audio=tuple(_sound(s, clip, count) for s in clip.container.streams.audio),
            data=_data(clip),
            camera=facts.camera,
            lens=_lens(clip, work),
            metadata=dict(sorted(clip.container.metadata.items())[:_METADATA]),
            findings=sorted_findings(findings),
        ),
        count,
    )


def _lens(clip: MovieClip, work: Work) -> tuple[LensState, ...]:
    """What the lens did by the movie's RTMD track."""
    if clip.facts.container != "mov" or clip.facts.rate is None:
        return ()
    with clip.open_again() as stream, work.stage("fetch"):
        return lens_states(frame_records(stream, clip.stat.bytes, clip.facts.rate, work.check))


def _picture(stream: VideoStream, count: Count, clip: MovieClip) -> Picture:
    context, first = stream.codec_context, count.first
    aspect = clip.facts.picture.pixel_aspect
    width, height = clip.facts.width, clip.facts.height
    shown = Fraction(width, height) * aspect if width and height else None
    pixel_format = first.format.name if first is not None else context.pix_fmt
    fields = clip.facts.picture.field_order
    own_order = None if fields == "progressive" else fields
    return Picture(
        codec=clip.facts.codec,
        width=width,
        height=height,
        layout=clip.facts.layout,
        profile=stream.profile,
        codec_tag=codec_tag(stream),
        pixel_format=pixel_format,
        pixel_aspect=rate_text(aspect),
        display_aspect=f"{shown.numerator}:{shown.denominator}" if shown else None,
        rotation=-round(first.rotation) if first is not None else 0,
        field_order=FIELDS.get(int(context.field_order)) or own_order,
        interlaced=first is not None and bool(first.interlaced_frame),
        damage_shown_by=damage_shown_by(clip.facts),
    )


def _rate(stream: VideoStream, rate: Fraction | None, count: Count) -> Rate:
    average = stream.average_rate
    steps = count.steps(stream.time_base) if stream.time_base else None
    variable = _varies(stream, steps)
    return Rate(
        nominal=rate_text(rate) if rate else None,
        average=rate_text(average) if average and average != rate else None,
        variable=variable,
        shortest=float(steps[0]) if steps and variable else None,
        longest=float(steps[1]) if steps and variable else None,
    )


def _varies(stream: VideoStream, steps: tuple[Fraction, Fraction] | None) -> bool:
    """Steps that differ by more than the tick that rounding makes."""
    base = stream.time_base
    return bool(steps and base and steps[1] - steps[0] > base)


def _colour(clip: MovieClip, count: Count) -> Colour | None:
    if clip.picture is None:
        return None
    found = colour_tags(clip.picture, count.first, clip.scan.dolby_vision)
    # A picture has its codec's words; the container's go first.
    tags = clip.facts.picture.colour
    return msgspec.structs.replace(
        found,
        primaries=tags.primaries or found.primaries,
        transfer=tags.transfer or found.transfer,
        matrix=tags.matrix or found.matrix,
        range=found.range if tags.full is None else ("tv", "pc")[tags.full],
    )


def _sound(stream: Any, clip: MovieClip, count: Count) -> Sound:
    length = sound_length(stream, clip.timeline)
    if stream.id not in clip.timeline.sound:  # a header may claim more than is there
        counted, longest = count.sound.get(stream.index), clip.timeline.longest
        if counted is not None:
            length = max(Fraction(0), counted - clip.timeline.muted)
            length = length if longest is None else min(length, longest)
    context = stream.codec_context  # None for a codec that FFmpeg does not know
    rate = context.sample_rate or 0 if context else 0
    channels, layout = channels_of(context)
    return Sound(
        codec=codec_name(stream),
        rate=rate,
        channels=channels,
        layout=layout or None,
        samples=round(length * rate) if length is not None and rate else None,
        seconds=float(length) if length is not None else None,
        language=stream.metadata.get("language"),
        name=stream.metadata.get("track_name") or stream.metadata.get("handler_name"),
    )


def _data(clip: MovieClip) -> tuple[Data, ...]:
    names = ("track_name", "handler_name", "filename")
    return tuple(
        Data(
            kind=str(stream.type),
            codec=stream.metadata.get("data_type") or _codec(stream),
            name=next((stream.metadata[n] for n in names if n in stream.metadata), None),
        )
        for stream in clip.container.streams
        if stream.type not in ("video", "audio")
    )


def _codec(stream: Any) -> str | None:
    found = codec_name(stream)
    return None if found == "unknown" else found


def _findings(clip: MovieClip, count: Count) -> list[Finding]:
    found: list[Finding] = []

    def add(severity: Any, code: str, detail: str, frame: int | None = None) -> None:
        found.append(Finding(severity=severity, code=code, detail=detail, frame=frame))

    facts, scan = clip.facts, clip.scan
    if scan.encrypted:
        add("error", "encrypted", f"encrypted ({scan.encrypted}): the pictures cannot be read")
    if scan.missing:
        add(
            "error",
            "truncated",
            f"truncated: {scan.missing} of the bytes that the headers promise are not in the file",
        )
    if clip.picture is None and has_sound(clip):
        add("info", "no-pictures", "there is sound and no picture in it")
    elif clip.picture is None:
        add("error", "header-only", "headers stand, and neither picture nor sound is there")
    elif count.frames == 0:
        add("error", "header-only", "headers stand, and no picture is there")
    elif facts.frames_claimed is not None and facts.frames_claimed != count.frames:
        are = "1 is" if count.frames == 1 else f"{count.frames} are"
        add(
            "error" if count.frames < facts.frames_claimed else "warning",
            "frame-count-mismatch",
            f"the header claims {facts.frames_claimed} frames, {are} there",
        )
    for number, sentence in () if scan.encrypted else count.broken:
        add("error", "damaged-frame", f"after {number} pictures: {sentence}", number)
    if count.breaks > len(count.broken):
        add("error", "damaged-frame", f"{count.breaks} packets in all do not decode")
    if clip.picture is not None:
        _oddities(clip, clip.picture, count, add)
    elif facts.container == "wav":
        _wave_oddities(clip, add)
    return found


def _wave_oddities(clip: MovieClip, add: Any) -> None:
    """Of a recorder's file; FFmpeg reads one that was not finished to its end and says nothing."""
    with clip.open_again() as file:
        try:
            facts = read_wave(reader_of(file), clip.stat.bytes)
        except DamagedSource as error:
            add("error", "truncated", error.detail)
            return
        except UnsupportedMedia as error:
            add("warning", "not-applied", f"trim and transcode do not read it: {error.detail}")
            return
    if facts.other_reference is not None:
        add(
            "warning",
            "timecode-odd",
            f"bext counts {facts.time_reference} samples since midnight and iXML "
            f"{facts.other_reference}: bext is taken",
        )


def _oddities(clip: MovieClip, stream: VideoStream, count: Count, add: Any) -> None:
    steps = count.steps(stream.time_base) if stream.time_base else None
    if steps and _varies(stream, steps):
        add("warning", "vfr", uneven(float(steps[0]), float(steps[1])))
    timeline = clip.timeline
    if timeline.odd_timecode:
        code = "timecode-odd" if timeline.start else "timecode-invalid"
        add("warning", code, timeline.odd_timecode)
    if timeline.leads > 0:
        add(
            "info",
            "empty-edit",
            f"an edit list begins with {float(timeline.leads):g} seconds without a picture",
        )
    for begin, end in timeline.gaps:
        add(
            "warning",
            "empty-edit",
            f"from {float(begin):g} to {float(end):g} seconds an edit list shows no picture",
        )
    if timeline.hidden:
        are = "picture is" if timeline.hidden == 1 else "pictures are"
        add("info", "hidden-pictures", f"{timeline.hidden} {are} stored and not shown")
    if timeline.refused:
        add("error", "unsupported-edits", timeline.refused)
    if count.first is not None and round(count.first.rotation):
        turn = -round(count.first.rotation)
        add("info", "rotated", f"shown upright when turned by {turn} degrees clockwise")
    if not stream.codec_context.codec.is_decoder:
        add("error", "unsupported-codec", f"no decoder for {clip.facts.codec} here")
    for note in clip.notes:
        if note != timeline.odd_timecode:
            add("info", "not-applied", note)
