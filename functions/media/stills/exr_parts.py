"""Which part, view and layer of an EXR file is its picture, and what is left aside.

OpenEXR, "Storing Multi-View Images" and "Multi-Part": the default view's channels have no prefix,
those of another are called `view.R` or `layer.view.R`; a part may belong to one view as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from functions.contract.clip import Reading
from functions.contract.errors import InvalidRequest, UnsupportedMedia
from functions.media.stills.exr_structure import ExrFacts


@dataclass(frozen=True, slots=True)
class Chosen:
    """One picture of a file.

    index : of the part
    layer, view : that its channels are called after; empty for the picture itself
    channels : names of R, G, B (all one for a picture of Y)
    alpha : name of its channel, None without
    notes : what was chosen where there was a choice, and what is not read
    """

    index: int
    layer: str
    view: str
    channels: tuple[str, str, str]
    alpha: str | None
    notes: tuple[str, ...] = ()


def choose(parts: tuple[ExrFacts, ...], reading: Reading) -> Chosen:
    """The picture that is asked for, or the first that needs no word to be found.

    Raises InvalidRequest (`field` "part" or "view"): a name that the file does not have.
    UnsupportedMedia: no picture of R, G and B or of Y, or subsampled; its channels are named.
    """
    found = [one for index, part in enumerate(parts) for one in _pictures(index, part)]
    if not found:
        listed = "; ".join(_channels(part) for part in parts)
        raise UnsupportedMedia(f"its channels are {listed}: R, G, B or Y are read")
    subsampled = [name for part in parts for name in part.subsampled]
    if subsampled:
        raise UnsupportedMedia(f"its channels {', '.join(subsampled)} are subsampled")
    asked = _of_part(found, parts, reading.part)
    asked = _of_view(asked, reading.view)
    if reading.part is None:
        # A layer is asked for by name: the picture itself has none.
        plain = [one for one in asked if not one.layer]
        if not plain:
            layers = ", ".join(dict.fromkeys(one.layer for one in asked))
            raise UnsupportedMedia(
                f"its pictures are the layers {layers}: name one in `part`", field="part"
            )
        asked = plain
    return replace(asked[0], notes=_notes(parts, found, asked[0], reading))


def _of_part(found: list[Chosen], parts: tuple[ExrFacts, ...], wanted: str | None) -> list[Chosen]:
    if wanted is None:
        return found
    by_name = [one for one in found if parts[one.index].name == wanted]
    by_number = [one for one in found if str(one.index + 1) == wanted]
    by_layer = [one for one in found if one.layer == wanted]
    asked = [o for o in by_name if not o.layer] or by_layer or [o for o in by_number if not o.layer]
    if not asked:
        names = [_title(index, part) for index, part in enumerate(parts) if part.name]
        names += sorted({one.layer for one in found if one.layer})
        raise InvalidRequest(
            f"the file has no picture {wanted!r}; it has {', '.join(names) or 'one part'}",
            field="part",
        )
    return asked


def _of_view(found: list[Chosen], wanted: str | None) -> list[Chosen]:
    if wanted is None:
        return found
    asked = [one for one in found if one.view == wanted]
    if not asked:
        views = ", ".join(dict.fromkeys(one.view for one in found if one.view)) or "none"
        raise InvalidRequest(f"the file has no view {wanted!r}; it has {views}", field="view")
    return asked


def _pictures(index: int, part: ExrFacts) -> list[Chosen]:
    """Every group of channels of a part that is a picture."""
    if part.kind == "deep" or part.part.startswith("deep"):
        return []
    groups: dict[str, dict[str, str]] = {}
    for name in part.channels:
        prefix, _, last = name.rpartition(".")
        groups.setdefault(prefix, {})[last] = name
    found = []
    for prefix in sorted(groups):
        names = groups[prefix]
        colour = tuple(names[c] for c in "RGB" if c in names)
        if len(colour) != 3:
            if "Y" not in names or {"RY", "BY"} & set(names):
                continue
            colour = (names["Y"],) * 3
        layer, view = _layer_and_view(prefix, part)
        channels = (colour[0], colour[1], colour[2])
        alpha = names.get("A")
        if alpha is not None and part.channels[alpha] == "uint":
            alpha = None  # whole numbers are no share of light
        found.append(Chosen(index, layer, view, channels, alpha))
    return found


def _layer_and_view(prefix: str, part: ExrFacts) -> tuple[str, str]:
    if part.view is not None:
        return prefix, part.view
    if not part.views:
        return prefix, ""
    layer, _, last = prefix.rpartition(".")
    return (layer, last) if last in part.views else (prefix, part.views[0])


def _notes(
    parts: tuple[ExrFacts, ...], found: list[Chosen], first: Chosen, reading: Reading
) -> tuple[str, ...]:
    notes = []
    if len(parts) > 1:
        others = ", ".join(_title(i, p) for i, p in enumerate(parts) if i != first.index)
        notes.append(f"part {_title(first.index, parts[first.index])} is read, and not {others}")
    views = list(dict.fromkeys(one.view for one in found if one.view))
    if len(views) > 1 and reading.view is None:
        others = ", ".join(view for view in views if view != first.view)
        notes.append(f"view {first.view} is read, and not {others}: `view` chooses")
    part = parts[first.index]
    read = {*first.channels, first.alpha}
    left = [name for name in part.channels if name not in read]
    if left:
        notes.append(f"channels that are not read: {', '.join(left)}")
    data, display = part.data_window, part.display_window
    if data[0] < display[0] or data[1] < display[1] or data[2] > display[2] or data[3] > display[3]:
        notes.append(
            f"what lies outside the display window is not read: the data window is {data}, the "
            f"display window {display}"
        )
    return tuple(notes)


def _title(index: int, part: ExrFacts) -> str:
    return f"{index + 1} {part.name or ''}".strip() + f" ({_channels(part)})"


def _channels(part: ExrFacts) -> str:
    return ", ".join(sorted(part.channels))
