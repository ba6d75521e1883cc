"""Files whose picture cannot be trusted end in one sentence, never in a picture."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.acceptance.conftest import Ended, run_rushes

BAD = [
    *(f"raw_bad/{name}" for name in (
        "CanonRaw.cr2", "CanonRaw.cr3", "DNG.dng", "FujiFilm.raf",
        "IMG_1361_truncated_proraw.dng", "Issue_247-1.nef", "Issue_247-2.nef", "Nikon.nef",
        "Panasonic.rw2", "Red.r3d",
    )),
    *(f"video_bad/{name}" for name in (
        "MXF.mxf", "QuickTime.mov", "issue_2340_poc.mp4", "issue_2366_poc.mp4",
        "issue_2377_poc.mp4", "issue_ghsa_fgw8_p7pr_37cp_poc.mov",
    )),
]  # fmt: skip
GIB = 1 << 30


def one_sentence(ended: Ended) -> bool:
    """Whether standard error is one line that is no traceback."""
    return len(ended.err.strip().splitlines()) == 1 and "Traceback" not in ended.err


@pytest.mark.parametrize("name", BAD)
def test_debayer_ends_in_the_contracts_error(shared_data: Path, tmp_path: Path, name: str) -> None:
    """debayer of a bad file exits with unsupported or damaged and leaves no frame."""
    ended = run_rushes("debayer", str(shared_data / name), str(tmp_path / "out"), timeout=30)
    assert ended.code in (11, 12), ended
    assert one_sentence(ended), ended.err
    assert not list(tmp_path.rglob("*.exr"))
    assert ended.peak < GIB


@pytest.mark.parametrize("name", BAD)
def test_inspect_lists_findings_or_ends_the_same_way(shared_data: Path, name: str) -> None:
    """inspect of a bad file says what is wrong, as findings or as the error."""
    ended = run_rushes("inspect", str(shared_data / name), "--json", timeout=60)
    assert "Traceback" not in ended.err
    assert ended.peak < GIB
    if ended.code == 0:
        findings = json.loads(ended.out)["report"]["findings"]
        assert any(finding["severity"] == "error" for finding in findings), findings
    else:
        assert ended.code in (11, 12), ended
