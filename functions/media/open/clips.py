"""From a clip's URI to the clip: its files, its reader, and the frames that a text means."""

from __future__ import annotations

from functions.contract import uris
from functions.contract.clip import Clip, Reading
from functions.contract.errors import DamagedSource, InvalidRequest, UnsupportedMedia, truncated
from functions.contract.frames import FrameRange, parse_frames
from functions.contract.operation import Limits
from functions.contract.store import Store
from functions.contract.timecode import Timecode
from functions.media.open.locate import find
from functions.media.open.sniff import HEAD, Family, blank, is_targa, sniff
from functions.media.stills.sequence import Listing, Reader, StillClip, located

_GUESS = 256 * 2**20  # bytes that are worth reading whole to learn what a file is


def open_clip(uri: str, store: Store, limits: Limits, reading: Reading | None = None) -> Clip:
    """The clip that a canonical URI names: a file, a numbered pattern, a folder of one
    sequence.

    Only headers are read. A single still is a clip of one frame, number 0.

    Raises SourceNotFound, InvalidRequest: see `functions.media.open.locate.find`. UnsupportedMedia:
    no reader knows the content; its format is named if it has a name. DamagedSource: headers that
    are cut short or cannot be. LimitExceeded: more pixels than a frame may have.
    """
    return open_listing(find(uri, store), store, limits, reading)


def open_listing(
    listing: Listing, store: Store, limits: Limits, reading: Reading | None = None
) -> Clip:
    """The clip of files that were found already; raises as `open_clip`.

    A plug-in is asked for what none of our own readers reads; of what a maker's SDK alone decodes
    and no plug-in is there for, the headers are read.
    """
    head = store.read_range(listing.first.uri, 0, HEAD)
    try:
        return _open(listing, head, store, limits, reading or Reading())
    except UnsupportedMedia:
        from functions.media.plugins.installed import matching

        plugin = matching(head, uris.basename(listing.first.uri))
        if plugin is None and not listing.numbered:
            from functions.media.undecoded.clip import open_undecoded

            undecoded = open_undecoded(listing.first, head, store, limits)
            if undecoded is not None:
                return undecoded
        if plugin is None:
            raise
    from functions.media.plugins.reader import open_plugin

    return open_plugin(plugin, listing, store, limits)


_INSTEAD = {"HEIF": "convert it to PNG or TIFF, with its colour tags"}


def _open(listing: Listing, head: bytes, store: Store, limits: Limits, reading: Reading) -> Clip:
    first = listing.first
    family, name = sniff(head)
    if blank(head):
        what = "empty" if not head else "zero all over its start"
        raise located(truncated(f"the file is {what}"), first, None)
    if family is Family.KNOWN or uris.basename(first.uri).lower().endswith(".braw"):
        # Blackmagic's own QuickTime: nothing but its extension tells it at the start.
        name = name if family is Family.KNOWN else "Blackmagic RAW (BRAW)"
        how = _INSTEAD.get(name, "a plug-in with its maker's SDK does")
        why = f"{name} is not a format that we read: {how}"
        raise located(UnsupportedMedia(why), first, None)
    if (reading.part or reading.view) and name != "OpenEXR":
        field = "part" if reading.part else "view"
        raise InvalidRequest(f"a {name} file has no parts and no views: {field}", field=field)
    if reading.lens != "none" and family is not Family.TIFF:
        raise InvalidRequest(f"lens corrections are read of DNGs, this is {name}", field="lens")
    if family is Family.MOVIE:
        if listing.numbered:
            raise _no_sequence(name, listing)
        from functions.media.movie.clip import open_movie

        return open_movie(first, store, limits)
    if family is Family.TIFF:
        return _open_tiff(listing, head, store, limits, reading)
    if family is Family.UNKNOWN and is_targa(head, uris.basename(first.uri)):
        family, name = Family.PICTURE, "Targa"
    if family is Family.PICTURE:
        from functions.media.stills.facts import PictureReader

        return StillClip(listing, PictureReader(name, limits.pixels, reading), store, limits)
    if family is Family.UNKNOWN and first.bytes > _GUESS:
        raise located(UnsupportedMedia(f"no format that we know, {name}"), first, None)
    return _open_camera(listing, name, store, limits, known=family is Family.CAMERA)


