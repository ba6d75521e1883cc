"""The report page: whole in itself, honest about failures, safe, and right in a browser."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import OpenImageIO
import pytest

import rushes
from functions.jobs.page import ClipPage, Thumbnail, job_page
from functions.media.preview.contact_sheet import png
from tests.plate.takes import write_take

HOSTILE = "<script>document.body.innerHTML=''</script>\"><img src=x onerror=alert(1)>"


class Links(HTMLParser):
    """Everything that a page would load, and its scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        self.scripts += sum(name.startswith("on") for name, _ in attrs)
        self.loads += [value or "" for name, value in attrs if name in ("src", "href")]


def links(page: bytes) -> Links:
    found = Links()
    found.feed(page.decode())
    return found


def row(name: str) -> dict[str, object]:
    return {
        "operation": "debayer", "name": name, "input": f"file:///{name}", "output": "file:///o/",
        "range": "1-2", "units": 1, "done": 1, "reused": 0, "failed": 0, "frames": 2, "seconds": 3,
    }  # fmt: skip


def report(**fields: object) -> dict[str, object]:
    return {
        "job": "0123", "state": "done", "output": "file:///o/", "units": 1, "done": 1, "reused": 0,
        "failed": 0, "retries": 0, "frames": 2, "seconds": {"debayer": 1.0}, "failures": [],
        **fields,
    }  # fmt: skip


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A job of two clips, one of which is not there; its output."""
    root = tmp_path_factory.mktemp("job")
    take = write_take(root, range(100, 110))
    request = {
        "output": str(root / "out"),
        "defaults": {"operation": "debayer"},
        "units": {"frames": 5},
        "clips": [{"input": str(take)}, {"input": str(root / "gone"), "frames": "1-2"}],
    }
    path = root / "job.json"
    path.write_text(json.dumps(request))
    command = ["dispatch", str(path)]
    done = subprocess.run([*_rushes(), *command], check=False, capture_output=True, text=True)
    assert done.returncode == 3, done.stderr
    return root / "out"


def _rushes() -> list[str]:
    import sys

    return [sys.executable, "-m", "functions.serve.cli.main"]


def page_of(job: Path) -> bytes:
    """The page that the operation writes, beside the job."""
    output = job.parent / "pages"
    receipt = rushes.report(input=job, output=output, html=True)
    (page,) = output.glob("*.report.html")
    assert f"file://{page}" in {each.uri for each in receipt.outputs}
    return page.read_bytes()


def test_the_page_tells_clips_units_frames_and_failures(job: Path) -> None:
    """Three thumbnails of the frames that stand, each unit's seconds, and the failed clip."""
    text = page_of(job).decode()
    assert re.findall(r"<figcaption>(.*?)</figcaption>", text) == [
        "frame 100",
        "frame 105",
        "frame 109",
    ]
    assert text.count("<td>10") == 2  # units 100-104 and 105-109
    assert "source_not_found" in text
    assert "assumed name: A001" in text
    assert "2 of 3" in text


def test_the_page_needs_nothing_else(job: Path) -> None:
    """Every picture is inside, and there is no script and no link."""
    found = links(page_of(job))
    assert found.scripts == 0
    assert len(found.loads) == 3
    assert all(load.startswith("data:image/png;base64,") for load in found.loads)


def test_thumbnails_show_the_frame(job: Path, tmp_path: Path) -> None:
    """A thumbnail is the frame's own picture and no grey box: noise stays noise."""
    found = links(page_of(job)).loads[0].partition(",")[2]
    import base64

    path = tmp_path / "t.png"
    path.write_bytes(base64.b64decode(found))
    pixels = OpenImageIO.ImageBuf(str(path)).get_pixels(OpenImageIO.UINT8)
    assert pixels.shape[2] == 3
    assert pixels.std() > 5


def test_names_of_clips_are_text_and_nothing_more() -> None:
    """Markup in names and errors is shown, never run."""
    failure = {
        "input": HOSTILE, "frames": HOSTILE, "problem": {"code": HOSTILE, "detail": HOSTILE},
    }  # fmt: skip
    clip = ClipPage(row=row(HOSTILE), warnings=[HOSTILE], units=[(HOSTILE, HOSTILE, 1.0, {})])
    page = job_page(report(output=HOSTILE, failures=[failure]), [clip])
    assert links(page).scripts == 0
    assert links(page).loads == []
    assert b"default-src 'none'" in page


def test_the_page_is_right_in_a_browser(tmp_path: Path) -> None:
    """A real browser shows the thumbnail's colour and is not moved by a hostile name."""
    browser = next((b for n in ("chromium", "google-chrome") if (b := shutil.which(n))), None)
    if browser is None:
        pytest.skip("no Chromium on this machine")
    green = np.zeros((90, 160, 3), np.uint8)
    green[:, :, 1] = 200
    shown = Thumbnail(png(green), "frame 1", 160, 90)
    clip = ClipPage(row=row(HOSTILE), warnings=[HOSTILE], thumbnails=[shown] * 3)
    path, shot = tmp_path / "page.html", tmp_path / "shot.png"
    path.write_bytes(job_page(report(), [clip]))
    subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
         f"--user-data-dir={tmp_path / 'profile'}", "--window-size=1000,1400",
         f"--screenshot={shot}", path.as_uri()],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    pixels = OpenImageIO.ImageBuf(str(shot)).get_pixels(OpenImageIO.UINT8)[:, :, :3].astype(int)
    is_green = (np.abs(pixels - (0, 200, 0)).max(axis=2) < 3).sum()
    assert is_green > 3 * 0.95 * 160 * 90


def test_the_command_writes_the_page(job: Path, tmp_path: Path) -> None:
    """`rushes report --html` writes one file, and ends with 3 for a job with failures."""
    target = tmp_path / "page.html"
    command = [*_rushes(), "report", str(job), "--html", str(target)]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 3
    assert target.read_bytes().startswith(b"<!doctype html>")
