"""What a request gives beside the clip: the AMF, look files, a config; read and checked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from functions.contract import uris
from functions.contract.clip import ClipFacts
from functions.contract.errors import InvalidRequest, Refused, RushesError, SourceNotFound
from functions.contract.frames import parse_frames
from functions.picture.clip_names import bare_name, same_clip
from functions.picture.picture_spec import PictureSpec
from functions.picture.plan.named_cdl import NamedCdl
from functions.picture.plan.sidecar_files import SidecarFiles

if TYPE_CHECKING:
    from functions.contract.amf import Amf, Cdl, ClipId, ColourStep, WorkingSpace

LOOK_SUFFIXES = ("cube", "3dl", "clf", "ctf", "cc", "ccc", "cdl")
CDL_SUFFIXES = ("cc", "ccc", "cdl")


class Decisions(msgspec.Struct, frozen=True, kw_only=True):
    """Sidecars as values.

    amf, amf_data : None and b"" without one
    files : content of files that the AMF or `looks` name, by the name they are asked for
    looks : names in `files`, in order; of a collection of CDLs `name#id`
    config : bytes of an OCIO config, of an archive the one inside
    cdls : of the AMF's steps and of the looks
    notes : what is odd about the AMF and does not forbid its use
    inputs : URIs of everything read
    """

    amf: Amf | None = None
    amf_data: bytes = b""
    files: dict[str, bytes] = {}
    looks: tuple[str, ...] = ()
    config: bytes | None = None
    cdls: tuple[NamedCdl, ...] = ()
    notes: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()

    @property
    def plain_files(self) -> dict[str, bytes]:
        """`files` for the colour room: CDLs as every reader understands them."""
        from functions.sidecars.cdl.write import rewritten

        made = dict(self.files)
        for name, data in self.files.items():
            # One that is broken is of a step that was applied before: nobody reads it.
            with suppress(RushesError):
                made[name] = rewritten(data, name)
        return made


def read_decisions(spec: PictureSpec, facts: ClipFacts, sidecars: SidecarFiles) -> Decisions:
    """Read all sidecars of colour.

    Raises
    ------
    InvalidRequest: an AMF or look file that is not valid, names ids that nobody knows or is
        of another clip. Refused, SourceNotFound, StoreUnavailable: as the store says.
    LimitExceeded: a look file or config over 256 MiB, or an archive that unpacks to over 512.
    """
    files: dict[str, bytes] = {}
    inputs: list[str] = []
    amf, amf_data = None, b""
    notes: tuple[str, ...] = ()
    if spec.amf is not None:
        amf, amf_data, notes = _read_amf(spec.amf, sidecars, files, inputs)
        _check_clip(amf.clip, facts, spec.input)
        notes += _other_frames(amf.clip, spec.frames)
    cdls = list(_cdls_of(amf, files)) if amf else []
    looks = []
    for uri in spec.looks:
        name, found = _read_look(uri, spec, facts, sidecars, files, inputs)
        looks.append(name)
        cdls += found
    if spec.event_cdl is not None and all(each.applied for each in cdls):
        name, named = _event_look(spec.event_cdl, spec, files)
        looks.append(name)
        cdls.append(named)
    config = None
    if spec.config is not None:
        from functions.colour.ocio.config_archive import is_archive, read_archive

        config = sidecars.read(spec.config, "config")
        inputs.append(spec.config)
        for name, where in beside_config(spec.config, config, sidecars):
            files[name] = sidecars.read(where, "config")
            inputs.append(where)
        if is_archive(config):
            archive = read_archive(config)
            config, files = archive.config, {**files, **archive.files}
    return Decisions(
        amf=amf,
        amf_data=amf_data,
        files=files,
        looks=tuple(looks),
        config=config,
        cdls=tuple(cdls),
        notes=notes,
        inputs=tuple(dict.fromkeys(inputs)),
    )


def beside(amf_uri: str, name: str) -> str:
    """The URI of a file that an AMF names. Raises Refused where it climbs out."""
    return uris.canonical(uris.join(uris.parent(amf_uri), name), field="amf")


def beside_config(uri: str, data: bytes, sidecars: SidecarFiles) -> Iterator[tuple[str, str]]:
    """(name as the config has it, URI) of its files that are there, beside it or at an absolute
    path inside the roots; others are left alone, and missed by the chain that needs one. An
    archive has all its files inside."""
    from functions.colour.ocio.config_archive import is_archive
    from functions.colour.ocio.config_files import config_files
    from functions.sidecars.paths_beside import wrong_path

    if is_archive(data):
        return
    for names in config_files(data):
        for name in names:
            absolute = name.startswith("/")
            if not absolute and wrong_path(name):
                continue
            try:
                whole = f"file://{name}" if absolute else uris.join(uris.parent(uri), name)
                where = uris.canonical(whole, field="config")
                sidecars.stat(where)
            except (SourceNotFound, Refused, InvalidRequest):
                continue
            yield name, where
            break


def _read_amf(
    uri: str, sidecars: SidecarFiles, files: dict[str, bytes], inputs: list[str]
) -> tuple[Amf, bytes, tuple[str, ...]]:
    """Values, bytes, and what is odd about them, one sentence each."""
    from functions.colour.aces_ids.transforms import known_id
    from functions.colour.aces_ids.unsupported import advice_on
    from functions.sidecars.amf.read import check_amf
    from functions.sidecars.findings import refuse_errors, said

    inputs.append(uri)
    data = sidecars.read_text(uri, "amf")

    def content(name: str) -> bytes | None:
        if name not in files:
            where = beside(uri, name)
            try:
                files[name] = sidecars.read(where, "amf")
            except SourceNotFound:
                return None
            inputs.append(where)
        return files[name]

    def known(text: str) -> bool:
        return bool(advice_on(text)) or known_id(text)

    checked = check_amf(data, known_id=known, file_content=content)
    refuse_errors(checked.findings, field="amf", what="the AMF")
    if checked.amf is None:  # unreachable: a broken structure always has an error
        raise InvalidRequest("the AMF could not be read", field="amf")
    return checked.amf, data, tuple(f"AMF: {said(finding)}" for finding in checked.findings)


def _check_clip(clip: ClipId | None, facts: ClipFacts, uri: str) -> None:
    """An AMF with a clip's name is of that clip alone."""
    if clip is None:
        return
    ours = {bare_name(name) for name in (facts.name, uris.basename(uri), facts.camera.reel or "")}
    theirs = {bare_name(clip.name), bare_name(clip.file or "")}
    if clip.sequence:
        theirs.add(bare_name(clip.sequence[0]))
    ours.discard("")
    theirs.discard("")
    if not theirs or any(same_clip(one, other) for one in ours for other in theirs):
        return
    raise InvalidRequest(
        f"the AMF is of clip {clip.name!r}, this is {facts.name!r}: an AMF for any clip names none",
        field="amf",
        clip=clip.name,
    )


