"""Plates as output files of shots in Kitsu.

References
----------
CGWire, Zou: routes `data/entities/<id>/output-files`; gazu, `gazu.files`.
"""

from __future__ import annotations

from typing import Any

import gazu

from rushes_publish_example.plate import Plate, Unpublishable, path_of

_REPRESENTATION = "exr"


def register(plate: Plate, project: str, task_type: str, client: gazu.client.KitsuClient) -> str:
    """Register a plate; the id of its output file. Twice is the same as once.

    project, task_type : names; with the sequence and the shot they must be in Kitsu

    Raises Unpublishable where Kitsu does not know one of them; gazu's and requests' own errors.
    """
    found = _known(gazu.project.get_project_by_name(project, client=client), "project", project)
    sequence = _known(
        gazu.shot.get_sequence_by_name(found, plate.sequence, client=client),
        "sequence",
        plate.sequence,
    )
    shot = _known(
        gazu.shot.get_shot_by_name(sequence, plate.shot, client=client), "shot", plate.shot
    )
    task = _known(gazu.task.get_task_type_by_name(task_type, client=client), "task type", task_type)
    kind = gazu.files.new_output_type("Plate", "plate", client=client)  # or the one that is there
    file = _find(plate, shot, kind, task, client)
    if file is None:
        try:
            file = gazu.files.new_entity_output_file(
                shot,
                kind,
                task,
                f"{plate.base}, frames {plate.first}-{plate.last}",
                name=plate.kind,
                revision=plate.version,
                nb_elements=len(plate.files),
                representation=_REPRESENTATION,
                client=client,
            )
        except gazu.exception.ParameterException:
            # Another delivery of this event was quicker, or the project has no file tree: then
            # Zou refuses the path that it would make, and keeps the file.
            file = _find(plate, shot, kind, task, client)
            if file is None:
                raise
    told = {
        "path": plate.pattern,
        "nb_elements": len(plate.files),
        "data": {
            "unit": plate.unit,
            "frame_in": plate.cut_first,
            "frame_out": plate.cut_last,
            "handle_in": plate.cut_first - plate.first,
            "handle_out": plate.last - plate.cut_last,
            "fps": str(plate.rate) if plate.rate is not None else None,
            "resolution": f"{plate.width}x{plate.height}",
            "bytes": plate.bytes,
            "beside": {name: path_of(uri) for name, uri in plate.beside.items()},
        },
    }
    gazu.files.update_output_file(file, told, client=client)
    return str(file["id"])


def _known(found: dict[str, Any] | None, what: str, name: str) -> dict[str, Any]:
    if found is None:
        raise Unpublishable(f"Kitsu has no {what} {name!r}")
    return found


def _find(
    plate: Plate,
    shot: dict[str, Any],
    kind: dict[str, Any],
    task: dict[str, Any],
    client: gazu.client.KitsuClient,
) -> dict[str, Any] | None:
    files = gazu.files.all_output_files_for_entity(
        shot, kind, task, name=plate.kind, representation=_REPRESENTATION, client=client
    )
    return next((file for file in files if file["revision"] == plate.version), None)
