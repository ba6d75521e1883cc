"""Plates as versions of products in AYON.

References
----------
Ynput, AYON server API: `projects/<name>/{products,versions,representations}`; ayon-python-api.
"""

from __future__ import annotations

import uuid

import ayon_api

from rushes_publish_example.plate import Plate, Unpublishable, path_of

_TYPE, _REPRESENTATION = "plate", "exr"


def register(
    plate: Plate, project: str, api: ayon_api.ServerAPI, where: str = "/shots/{sequence}/{shot}"
) -> str:
    """Register a plate; the id of its version. Twice is the same as once.

    where : path of a shot's folder, which must be in AYON

    Raises Unpublishable where the folder is not there; requests' own errors.
    """
    path = where.format(sequence=plate.sequence, shot=plate.shot)
    folder = api.get_folder_by_path(project, path, fields={"id"})
    if folder is None:
        raise Unpublishable(f"AYON has no folder {path!r} in {project!r}")
    name = f"{_TYPE}{plate.kind}"
    product = api.get_product_by_name(project, name, folder["id"], fields={"id"})
    product_id = (
        product["id"] if product else api.create_product(project, name, _TYPE, folder["id"])
    )
    version = api.get_version_by_name(project, plate.version, product_id, fields={"id"})
    attrib = {
        "frameStart": plate.cut_first,
        "frameEnd": plate.cut_last,
        "handleStart": plate.cut_first - plate.first,
        "handleEnd": plate.last - plate.cut_last,
        "resolutionWidth": plate.width,
        "resolutionHeight": plate.height,
        "pixelAspect": plate.pixel_aspect,
        **({"fps": float(plate.rate)} if plate.rate is not None else {}),
    }
    data = {"unit": plate.unit, "beside": {n: path_of(u) for n, u in plate.beside.items()}}
    version_id = (
        version["id"]
        if version
        else api.create_version(project, plate.version, product_id, attrib=attrib, data=data)
    )
    standing = api.get_representation_by_name(project, _REPRESENTATION, version_id, fields={"id"})
    if standing is None:
        files = [
            {
                "id": uuid.uuid5(uuid.NAMESPACE_URL, uri).hex,
                "name": uri.rpartition("/")[2],
                "path": path_of(uri),
                "size": size,
            }
            for uri, size in plate.files
        ]
        api.create_representation(
            project, _REPRESENTATION, version_id, files=files, attrib={"path": plate.pattern}
        )
    elif version is not None:
        api.update_version(project, version_id, attrib=attrib, data=data)
    return str(version_id)
