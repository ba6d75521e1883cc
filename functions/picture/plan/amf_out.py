"""The AMF that ships beside the frames: what is in the pixels now, and what is left."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote

from functions.contract.amf import (
    Amf,
    Author,
    ClipId,
    ColourStep,
    FileHash,
    Part,
    Reference,
    WorkingSpace,
)
from functions.contract.clip import ClipFacts
from functions.picture.plan.applied_state import Aces, After, Done
from functions.picture.plan.decisions_in import CDL_SUFFIXES, Decisions, file_names

AUTHOR = Author(name="rushes")
EPOCH = "1970-01-01T00:00:00Z"
"""Stands where nothing says a date: an output holds no clock."""


def after(given: Decisions, facts: ClipFacts, done: Done) -> After:
    """The AMF of the pixels that leave here, deterministic: no clock, no machine.

    Raises InvalidRequest where all that is asked for is in the pixels already, or an AMF of
    version 1 says what version 2 can not.
    """
    from functions.sidecars.amf.apply import uuid_of
    from functions.sidecars.amf.write import write_amf

    amf = given.amf
    aces = done.aces
    if amf is not None:
        aces = "1.3" if amf.pipeline.aces_major == 1 else "2"
    beside = [(name, given.files[name.partition("#")[0]]) for name in given.looks]
    key = hashlib.sha256(repr((facts.name, given.amf_data, done, beside)).encode()).hexdigest()
    uuid = uuid_of(key)
    looks, files = _looks(given, done, aces, uuid)
    if amf is None:
        made = _new(facts, done, looks, uuid)
    elif done.through is None and not looks:
        return After(given.amf_data, _named_files(amf, given.files))
    else:
        made = _continued(amf, facts, done, looks, uuid, aces)
        files = {**_named_files(made, given.files), **files}
    return After(write_amf(made), files)


def _new(facts: ClipFacts, done: Done, looks: tuple[ColourStep, ...], uuid: str) -> Amf:
    from functions.sidecars.amf.apply import new_amf

    steps: list[ColourStep] = []
    own = _input_step(done, uuid, done.aces)
    if own is not None:
        steps.append(replace(own, applied=done.through is not None))
    in_looks = done.through in ("looks", "output")
    steps += [replace(step, applied=in_looks) for step in looks]
    if done.through == "output":
        steps.append(replace(_output_step(done, uuid, done.aces), applied=True))
    date = _date(facts)
    return new_amf(
        steps,
        created=date,
        uuid=uuid,
        author=AUTHOR,
        description=f"what rushes did to {facts.name}",
        system_version="1.3.0" if done.aces == "1.3" else "2.0.0",
        clip=_clip(facts, uuid),
    )


def _continued(
    amf: Amf, facts: ClipFacts, done: Done, looks: tuple[ColourStep, ...], uuid: str, aces: Aces
) -> Amf:
    """The given AMF with our steps in their places, and what is applied now said so."""
    from functions.sidecars.amf.apply import apply, to_version_2

    date = amf.info.modified or amf.info.created or _date(facts)
    amf = to_version_2(amf, modified=date, uuid=uuid)
    steps = list(amf.steps)
    marker = amf.pipeline.working_location
    own = _input_step(done, uuid, aces)
    if own is not None:
        # In place of the AMF's where the request said another source.
        others = [step for step in steps if step.stage != "input"]
        marker = None if marker is None else marker + 1 + len(others) - len(steps)
        steps = [own, *others]
    end = next((n for n, step in enumerate(steps) if step.stage == "output"), len(steps))
    steps[end:end] = looks
    if done.through == "output" and done.output:
        steps = [step for step in steps if step.stage != "output"]
        steps.append(_output_step(done, uuid, aces))
    pipeline = replace(amf.pipeline, steps=tuple(steps), working_location=marker)
    amf = replace(amf, pipeline=pipeline)
    if done.through is None:
        # Only what waits has become more: who wrote it is said, nothing is flipped.
        authors = (*amf.info.authors, *(() if AUTHOR in amf.info.authors else (AUTHOR,)))
        return replace(amf, info=replace(amf.info, uuid=uuid, authors=authors))
    return apply(amf, done.through, modified=date, uuid=uuid, author=AUTHOR)


def _input_step(done: Done, uuid: str, aces: Aces) -> ColourStep | None:
    """How the samples become ACES2065-1; None where they are. aces : of the pipeline."""
    from functions.colour.aces_ids.write import input_id
    from functions.sidecars.amf.apply import derived_uuid

    if done.developed:
        return ColourStep(
            stage="input",
            description=f"camera raw, {done.developed}",
            reference=Reference(uuid=derived_uuid(uuid, "development")),
        )
    if not done.source:
        return None
    if done.undone:
        return _undone_step(done, uuid, aces)
    known = input_id(done.source, aces)
    if known:
        reference = Reference(transform_id=known)
    else:
        reference = Reference(uuid=derived_uuid(uuid, "input"))
    return ColourStep(stage="input", description=f"from {done.source}", reference=reference)


def _undone_step(done: Done, uuid: str, aces: Aces) -> ColourStep:
    """A picture made for a display, taken back to the scene by the inverse of its rendering."""
    from functions.colour.aces_ids.write import output_ids
    from functions.sidecars.amf.apply import derived_uuid

    known = output_ids(done.undone, aces, back=True)
    step = ColourStep(stage="input", description=f"from {done.source}, its rendering undone")
    names: tuple[Part, ...] = ("inverseOutputTransform",)
    if len(known) == 2:
        names = ("inverseReferenceRenderingTransform", "inverseOutputDeviceTransform")
    if not known:
        return replace(step, reference=Reference(uuid=derived_uuid(uuid, "input")))
    parts = [Reference(transform_id=one, part=part) for one, part in zip(known, names, strict=True)]
    return replace(step, parts=tuple(reversed(parts)))


def _output_step(done: Done, uuid: str, aces: Aces) -> ColourStep:
    from functions.colour.aces_ids.write import output_ids
    from functions.sidecars.amf.apply import derived_uuid

    known = output_ids(done.output, aces)
    step = ColourStep(stage="output", description=done.output_text)
    if len(known) == 2:
        rendering, device = known
        parts = (
            Reference(transform_id=rendering, part="referenceRenderingTransform"),
            Reference(transform_id=device, part="outputDeviceTransform"),
        )
        return replace(step, parts=parts)
    if known:
        return replace(step, reference=Reference(transform_id=known[0]))
    return replace(step, reference=Reference(uuid=derived_uuid(uuid, "output")))


def _looks(
    given: Decisions, done: Done, aces: Aces, uuid: str
) -> tuple[tuple[ColourStep, ...], dict[str, bytes]]:
    """The looks beside the AMF as steps of one, and the files that they name."""
    steps, files = [], {}
    waiting = [cdl for cdl in given.cdls if cdl.beside]
    for look in given.looks:
        name, _, _ = look.partition("#")
        if name.rpartition(".")[2].lower() in CDL_SUFFIXES:
            named = waiting.pop(0)
            space = _working(done.look_space, aces, uuid)
            steps.append(
                ColourStep(
                    stage="look",
                    description=f"CDL {named.id}" if named.id else name,
                    cdl=named.cdl,
                    working=space,
                )
            )
            continue
        files[name] = given.files[name]
        digest = b64encode(hashlib.sha256(given.files[name]).digest()).decode()
        steps.append(
            ColourStep(
                stage="look",
                description=name if name.lower().endswith("clf") else f"{name}, {done.look_space}",
                hash=FileHash(algorithm="sha256", value=digest),
                reference=Reference(file=quote(name)),
            )
        )
    return tuple(steps), files


def _working(space: str, aces: Aces, uuid: str) -> WorkingSpace:
    """Where a CDL works, which an AMF has to say: by ids, else by a uuid and words."""
    from functions.colour.aces_ids.write import working_ids
    from functions.sidecars.amf.apply import derived_uuid

    ids = working_ids(space, aces)
    if ids is None:
        known = Reference(
            uuid=derived_uuid(uuid, f"from {space}"),
            description=f"{space} to ACES2065-1",
            part="fromCdlWorkingSpace",
        )
        return WorkingSpace(back=known)
    return WorkingSpace(
        into=Reference(transform_id=ids[0], part="toCdlWorkingSpace"),
        back=Reference(transform_id=ids[1], part="fromCdlWorkingSpace"),
    )


def _named_files(amf: Amf, files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {name: files[name] for name in file_names(amf.steps) if name in files}


def _clip(facts: ClipFacts, uuid: str) -> ClipId:
    from functions.sidecars.amf.apply import derived_uuid

    return ClipId(name=facts.name, uuid=derived_uuid(uuid, "clip"))


def _date(facts: ClipFacts) -> str:
    """When the clip was taken, else when its file was made: the only dates that there are."""
    from functions.sidecars.amf.text import parse_date

    for date in (facts.camera.captured, facts.picture.created):
        said = (date or "").strip()
        text = f"{said[:10].replace(':', '-')}T{said[11:19]}Z"
        if len(said) >= 19 and parse_date(text) is not None:
            return text
    return EPOCH