def _other_frames(clip: ClipId | None, asked: str | None) -> tuple[str, ...]:
    """A note where an AMF is of other files of its sequence than those that are asked for."""
    if clip is None or clip.sequence is None or asked is None:
        return ()
    try:
        frames = parse_frames(asked)
    except InvalidRequest:
        return ()  # timecode, or what the clip will refuse
    first, last = clip.sequence[2:]
    if frames.last < first or frames.start > last:
        return (f"AMF: it is of frames {first}-{last} of the clip, and {asked} are asked for",)
    return ()


def _cdls_of(amf: Amf, files: dict[str, bytes]) -> Iterator[NamedCdl]:
    from functions.sidecars.cdl.read import cdl_of

    def content(name: str) -> bytes:
        if name not in files:
            raise SourceNotFound(f"file {name!r} is not beside the AMF", field="amf")
        return files[name]

    for number, step in enumerate(amf.steps, start=1):
        if step.stage != "look":
            continue
        try:
            cdl = cdl_of(step, content)
        except SourceNotFound:
            if not step.applied:
                raise
            continue  # who applied it had the file; nobody needs it any more
        if cdl is not None:
            name = (step.description or "").strip() or step.cdl_id or f"look {number}"
            space = _working_space(step.working)
            yield NamedCdl(id=name, cdl=cdl, space=space, applied=step.applied)


