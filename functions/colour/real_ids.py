"""Ids of the ACES 1.3 release that are real, and for which nothing here has a transform.

An AMF may name one for a step that is not run, as an output that a plate leaves to others. A
step that has to be run is still refused by whoever resolves it.
"""

from __future__ import annotations

from functions.colour.transform_ids import PREFIX

_SONY = (
    "SLog1_SGamut_10i", "SLog1_SGamut_12i", "SLog2_SGamut_Daylight_10i",
    "SLog2_SGamut_Daylight_12i", "SLog2_SGamut_Tungsten_10i", "SLog2_SGamut_Tungsten_12i",
)  # fmt: skip
_CANON = tuple(
    f"CanonLog{log}_{gamut}"
    for log in (2, 3)
    for gamut in ("BT2020_D55", "BT2020_Tng", "CinemaGamut_Tng")
)
_DCDM = ("DCDM.a1.0.3", "DCDM_P3D60.a1.0.3", "DCDM_P3D65limited.a1.1.0")
WITHOUT_TRANSFORM = frozenset(
    f"{PREFIX}v1.5:{name}"
    for name in (
        *(f"IDT.ARRI.Alexa-v3-logC-EI{ei}.a1.v2" for ei in (2000, 2560, 3200)),
        *(f"IDT.Canon.{name}.a1.v2" for name in _CANON),
        *(f"IDT.Sony.{name}.a1.v1" for name in _SONY),
        *(f"{way}.Academy.{name}" for way in ("ODT", "InvODT") for name in _DCDM),
        "ACEScsc.Academy.ACESproxy12i_to_ACES.a1.0.3",
        "ACEScsc.Academy.ACES_to_ACESproxy12i.a1.0.3",
    )
)
"""LogC3 above EI 1600, S-Log 1 and 2, tungsten and BT.2020 of Canon, DCDM, ACESproxy of 12 bits."""
