"""What an AMF leaves to do, and the AMF that says it was done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from functions.contract.amf import Amf, Author, ClipId, ColourStep, Info, Pipeline
from functions.contract.errors import InvalidRequest
from functions.sidecars.amf.rules import called
from functions.sidecars.amf.text import collapse, is_uuid, parse_date

Through = Literal["input", "working", "looks", "output"]


def remaining(steps: Sequence[ColourStep]) -> tuple[ColourStep, ...]:
    """Steps that are still to be applied, in order; none once the output is applied.

    Looks that were not applied before an applied output are kept alternatives.
    """
    if any(step.applied for step in steps if step.stage == "output"):
        return ()
    return tuple(step for step in steps if not step.applied)


def upto(pipeline: Pipeline, through: Through) -> tuple[ColourStep, ...]:
    """Steps from the camera to the end of a stage, applied or not: the first ones, in order.

    "working" ends at the working location; without one, where "input" ends.
    """
    steps = pipeline.steps
    if through == "output":
        return steps
    if through == "looks":
        return tuple(step for step in steps if step.stage != "output")
    marker = pipeline.working_location
    if through == "working" and marker is not None and marker >= 0:
        return steps[:marker]
    return tuple(step for step in steps if step.stage == "input")


def apply(amf: Amf, through: Through, *, modified: str, uuid: str, author: Author) -> Amf:
    """The AMF of pixels to which every remaining step through that stage was applied.

    Parameters
    ----------
    amf : as read; version 1 becomes version 2, whose output can say that it was applied
    through : the last stage that was applied
    modified : date and time of the change, "2026-01-31T12:00:00Z"; no clock is read
    uuid : of the new file, "urn:uuid:..."
    author : who applied it (a file that says so must say who); put at the end of the
        authors unless there already

    Raises InvalidRequest when all of these steps were applied already (twice is never
    right), or for a date or uuid that is none.
    """
    _check_stamp(modified, uuid)
    asked = upto(amf.pipeline, through)
    closed = not remaining(amf.steps)
    # By place, not by value: a file may hold the same look twice.
    todo = {n for n, step in enumerate(asked) if not step.applied and not closed}
    if asked and not todo:
        done = [step for step in amf.steps if step.applied]
        said = ", ".join(called(step) for step in done)
        when = f" ({amf.info.modified})" if amf.info.modified else ""
        raise InvalidRequest(
            f"the AMF says that {said} is in these pixels already{when}: "
            "applying it twice is refused",
            field="amf",
        )
    flipped = tuple(
        replace(step, applied=True) if n in todo else step for n, step in enumerate(amf.steps)
    )
    amf = to_version_2(amf, modified=modified, uuid=uuid)
    authors = amf.info.authors
    if author not in authors:
        authors = (*authors, author)
    info = replace(amf.info, modified=modified, uuid=uuid, authors=authors)
    ours = replace(amf.pipeline.info, modified=modified)
    return replace(amf, info=info, pipeline=replace(amf.pipeline, info=ours, steps=flipped))


def to_version_2(amf: Amf, *, modified: str, uuid: str) -> Amf:
    """The same file in version 2; missing dates are `modified`, missing uuids come of `uuid`.

    Raises InvalidRequest for a CDL reference without a file, which version 2 has not.
    """
    if amf.version == "2.0":
        return amf
    if any(s.cdl_id is not None and s.reference is None for p in _all(amf) for s in p.steps):
        raise InvalidRequest(
            "an AMF of version 1 names a CDL without its file: version 2 has no way to say this",
            field="amf",
        )

    def full(info: Info, name: str) -> Info:
        return replace(
            info,
            created=info.created or modified,
            modified=info.modified or modified,
            uuid=info.uuid or derived_uuid(uuid, name),
        )

    archived = tuple(
        replace(p, info=full(p.info, f"archivedPipeline {n}")) for n, p in enumerate(amf.archived)
    )
    pipeline = replace(amf.pipeline, info=full(amf.pipeline.info, "pipeline"))
    info = replace(full(amf.info, "amfInfo"), uuid=amf.info.uuid or uuid)
    return Amf(version="2.0", info=info, clip=amf.clip, pipeline=pipeline, archived=archived)


def new_amf(
    steps: Sequence[ColourStep],
    *,
    created: str,
    uuid: str,
    author: Author,
    description: str,
    system_version: str = "2.0.0",
    clip: ClipId | None = None,
) -> Amf:
    """A new AMF, version 2: what rushes itself did (`applied`) and what is left to do.

    No step at all says that the frames are ACES2065-1 as they are. Parameters as in
    `apply`. Raises InvalidRequest for a date or uuid that is none.
    """
    _check_stamp(created, uuid)
    return Amf(
        version="2.0",
        info=Info(
            description=description,
            authors=(author,),
            created=created,
            modified=created,
            uuid=uuid,
        ),
        clip=clip,
        pipeline=Pipeline(
            info=Info(created=created, modified=created, uuid=derived_uuid(uuid, "pipeline")),
            system_version=system_version,
            steps=tuple(steps),
        ),
    )


def derived_uuid(uuid: str, name: str) -> str:
    """A uuid that is the same for the same file and part, on every machine."""
    return f"urn:uuid:{uuid5(UUID(uuid.removeprefix('urn:uuid:')), name)}"


def uuid_of(text: str) -> str:
    """The uuid of a file that a text names: the unit of work, so that a retry writes the same."""
    return f"urn:uuid:{uuid5(NAMESPACE_URL, 'https://rushes.dev/amf/' + text)}"


def _all(amf: Amf) -> tuple[Pipeline, ...]:
    return (amf.pipeline, *amf.archived)


def _check_stamp(date: str, uuid: str) -> None:
    if parse_date(date) is None or collapse(date) != date:
        raise InvalidRequest(f"{date!r} is no date and time (2026-01-31T12:00:00Z)", field="amf")
    if not is_uuid(uuid):
        raise InvalidRequest(f"{uuid!r} is not a uuid (urn:uuid:8-4-4-4-12 digits)", field="amf")
