"""Sound of a recorder in a movie: its files opened beside the clip, and what is told of them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from functions.contract.frames import FrameRange
from functions.contract.operation import Work
from functions.media.wave.recorded import RecordedSound
from functions.picture import Pictures
from functions.transcode.plan import Plan, rate_of
from functions.transcode.request import TranscodeRequest


def open_recorded(
    request: TranscodeRequest, pictures: Pictures, work: Work
) -> RecordedSound | None:
    """The request's files beside the clip, None where it names none; the caller closes it.

    What of them is not heard, and what runs at another pace, is told. Raises as RecordedSound.
    """
    if not request.sound:
        return None
    facts = pictures.facts
    rate = rate_of(request, facts, work)
    sound = RecordedSound(
        request.sound,
        work.store,
        facts.start,
        len(pictures.there()),
        rate,
        request.audio_rate,
        sync=request.sound_sync,
        speed=request.sound_speed,
        offset=request.sound_offset,
    )
    if facts.picture.audio:
        work.assume("own_sound", "left out: that of the recorder stands in its place")
    if sound.silent:
        work.assume("not_heard", f"{', '.join(sound.silent)}: not of the clip's time")
    if sound.gaps:
        work.assume("silence", f"{float(sound.gaps):.3f} s of the clip have no sound of a file")
    stamps, _ = sound.odd()
    if stamps and request.sound_sync == "timecode":
        work.assume("time_reference", "; ".join(stamps))
    for each in sound.placed:
        facts_of = each.facts
        if request.sound_sync == "timecode" and facts_of.timecode_rate is None:
            work.assume("recorder_rate", f"{rate}: the clip's, no iXML says another")
        if each.follows != facts_of.rate:
            ratio = each.follows / facts_of.rate
            how = f"{ratio.numerator}/{ratio.denominator} of its own rate"
            work.assume(
                "sound_speed",
                f"{how}, so that its frames are the clip's (pull-down)"
                if request.sound_speed == "frames"
                else f"its own rate: it drifts, its frames would ask for {how}",
            )
    return sound


def recorded_report(
    recorded: RecordedSound | None, plan: Plan, wanted: FrameRange
) -> dict[str, Any]:
    """For receipt and `explain`: each file with the sample that is heard first."""
    if recorded is None:
        return {}
    return {"recorded": recorded.told(Fraction(plan.place(wanted.start)) / plan.rate)}
