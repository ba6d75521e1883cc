"""Recorders' sound beside a clip: which sample of a file is heard with the clip's first frame.

Both count frames since midnight, the recorder's in samples (`bext`), whose relation to its
timecode is what iXML says, or without iXML the clip's own: a recorder that is jammed to the camera
counts as it does. With F frames of label, T frames a second of the recorder's timecode, R of the
clip, n and m labels a second of the two, D samples a second really taken, S of the timestamp s:

    recorder's frame of its first sample   s / S T
    first = (F n / m - s / S T) D / T      sample of the file at the clip's frame 0
    pace  = D / T n / m R                  samples of the file in a second of the movie

The pace is the file's own rate where both counts keep step. Where they do not (24 frames recorded,
23.976 shown: pull-down), "frames" follows the labels, so that sync holds over the take, and
"samples" plays the file as its header says, which drifts: both are told.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal

import msgspec

from functions.contract import uris
from functions.contract.errors import InvalidRequest
from functions.contract.timecode import Timecode, dropped_labels, nominal_rate
from functions.media.wave.header import WaveFacts

Sync = Literal["timecode", "start"]
Speed = Literal["frames", "samples"]


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """One file beside the clip.

    first : sample of the file that is heard with the clip's frame 0; below 0, it comes later
    exact : the same before it was rounded to a whole sample
    pace : samples of the file in a second of the movie
    follows : what the pace would be by the labels
    """

    uri: str
    facts: WaveFacts
    first: int
    exact: Fraction
    pace: Fraction
    follows: Fraction

    def span(self, rate: int) -> tuple[Fraction, Fraction]:
        """Samples of the movie, from its frame 0, between which the file is heard."""
        ratio = rate / self.pace
        return -self.first * ratio, (self.facts.samples - self.first) * ratio

    def told(self, at: Fraction, rate: int) -> dict[str, Any]:
        """For the receipt. at : seconds of the movie of the first frame that is made."""
        facts = self.facts
        own = {"scene": facts.scene, "take": facts.take, "tape": facts.tape}
        drift = (self.pace - self.follows) / self.follows
        return {
            "file": uris.basename(self.uri),
            "rate": facts.rate,
            "channels": facts.channels,
            "time_reference": facts.time_reference,
            "timecode_rate": None if facts.timecode_rate is None else str(facts.timecode_rate),
            "first_sample": self.first + round(at * self.pace),
            "rounded": round(float(self.first - self.exact), 6),
            "pace": round(float(self.pace), 4),
            "drift": f"{float(drift * 3600 * rate):.1f} samples an hour" if drift else None,
            **{name: value for name, value in own.items() if value},
            **({"tracks": [name for _, name in facts.tracks]} if facts.tracks else {}),
        }


def place(
    uri: str,
    facts: WaveFacts,
    start: Timecode | None,
    rate: Fraction,
    *,
    sync: Sync,
    speed: Speed,
    offset: Fraction,
) -> Placed:
    """Where a file lies beside a clip.

    start : of the clip's frame 0; rate : of the movie, frames a second
    offset : seconds of the movie by which the sound is heard later

    Raises InvalidRequest (field "sound") where one of them has no timecode, or the two count in
    ways that do not meet: drop frame and not.
    """
    name = uris.basename(uri)
    own = facts.timecode_rate or rate
    labels = Fraction(nominal_rate(own), nominal_rate(rate))
    follows = facts.taken / own * labels * rate
    pace = follows if speed == "frames" else Fraction(facts.rate)
    exact = Fraction(0)
    if sync == "timecode":
        if start is None or facts.time_reference is None:
            who = "the clip" if start is None else name
            raise InvalidRequest(
                f"{who} carries no timecode to sync by: sound_sync start lets the sound begin "
                "with the clip",
                field="sound",
            )
        if facts.drop is not None and facts.drop != start.drop:
            said = "drop frame" if facts.drop else "non-drop"
            raise InvalidRequest(
                f"{name} counts {said}, the clip does not ({start}): their timecodes do not meet",
                field="sound",
            )
        stamp = Fraction(facts.time_reference, facts.clock) * own
        day = nominal_rate(own) * 86_400
        if start.drop:
            day -= dropped_labels(own) * (1440 - 144)  # no tenth minute drops any
        # The nearer of before and after midnight.
        apart = (start.frame * labels - stamp + Fraction(day, 2)) % day - Fraction(day, 2)
        exact = apart * facts.taken / own
    exact -= offset * pace
    return Placed(uri=uri, facts=facts, first=round(exact), exact=exact, pace=pace, follows=follows)


def lanes(placed: list[Placed], rate: int) -> list[list[Placed]]:
    """Files as streams: those that sound at one time are beside each other, by name; those that
    follow one another with as many channels are one stream."""
    made: list[list[Placed]] = []
    for each in sorted(placed, key=lambda p: (p.span(rate)[0], p.uri)):
        for lane in made:
            last = lane[-1]
            same = last.facts.channels == each.facts.channels
            if same and last.span(rate)[1] <= each.span(rate)[0]:
                lane.append(each)
                break
        else:
            made.append([each])
    return sorted(made, key=lambda lane: lane[0].uri)