def _no_sequence(name: str, listing: Listing) -> InvalidRequest:
    one = uris.basename(listing.first.uri)
    return InvalidRequest(f"{name} files are no sequence: name one, as {one!r}", field="input")


def _open_tiff(
    listing: Listing, head: bytes, store: Store, limits: Limits, reading: Reading
) -> Clip:
    """DNG first: any other reader takes a DNG for a grey TIFF, or for its preview."""
    from functions.media.containers.tiff import read_bytes, read_stream
    from functions.media.dng.file import DngReader, is_dng

    first = listing.first
    dng = is_dng(read_bytes(head), len(head))  # mostly the head tells: a round trip less
    if not dng:
        with store.open(first.uri) as stream:
            dng = is_dng(read_stream(stream, first.bytes), first.bytes)
    # Never LibRaw: it takes what it does not know of a DNG for a Bayer pattern, and grey TIFFs too.
    if dng:
        return StillClip(listing, DngReader(limits.pixels, reading), store, limits)
    if reading.lens != "none":
        raise InvalidRequest("lens corrections are read of DNGs, this is a TIFF", field="lens")
    from functions.media.open.tiff_kinds import is_plain_picture
    from functions.media.stills.facts import PictureReader

    picture = PictureReader("TIFF", limits.pixels, reading)
    with store.open(first.uri) as stream:
        plain = is_plain_picture(read_stream(stream, first.bytes), first.bytes)
    if not plain:
        try:
            return _open_camera(listing, "TIFF", store, limits, known=True)
        except UnsupportedMedia:
            pass
    return StillClip(listing, picture, store, limits)


def _open_camera(listing: Listing, name: str, store: Store, limits: Limits, *, known: bool) -> Clip:
    if name == "ARRIRAW":
        from functions.media.raw.arriraw import ArriReader

        return StillClip(listing, ArriReader(limits.pixels), store, limits)
    if name == "Canon CR3":
        from functions.media.crm.movie import open_crm

        movie = open_crm(listing.first, store, limits)
        if movie is not None and listing.numbered:
            raise _no_sequence("Canon CRM", listing)
        if movie is not None:
            return movie
    from functions.media.raw.libraw import LibRawReader

    called = name if known else "camera raw"
    reader: Reader = LibRawReader(called, limits.pixels, limits.bytes, limits.memory)
    try:
        return StillClip(listing, reader, store, limits)
    except (UnsupportedMedia, DamagedSource) as error:
        if known:
            raise
        unknown = UnsupportedMedia(f"no format that we know, {name}")
        raise located(unknown, listing.first, None) from error


def resolve_frames(clip: Clip, text: str | None) -> FrameRange:
    """The clip's own numbers that a request's `frames` means; all of them for None.

    Raises InvalidRequest for another form, timecode where the clip has none, or numbers
    outside the clip, and names the clip's own range.
    """
    return frames_of(text, clip.numbers(), clip.facts.start)


def frames_of(text: str | None, own: FrameRange, start: Timecode | None) -> FrameRange:
    """The same of a clip with these numbers, whose first frame has this timecode."""
    if text is None:
        return own
    return frames_inside(parse_frames(text, start=start, first=own.start), own, text)


def frames_there(clip: Clip) -> FrameRange:
    """All frames that are really there: a movie of raw frames whose header claims more is
    shorter than `clip.numbers()`. Reads every frame's header where it must.
    """
    own = clip.numbers()
    if isinstance(clip, StillClip):
        return own
    from functions.media.raw.indexed_movie import IndexedClip

    counted = clip.counted() if isinstance(clip, IndexedClip) else len(own)
    return FrameRange(own.start, own.start + min(counted, len(own))) if counted else own


def frames_inside(wanted: FrameRange, own: FrameRange, text: str) -> FrameRange:
    """The range, if the clip has all of it. Raises InvalidRequest with the clip's own."""
    if wanted.start < own.start or wanted.last >= own.stop:
        raise InvalidRequest(
            f"frames {text!r} are not all inside the clip's own {own}", field="frames"
        )
    return wanted
