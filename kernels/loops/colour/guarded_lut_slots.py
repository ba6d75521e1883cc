"""The room of a guarded table: scratch for its exact steps, then marks and places of a tile."""

from __future__ import annotations

from kernels.loops.colour import slots as s

MARKS_AT = s.SCRATCH
PLACES_AT = MARKS_AT + s.TILE
SIDE = PLACES_AT + s.TILE + 16
