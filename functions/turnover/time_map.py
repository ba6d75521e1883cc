"""Straight pieces from one time to another, exact: what a retime does, and what it shows."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

ZERO, ONE = Fraction(0), Fraction(1)
# Applications write times that miss the frame they mean by rounding.
_ON_FRAME = Fraction(1, 50)


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds, half-open."""

    start: Fraction
    stop: Fraction

    @property
    def length(self) -> Fraction:
        """Never negative in a span that was read."""
        return self.stop - self.start

    def within(self, other: Span) -> Span:
        """What both hold; empty where stop is not above start."""
        return Span(max(self.start, other.start), min(self.stop, other.stop))

    def grown(self, head: Fraction, tail: Fraction) -> Span:
        """With more before and after."""
        return Span(self.start - head, self.stop + tail)


@dataclass(frozen=True, slots=True)
class TimeMap:
    """Own time of a parent's, by points between which it is straight.

    points : (parent's seconds, own seconds), rising in the first; past the ends the nearest
        piece goes on. pace : of a map with one point
    """

    points: tuple[tuple[Fraction, Fraction], ...] = ((ZERO, ZERO),)
    pace: Fraction = ONE

    @classmethod
    def shifted(cls, parent: Fraction, own: Fraction, pace: Fraction = ONE) -> TimeMap:
        """Straight through one point."""
        return cls(((parent, own),), pace)

    def at(self, time: Fraction) -> Fraction:
        """Own time of a moment.

        Examples
        --------
        >>> TimeMap.shifted(Fraction(1), Fraction(10), Fraction(2)).at(Fraction(3))
        Fraction(14, 1)
        """
        if len(self.points) == 1:
            (a, x), slope = self.points[0], self.pace
        else:
            place = bisect_right(self.points, time, key=lambda point: point[0]) - 1
            place = min(max(place, 0), len(self.points) - 2)
            (a, x), slope = self.points[place], self._slope(place)
        return x + slope * (time - a)

    def pieces(self, span: Span) -> Iterator[tuple[Span, Fraction]]:
        """The straight pieces of a span, with own seconds per second."""
        cuts = [time for time, _ in self.points[1:-1] if span.start < time < span.stop]
        edges = [span.start, *cuts, span.stop]
        for start, stop in pairwise(edges):
            if start < stop:
                yield Span(start, stop), (self.at(stop) - self.at(start)) / (stop - start)

    def then(self, scale: Fraction, shift: Fraction) -> TimeMap:
        """With own times scaled and shifted."""
        points = tuple((time, own * scale + shift) for time, own in self.points)
        return TimeMap(points, self.pace * scale)

    def _slope(self, place: int) -> Fraction:
        (a, x), (b, y) = self.points[place], self.points[place + 1]
        return (y - x) / (b - a)


def shown_frames(
    times: TimeMap, span: Span, step: Fraction, rate: Fraction, *, scale: Fraction = ONE
) -> tuple[int, int]:
    """First and last source frame that is seen of a span.

    Parameters
    ----------
    times : to seconds of the source, at `rate` frames each
    step : seconds of one frame that is shown
    scale : at which the span itself is played: 2 is twice as fast, negative from its end

    At normal speed these are the frames that the span cuts. Forward at another speed they are
    those on both sides of every moment that is shown; backwards, all of the material, because
    applications differ in which of its ends they show.
    """
    lows, highs = [], []
    pieces = list(times.pieces(span))
    for piece, pace in pieces:
        start, stop = times.at(piece.start) * rate, times.at(piece.stop) * rate
        if pace > 0 < scale and (pace * scale != 1 or len(pieces) > 1):
            if piece.stop == span.stop:
                shown = max(piece.start, piece.stop - step * scale)
                stop = times.at(shown) * rate
            low, high = math.floor(start + _ON_FRAME), math.ceil(stop - _ON_FRAME)
        else:
            low = math.floor(min(start, stop) + _ON_FRAME)
            high = math.ceil(max(start, stop) - _ON_FRAME) - 1
        lows.append(low)
        highs.append(max(low, high))
    return min(lows), max(highs)