def _working_space(working: WorkingSpace | None) -> str:
    """`ACEScct` of `ACEScct_to_ACES`; the Academy's own where an AMF has none."""
    if working is None:
        return "ACES2065-1"
    name = (working.back.transform_id or "").rpartition("_to_")[0].rpartition(".")[2]
    return name or working.back.file or working.back.uuid or ""


def _read_look(
    uri: str,
    spec: PictureSpec,
    facts: ClipFacts,
    sidecars: SidecarFiles,
    files: dict[str, bytes],
    inputs: list[str],
) -> tuple[str, list[NamedCdl]]:
    """The name by which the colour room finds it, and its CDL."""
    name = uris.basename(uri)
    suffix = name.rpartition(".")[2].lower()
    if suffix not in LOOK_SUFFIXES:
        raise InvalidRequest(
            f"look {name!r} is none of .{', .'.join(LOOK_SUFFIXES)}", field="looks", uri=uri
        )
    data = sidecars.read(uri, "looks")
    inputs.append(uri)
    name = name.replace("#", "_")  # the mark before a CDL's id
    key, number = name, 2
    while files.get(key, data) != data:
        # Two files of one name from two folders.
        key = f"{name.rpartition('.')[0]}-{number}.{suffix}"
        number += 1
    files[key] = data
    if suffix not in CDL_SUFFIXES:
        return key, []
    cdl_id, cdl = _one_cdl(data, key, facts)
    space = spec.look_space or "ACEScct"
    asked = f"{key}#{cdl_id}" if suffix != "cc" else key
    return asked, [NamedCdl(id=cdl_id, cdl=cdl, space=space, applied=False, beside=True)]


def _event_look(
    event_cdl: tuple[str, Cdl], spec: PictureSpec, files: dict[str, bytes]
) -> tuple[str, NamedCdl]:
    """A look of the turnover, as if it lay beside in a file."""
    from functions.sidecars.cdl.write import write_cc

    cdl_id, cdl = event_cdl
    name, number = "event.cc", 2
    while name in files:
        name, number = f"event-{number}.cc", number + 1
    files[name] = write_cc(cdl_id, cdl)
    space = spec.look_space or "ACEScct"
    return name, NamedCdl(id=cdl_id, cdl=cdl, space=space, applied=False, beside=True)


def _one_cdl(data: bytes, name: str, facts: ClipFacts) -> tuple[str, Cdl]:
    """The only correction of a file, or the one that has the clip's name."""
    from functions.sidecars.cdl.read import read_cdls

    found = read_cdls(data, name=name, field="looks")
    if len(found) == 1:
        return next(iter(found.items()))
    ours = {bare_name(facts.name), bare_name(facts.camera.reel or "")} - {""}
    fitting = [key for key in found if bare_name(key) in ours]
    if len(fitting) != 1:
        there = ", ".join(list(found)[:8])
        raise InvalidRequest(
            f"file {name!r} holds {len(found)} CDLs and "
            f"{'none has' if not fitting else 'more than one have'} the clip's name "
            f"{facts.name!r}; there is: {there}",
            field="looks",
        )
    return fitting[0], found[fitting[0]]


def file_names(steps: tuple[ColourStep, ...]) -> tuple[str, ...]:
    """Files that steps name, relative to their AMF, in order, each once."""
    from functions.sidecars.paths_beside import file_name

    named = [file_name(ref.file) for step in steps for ref in step.references() if ref.file]
    return tuple(dict.fromkeys(named))
