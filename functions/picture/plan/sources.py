"""Which files decide about the pictures: a part of the unit's identity."""

from __future__ import annotations

from collections.abc import Iterator

from functions.contract.errors import SourceNotFound
from functions.contract.store import Stat
from functions.picture.picture_spec import PictureSpec
from functions.picture.plan.sidecar_files import SidecarFiles


def decision_sources(spec: PictureSpec, sidecars: SidecarFiles) -> tuple[Stat, ...]:
    """Stats of sidecars, look files, and files that the AMF names; each file once.

    Reads the AMF and a config alone. Raises SourceNotFound, InvalidRequest, Refused, as
    open_pictures does.
    """
    return tuple(sidecars.stat(uri) for uri in dict.fromkeys(_uris(spec, sidecars)))


def _uris(spec: PictureSpec, sidecars: SidecarFiles) -> Iterator[str]:
    named = (spec.amf, spec.fdl, spec.framing.template_file, spec.config, *spec.looks)
    yield from (uri for uri in named if uri is not None)
    if spec.amf is not None:
        yield from _of_amf(spec.amf, sidecars)
    if spec.config is not None and not spec.config.lower().endswith(".ocioz"):
        from functions.picture.plan.decisions_in import beside_config

        config = sidecars.read_text(spec.config, "config")
        yield from (where for _, where in beside_config(spec.config, config, sidecars))


def _of_amf(uri: str, sidecars: SidecarFiles) -> Iterator[str]:
    """Files beside an AMF that are there: what is missing is judged by who reads the AMF."""
    from functions.picture.plan.decisions_in import beside, file_names
    from functions.sidecars.amf.read import check_amf
    from functions.sidecars.findings import refuse_errors

    checked = check_amf(sidecars.read_text(uri, "amf"))
    refuse_errors(checked.findings, field="amf", what="the AMF")
    if checked.amf is None:
        return
    for name in file_names(checked.amf.steps):
        where = beside(uri, name)
        try:
            sidecars.stat(where)
        except SourceNotFound:
            continue
        yield where
