"""The console in a real browser: a job from start to end, a clip mended, a server that goes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.make_clip import make_clip
from tests.console.browser import Page, browser, found
from tests.console.written_jobs import HOSTILE, HOSTILE_SHOWN, WrittenJob
from tests.serve.processes import environment

TOKEN = "open-sesame"
CHECKS = (Path(__file__).parent / "checks.js").read_text()
UNITS = 500


class Console:
    """`rushes console` in a process of its own, on one port."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, 0
        (folder / "token").write_text(TOKEN)
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> str:
        """Start it; its address."""
        command = [sys.executable, "-m", "functions.serve.cli.main", "console", "jobs", "--port"]
        with (self.folder / "console.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, str(self.port)],
                cwd=self.folder,
                env=environment(self.folder, RUSHES_TOKEN_FILE=str(self.folder / "token")),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:(\d+)", line)
        assert address, (self.folder / "console.log").read_text()
        self.port = int(address[1])
        return address[0]

    def kill(self) -> None:
        """End it as a machine that goes away does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            assert self.process.stdout is not None
            self.process.stdout.close()
            self.process = None


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """A console that looks below `jobs`."""
    folder = tmp_path_factory.mktemp("console")
    (folder / "jobs").mkdir()
    server = Console(folder)
    try:
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="module")
def page(console: Console) -> Iterator[Page]:
    """A browser that has signed in, by keyboard."""
    program = found()
    if program is None:
        pytest.skip("no Chromium on this machine")
    with browser(program, console.folder) as page:
        page.size(1280, 900)
        page.open(console.start())
        page.until("document.activeElement.type === 'password'")
        page.call("Input.insertText", text=TOKEN)
        page.press("Enter")
        page.until("location.hash === '' && document.querySelector('h1')?.innerText === 'Jobs'")
        # The page asks who it is before it knows the token: the browser logs that 401.
        page.errors = [said for said in page.errors if " 401 " not in said]
        yield page


def show(page: Page, name: str, **query: object) -> None:
    """Go to a page of the console."""
    said = "&".join(
        f"{key}=${{encodeURIComponent({json.dumps(value)})}}" for key, value in query.items()
    )
    page.js(f"location.hash = `#/{name}?{said}`")


def checked(page: Page) -> None:
    """Contrast, names and structure, dark and light."""
    for dark in (True, False):
        page.size(1280, 900, dark=dark)
        assert page.js(CHECKS) == []
    page.size(390, 844, dark=True)
    assert page.js("document.documentElement.scrollWidth") <= 390
    page.size(1280, 900)


def test_a_job_of_500_units_from_start_to_end(page: Page, console: Console) -> None:
    """Watched without a reload: units, a failure with its sentence, its retry, the end; the name of
    a clip is text whatever it holds; the server goes and comes back meanwhile."""
    names = [HOSTILE, *(f"A001_C{n:03d}" for n in range(1, 50))]
    job = WrittenJob(console.folder / "jobs" / "turnover", names, units=10)
    show(page, "job", at=job.uri)
    page.until(f"document.body.innerText.includes('of {UNITS}')")
    page.until("document.querySelector('.live.on')")
    job.begin()
    for at in range(100):
        job.done(at)
    job.failed(105, "frame 1052 is cut off after 7 of 9 bytes")
    page.until("document.querySelector('.stats').innerText.includes('100')")
    page.until("document.querySelector('.cause')?.innerText.includes('frame 1052 is cut off')")
    assert "Copy the clip again" in page.js("document.querySelector('.cause').innerText")
    assert page.js("document.querySelector('.clip h3').innerText") == HOSTILE_SHOWN
    assert page.js("document.querySelectorAll('.clip.failed').length") == 1
    page.js("window.same = true")
    checked(page)
    page.press("Tab")  # a new page takes the keyboard to its content
    assert page.js("document.activeElement.innerText") == "Pause"
    page.js("document.querySelectorAll('.choices button')[2].focus()")
    page.press("Enter")
    page.until("document.querySelectorAll('.clip').length === 1")
    assert page.errors == []
    console.kill()
    page.until("document.querySelector('.banner')?.innerText.includes('does not answer')")
    for at in range(100, UNITS):
        if at != 105:
            job.done(at)
    console.start()
    page.until("document.querySelector('.live.on') && !document.querySelector('.banner')")
    page.until("document.querySelector('.stats').innerText.includes('499')")
    page.errors = [said for said in page.errors if "net::ERR_" not in said]
    job.taken_back(105)
    page.until("!document.querySelector('.cause')")
    job.done(105)
    page.until("document.querySelector('.pill').innerText === 'done'")
    assert page.js("window.same"), "the page was loaded anew"
    assert page.errors == []


def test_a_damaged_clip_is_seen_mended_and_retried(page: Page, console: Console) -> None:
    """A real job: its failed clip copied again, Retry pressed, the frames looked at beside their
    source, and the receipt read."""
    camera = console.folder / "camera"
    for name in ("A001_C001", "A001_C002"):
        make_clip(camera / name, frames=2, width=320, height=180)
    whole = console.folder / "whole.dng"
    bad = sorted((camera / "A001_C002").glob("*.dng"))[1]
    shutil.copy(bad, whole)
    os.truncate(bad, bad.stat().st_size // 2)
    output = console.folder / "jobs" / "real"
    clips = [
        {"operation": "debayer", "input": f"{camera / n}/"} for n in ("A001_C001", "A001_C002")
    ]
    job = console.folder / "job.json"
    job.write_text(json.dumps({"output": f"{output}/", "clips": clips, "units": {"frames": 1}}))
    done = subprocess.run(
        [sys.executable, "-m", "functions.serve.cli.main", "dispatch", str(job)],
        cwd=console.folder,
        env=environment(console.folder),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 3, done.stderr
    show(page, "job", at=f"file://{output}/")
    page.until("document.querySelector('.cause')?.innerText.includes('truncated')")
    shutil.copy(whole, bad)
    page.js("[...document.querySelectorAll('button')].find(b => b.innerText === 'Retry').focus()")
    page.press("Enter")
    page.until("document.querySelector('.pill').innerText === 'done'", 120)
    page.js("document.querySelectorAll('.clip')[1].click()")
    page.until("document.querySelectorAll('.stage img').length === 2")
    page.until("document.querySelectorAll('.histogram[aria-label*=black]').length === 2")
    # Frame 1 of 0 and 1 stands in the middle; one back.
    page.js("document.querySelector('.stage').focus()")
    page.press("ArrowLeft")
    page.until("document.querySelector('.tag.r').innerText === 'result 0'", key="ArrowLeft")
    page.until("[...document.querySelectorAll('.stage img')].every(i => i.src.includes('at=0'))")
    # Both sides show the same frame: the debayer's two qualities differ by little.
    assert page.js(ALIKE) < 6
    checked(page)
    page.js("document.querySelector('[aria-labelledby=lint] button').click()")
    page.until("document.querySelectorAll('[aria-labelledby=lint] .finding').length > 0")
    page.js("document.querySelector('details summary').scrollIntoView()")
    page.js("document.querySelector('details summary').click()")
    page.until("document.querySelector('img.sheet')?.naturalWidth > 300")
    page.js("document.querySelector('a.button').click()")
    page.until("document.querySelector('.steps')")
    page.js("history.back()")
    page.until("document.querySelector('td a')")
    page.js("document.querySelector('td a').click()")
    page.until("document.querySelector('.stages')")
    assert "A001_C002" in page.text()
    checked(page)
    assert page.errors == []


def test_pictures_that_nobody_sees_any_more_hold_up_none(page: Page, console: Console) -> None:
    """Clips that leave the page while their pictures wait for a turn take no turn with them."""
    job = WrittenJob(console.folder / "jobs" / "waiting", [f"C{n}" for n in range(8)], units=1)
    page.hold("*/console/api/frame*")
    show(page, "job", at=job.uri)
    page.until("document.querySelectorAll('.clip').length === 8")
    page.until_here(lambda: len(page.held) == 2)
    page.js("document.querySelectorAll('.choices button')[2].click()")
    page.until("document.querySelectorAll('.clip').length === 0")
    page.let_go()
    page.hold("*/console/api/frame*")
    page.js("document.querySelectorAll('.choices button')[0].click()")
    page.until_here(lambda: len(page.held) == 2)
    page.let_go()
    assert page.errors == []


def test_the_api_is_a_page(page: Page, console: Console) -> None:
    """Every operation with its fields, without another host."""
    page.open(f"http://127.0.0.1:{console.port}/docs")
    page.until("document.querySelectorAll('section').length > 12")
    assert "demosaic: quality against speed" in page.text()
    checked(page)
    assert page.errors == []


def test_texts_are_escaped_by_the_rule_of_the_terminal(page: Page, console: Console) -> None:
    """The page's rule and `contract.uris.escaped` are one, for every character."""
    from functions.contract.uris import escaped

    said = page.js(
        "import('/console/assets/words.js').then(({shown}) => [...Array(0x10000).keys()]"
        ".filter((n) => shown(String.fromCharCode(n)) !== String.fromCharCode(n)))"
    )
    assert said == [n for n in range(0x10000) if escaped(chr(n)) != chr(n)]


ALIKE = """
(() => {
  const data = ['source', 'made'].map((side) => {
    const image = document.querySelector(`.stage img.${side}`);
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [160, 90];
    const ink = canvas.getContext('2d');
    ink.drawImage(image, 0, 0, 160, 90);
    return ink.getImageData(0, 0, 160, 90).data;
  });
  return data[0].reduce((sum, value, i) => sum + Math.abs(value - data[1][i]), 0) / data[0].length;
})()
"""
