"""What a manifest says of histories below it, of its chain, and of what it leaves unsaid."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import rushes
from functions.contract.errors import DamagedSource, InvalidRequest, RushesError, SourceNotFound
from functions.seal.comparing import lines
from functions.sidecars.mhl.digests import digest_of

CHAIN = "ascmhl/ascmhl_chain.xml"


def seal(root: Path, **fields: Any) -> dict[str, Any]:
    report = rushes.call("seal", input=str(root), **fields).report
    assert report is not None
    return report


@pytest.fixture
def reel(tmp_path: Path) -> Path:
    """A sealed folder with a sealed card in it."""
    root = tmp_path / "REEL"
    for name in ("A001/Clips/a.mov", "B/b.mov"):
        (root / name).parent.mkdir(parents=True)
        (root / name).write_bytes(b"abcd")
    seal(root / "A001", date="2026-01-01T00:00:00Z")
    seal(root, date="2026-01-02T00:00:00Z")
    return root


def forge(root: Path) -> None:
    """Another picture, sealed anew as if it had been there."""
    shutil.rmtree(root / "A001/ascmhl")
    (root / "A001/Clips/a.mov").write_bytes(b"zzzz")
    seal(root / "A001", date="2026-01-01T00:00:00Z")


@pytest.mark.parametrize("mode", ["verify", "diff", "create"])
@pytest.mark.parametrize(
    "change",
    [
        lambda root: shutil.rmtree(root / "A001"),
        lambda root: (root / "A001").rename(root / "Z001"),
        forge,
    ],
)
def test_a_history_below_that_is_gone_or_another_is_missed(
    reel: Path, mode: str, change: Callable[[Path], None]
) -> None:
    """The manifest above names the one below by path and C4 id (ASC MHL v2.0,
    `hashlistreference`): a card that is lost, moved or sealed anew is no whole folder."""
    assert seal(reel, mode="verify")["verified"] == 2
    change(reel)
    with pytest.raises(SourceNotFound, match=r"missing: A001/ascmhl/0002_A001_.*\.mhl"):
        seal(reel, mode=mode)
    found = rushes.call("lint", input=str(reel)).report
    assert found is not None
    told = [each for each in found["findings"] if each["code"].startswith("mhl-m")]
    assert any("A001/ascmhl/0002" in str(each) for each in told)


def test_a_history_below_may_go_on(reel: Path) -> None:
    """A card that is sealed again keeps the manifest that was referred to."""
    seal(reel / "A001", date="2026-01-03T00:00:00Z")
    assert seal(reel, mode="verify")["verified"] == 2
    manifest = next((reel / "A001/ascmhl").glob("0002*"))
    manifest.write_bytes(manifest.read_bytes() + b" ")
    chain = reel / "A001" / CHAIN
    c4 = re.findall(r"<c4>(.*?)</c4>", chain.read_text())[1]
    chain.write_text(chain.read_text().replace(c4, digest_of("c4", manifest.read_bytes())))
    with pytest.raises(DamagedSource, match="sealed hash: A001/ascmhl/0002"):
        seal(reel, mode="verify")


def rewritten(root: Path, change: Callable[[str], str]) -> None:
    """The only manifest and its chain, as somebody might write them."""
    (manifest,) = (root / "ascmhl").glob("*.mhl")
    before = digest_of("c4", manifest.read_bytes())
    text = change(manifest.read_text())
    assert text != manifest.read_text()
    manifest.write_text(text)
    chain = root / CHAIN
    chain.write_text(chain.read_text().replace(before, digest_of("c4", manifest.read_bytes())))


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """A sealed card of two clips."""
    root = tmp_path / "A001"
    root.mkdir()
    for name in ("a.mov", "b.mov"):
        (root / name).write_bytes(b"abcd")
    seal(root, date="2026-01-01T00:00:00Z")
    return root


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda chain: chain.replace('sequencenr="1"', 'sequencenr="3"'), "generations 3,"),
        (lambda chain: re.sub(r"(<hashlist .*</hashlist>)", r"\1\1", chain, flags=re.S),
         "generations 1, 1,"),
    ],
)  # fmt: skip
def test_a_chain_counts_its_generations(
    card: Path, change: Callable[[str], str], said: str
) -> None:
    """A generation that was cut out of the chain, or stands twice, is no history."""
    chain = card / CHAIN
    chain.write_text(change(chain.read_text()))
    with pytest.raises(DamagedSource, match=said):
        seal(card, mode="verify")


def test_a_manifest_outside_of_the_chain_is_told(card: Path) -> None:
    """The last generation may have been cut off the chain."""
    shutil.copy(next((card / "ascmhl").glob("*.mhl")), card / "ascmhl/0002_A001_x.mhl")
    with pytest.raises(DamagedSource, match=r"no chain names: ascmhl/0002_A001_x\.mhl"):
        seal(card, mode="diff")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace('size="4"', 'size="4 kB"', 1), "'4 kB' is no number of bytes"),
        (lambda text: text.replace('size="4"', 'size="-4"', 1), "'-4' is no number of bytes"),
        (lambda text: re.sub(r"(<hash>.*?)a\.mov(.*?)<xxh64([^>]*)>(.*?)<", (
            r"\1a.mov\2<xxh64\3>0000000000000000</xxh64></hash>\1a.mov\2<xxh64\3>\4<"), text,
            count=1, flags=re.S), r"gives a\.mov two values of xxh64"),
    ],
)  # fmt: skip
def test_sizes_and_hashes_that_contradict_are_refused(
    card: Path, change: Callable[[str], str], said: str
) -> None:
    """A size that is no number compares to nothing; of two hashes one is wrong."""
    rewritten(card, change)
    with pytest.raises(InvalidRequest, match=said):
        seal(card, mode="diff")


def test_what_is_not_compared_is_named(card: Path) -> None:
    """Files that were sealed and are ignored since, and files without a sealed size."""
    rewritten(card, lambda text: re.sub(r' size="\d+"', "", text))
    assert "without a size, of which the name alone is compared: a.mov, b.mov" in lines(
        seal(card, mode="diff")
    )[1]  # fmt: skip
    assert len(lines(seal(card, mode="verify"))) == 1
    ignore = "<pattern>*.mov</pattern></ignore>"
    rewritten(card, lambda text: text.replace("</ignore>", ignore))
    (card / "c.txt").write_bytes(b"c")
    with pytest.raises(RushesError, match="1 new"):
        seal(card, mode="verify")
    (card / "c.txt").unlink()
    (card / "a.mov").write_bytes(b"zzzz")
    assert "left out by the patterns to ignore: a.mov, b.mov" in lines(
        seal(card, mode="verify")
    )[1]  # fmt: skip
