"""From a source colour space through an AMF's steps to an output: a list of kernel steps."""

from __future__ import annotations

from functions.colour.values import Bound, Chain, Line, OutputTags

__all__ = ["Bound", "Chain", "Line", "OutputTags"]
