"""Seals agree with the ASC's reference tool, and survive what workers go through."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import rushes
from functions.contract.errors import DamagedSource, InvalidRequest, RushesError, SourceNotFound
from functions.contract.receipt import Receipt
from functions.sidecars.mhl.read import read_hash_list
from tests.seal.reference_tool import ascmhl

ALL = ("c4", "md5", "sha1", "xxh128", "xxh3", "xxh64")
DAYS = [f"2026-01-{day:02d}T09:15:00+00:00" for day in range(1, 9)]


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """A magazine: nested folders, an empty one, odd names, an empty file."""
    root = tmp_path / "A002R2EC"
    for name, content in {
        "Clips/A002C006.mov": b"abcd\n",
        "Clips/A002C007.mov": b"abc\n" * 70_000,
        "Clips/sub/ü & <b>.txt": b"x",
        "Sidecar.txt": b"text",
        "a-b": b"",
        ".DS_Store": b"junk",
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (1_700_000_000, 1_700_000_000))
    (root / "empty").mkdir()
    return root


def seal(root: Path, **fields: Any) -> Receipt:
    return rushes.call("seal", input=str(root), **fields)


def manifests(root: Path) -> list[Path]:
    return sorted((root / "ascmhl").glob("*.mhl"))


def test_the_reference_tool_verifies_our_seal_in_every_format(card: Path) -> None:
    """A generation with six hashes is verified by the reference tool."""
    seal(card, formats=list(ALL), date=DAYS[0])
    ascmhl("verify", card)
    ascmhl("diff", card)


@pytest.mark.parametrize("format", ALL)
def test_the_reference_tool_verifies_our_folder_hashes(card: Path, format: str) -> None:
    """Hashes of folders and root are accepted; the tool takes one format at a time."""
    seal(card, formats=[format], date=DAYS[0])
    ascmhl("verify", "-dh", "-h", format, card)


def test_we_verify_a_seal_of_the_reference_tool(card: Path) -> None:
    """What the reference tool sealed verifies here, and its next check accepts our addition."""
    ascmhl("create", "-h", "md5", card)
    report = seal(card, mode="verify").report
    assert report is not None
    assert (report["verified"], report["failed"], report["missing"]) == (5, [], [])
    seal(card, formats=["xxh64"], date=DAYS[1])
    entry = read_hash_list(manifests(card)[1].read_bytes(), "2").files[0]
    assert {d.format: d.action for d in entry.digests} == {"md5": "verified", "xxh64": "verified"}
    ascmhl("verify", card)


def test_folder_hashes_are_those_of_the_reference_tool(card: Path, tmp_path: Path) -> None:
    """Files, folders and root of a manifest equal the reference tool's entry by entry."""
    other = shutil.copytree(card, tmp_path / "copy" / card.name)
    ascmhl("create", *(part for each in ALL for part in ("-h", each)), other)
    seal(card, formats=list(ALL), date=DAYS[0])

    def entries(root: Path) -> list[Any]:
        sealed = read_hash_list(manifests(root)[0].read_bytes(), "1")
        found: list[Any] = [
            (e.path, {d.format: (d.value, d.action) for d in e.digests}) for e in sealed.files
        ]
        assert sealed.root is not None
        found += [
            (e.path, {d.format: d.value for d in each})
            for e in (*sealed.folders, sealed.root)
            for each in (e.content, e.structure)
        ]
        return [[e.path for e in sealed.entries], found]

    assert entries(card) == entries(other)


def test_shared_scenarios_are_the_same_here(shared_data: Path, tmp_path: Path) -> None:
    """The reference scenarios verify, and sealing their cards anew gives their hashes."""
    for name in ("scenario_01/travel_01", "scenario_03/file_server"):
        source = shared_data / "mhl/examples/scenarios/Output" / name / "A002R2EC"
        card = shutil.copytree(source, tmp_path / name / "A002R2EC")
        report = seal(card, mode="verify").report
        assert report is not None
        assert report["verified"] == 3
        theirs = read_hash_list(manifests(card)[0].read_bytes(), "theirs")
        shutil.rmtree(card / "ascmhl")
        seal(card, date=theirs.created)
        ours = read_hash_list(manifests(card)[0].read_bytes(), "ours")
        assert [(f.path, f.digests) for f in ours.files] == [
            (f.path, f.digests) for f in theirs.files
        ]
        assert ours.root == theirs.root
        assert manifests(card)[0].name == sorted((source / "ascmhl").glob("0001*"))[0].name


def test_histories_below_get_their_own_generation(card: Path) -> None:
    """A sealed folder below is extended and referred to, as the reference tool does."""
    ascmhl("create", "-h", "xxh64", card / "Clips")
    receipt = seal(card, date=DAYS[0])
    assert receipt.report is not None
    assert receipt.report["manifests"] == [
        "Clips/ascmhl/0002_Clips_2026-01-01_091500Z.mhl",
        "ascmhl/0001_A002R2EC_2026-01-01_091500Z.mhl",
    ]
    root = read_hash_list(manifests(card)[0].read_bytes(), "root")
    assert [f.path for f in root.files] == ["Sidecar.txt", "a-b"]
    assert [r.path for r in root.references] == [receipt.report["manifests"][0]]
    ascmhl("verify", card)
    ascmhl("verify", "-dh", "-h", "xxh64", card)


def test_a_changed_file_fails_and_is_written_as_failed(card: Path) -> None:
    """One other byte is an error that names the file, for verify and for create."""
    seal(card, date=DAYS[0])
    (card / "Sidecar.txt").write_bytes(b"texT")
    with pytest.raises(
        DamagedSource, match=r"5 files checked, 1 of other sealed hash: Sidecar\.txt$"
    ):
        seal(card, mode="verify")
    with pytest.raises(DamagedSource, match=r"Sidecar\.txt"):
        seal(card, date=DAYS[1])
    second = read_hash_list(manifests(card)[1].read_bytes(), "2")
    actions = {f.path: f.digests[0].action for f in second.files}
    assert actions.pop("Sidecar.txt") == "failed"
    assert set(actions.values()) == {"verified"}


def test_missing_and_new_files_are_told(card: Path) -> None:
    """Gone, new and of another size are errors with the names, for verify and diff."""
    seal(card, date=DAYS[0])
    (card / "new.txt").write_bytes(b"n")
    for mode in ("verify", "diff"):
        with pytest.raises(DamagedSource, match=r"1 new, in no generation: new\.txt$") as problem:
            seal(card, mode=mode)
        assert problem.value.facts["new"] == ["new.txt"]
    (card / "Sidecar.txt").unlink()
    for mode in ("verify", "diff"):
        with pytest.raises(SourceNotFound, match=r"1 missing: Sidecar\.txt; 1 new.*new\.txt$"):
            seal(card, mode=mode)
    (card / "a-b").write_bytes(b"longer")
    with pytest.raises(DamagedSource, match=r"1 of other size: a-b; 1 missing.*; 1 new") as problem:
        seal(card, mode="diff")
    facts = problem.value.facts
    assert (facts["failed"], facts["missing"], facts["new"]) == (
        ["a-b"],
        ["Sidecar.txt"],
        ["new.txt"],
    )


def test_a_check_knows_renamed_files_by_their_hash(card: Path) -> None:
    """Verify tells both names once; a new file of the same size and other bytes is new."""
    seal(card, date=DAYS[0])
    (card / "Sidecar.txt").rename(card / "Notes.txt")
    (card / "same.txt").write_bytes(b"x" * (card / "Notes.txt").stat().st_size)
    with pytest.raises(DamagedSource) as problem:
        seal(card, mode="verify")
    assert problem.value.facts["renamed"] == [("Sidecar.txt", "Notes.txt")]
    assert problem.value.facts["new"] == ["same.txt"]
    assert "missing" not in problem.value.facts
    assert "Sidecar.txt -> Notes.txt" in str(problem.value)


@pytest.mark.parametrize("mode", ["verify", "diff"])
def test_names_that_differ_by_normalisation_alone_are_told(card: Path, mode: str) -> None:
    """A copy through another system may write the same name with other code points."""
    composed, apart = "caf\u00e9.txt", "cafe\u0301.txt"
    (card / composed).write_bytes(b"menu")
    seal(card, date=DAYS[0])
    (card / composed).rename(card / apart)
    with pytest.raises(RushesError, match="only by Unicode normalisation") as problem:
        seal(card, mode=mode)
    assert problem.value.facts["normalised"] == [(composed, apart)]


def test_a_renamed_file_keeps_its_history(card: Path) -> None:
    """With renames, a new file with a missing one's hash is that file; the tool agrees."""
    seal(card, date=DAYS[0])
    (card / "Sidecar.txt").rename(card / "Renamed.txt")
    seal(card, date=DAYS[1], renames=True)
    entry = next(
        f
        for f in read_hash_list(manifests(card)[1].read_bytes(), "2").files
        if f.path == "Renamed.txt"
    )
    assert (entry.previous, entry.digests[0].action) == ("Sidecar.txt", "verified")
    report = seal(card, mode="verify").report
    assert report is not None
    assert report["verified"] == 5
    ascmhl("verify", card)


def test_the_same_seal_again_is_reused(card: Path) -> None:
    """A repeated event makes no second generation; another date does."""
    assert seal(card).status == "done"
    assert seal(card).status == "reused"
    assert len(manifests(card)) == 1
    seal(card, date=DAYS[3])
    assert len(manifests(card)) == 2


@pytest.mark.parametrize("left", ["manifest", "inner chain", "both chains"])
def test_a_killed_seal_ends_in_the_same_bytes(card: Path, tmp_path: Path, left: str) -> None:
    """Wherever a worker was killed, starting again gives what one run gives."""
    ascmhl("create", "-h", "md5", card / "Clips")
    whole = shutil.copytree(card, tmp_path / "whole" / card.name)
    seal(whole, date=DAYS[0], formats=["xxh64"])
    broken = shutil.copytree(whole, tmp_path / "broken" / card.name)
    shutil.rmtree(broken / ".rushes")
    if left == "inner chain":
        shutil.rmtree(broken / "ascmhl")
    if left == "manifest":
        shutil.rmtree(broken / "ascmhl")
        shutil.copy(card / "Clips/ascmhl/ascmhl_chain.xml", broken / "Clips/ascmhl")
    seal(broken, date=DAYS[0], formats=["xxh64"])

    def everything(root: Path) -> dict[str, bytes]:
        return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("ascmhl/*")}

    assert everything(broken) == everything(whole)


def test_a_changed_manifest_is_found(card: Path) -> None:
    """The chain's C4 id tells a manifest that was edited, or taken away."""
    seal(card, date=DAYS[0])
    path = manifests(card)[0]
    path.write_bytes(path.read_bytes().replace(b"Sidecar", b"Zidecar"))
    with pytest.raises(DamagedSource, match="was changed"):
        seal(card, mode="verify")
    path.unlink()
    with pytest.raises(DamagedSource, match="missing"):
        seal(card, mode="verify")


def test_sha256_stands_beside_a_hash_of_the_schema(card: Path) -> None:
    """SHA-256 is kept in the entry's metadata, verified here, and accepted by the tool."""
    seal(card, date=DAYS[0], formats=["xxh64", "sha256"])
    ascmhl("verify", card)
    sealed = read_hash_list(manifests(card)[0].read_bytes(), "1")
    # shasum's own answer for "text"
    expected = "982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1"
    assert {f.path: f.sha256 for f in sealed.files}["Sidecar.txt"] == expected
    with pytest.raises(InvalidRequest, match="sha256"):
        seal(card, formats=["sha256"])


def test_ignored_files_are_left_out(card: Path) -> None:
    """Patterns go into the manifest and hold for every later generation and the tool."""
    seal(card, date=DAYS[0], ignore=["*.mov", "/Clips/sub"])
    sealed = read_hash_list(manifests(card)[0].read_bytes(), "1")
    assert [f.path for f in sealed.files] == ["Sidecar.txt", "a-b"]
    seal(card, date=DAYS[1])
    assert len(read_hash_list(manifests(card)[1].read_bytes(), "2").files) == 2


def test_manifests_fit_the_schema(card: Path, shared_data: Path) -> None:
    """The ASC's own XSD accepts manifests of every feature."""
    lxml = pytest.importorskip("lxml.etree")
    ascmhl("create", "-h", "xxh64", card / "Clips")
    seal(card, date=DAYS[0], formats=[*ALL, "sha256"], author="A & B", comment="<x>", location="L")
    schema = lxml.XMLSchema(lxml.parse(str(shared_data / "mhl/xsd/ASCMHL.xsd")))
    for path in [*manifests(card), *manifests(card / "Clips")]:
        schema.assertValid(lxml.parse(str(path)))


def test_a_folder_without_files_is_an_error(tmp_path: Path) -> None:
    """Nothing to seal is said, and nothing is written."""
    (tmp_path / "void").mkdir()
    with pytest.raises(SourceNotFound, match="holds no files"):
        seal(tmp_path / "void")
    assert list((tmp_path / "void").iterdir()) == []


def test_a_date_that_is_none_is_an_error(card: Path) -> None:
    """A wrong date and an output for a check are told at once."""
    with pytest.raises(InvalidRequest, match="date"):
        seal(card, date="yesterday")
    with pytest.raises(InvalidRequest, match="no output"):
        seal(card, mode="verify", output=str(card))


def test_the_command_line_ends_with_the_contracts_codes(card: Path) -> None:
    """`rushes seal --mode verify` ends with 0, and with 12 when a hash differs."""
    command = [sys.executable, "-m", "functions.serve.cli.main", "seal", str(card)]
    assert subprocess.run([*command, "--date", DAYS[0]], check=False).returncode == 0
    assert subprocess.run([*command, "--mode", "verify"], check=False).returncode == 0
    (card / "Sidecar.txt").write_bytes(b"texT")
    done = subprocess.run([*command, "--mode", "verify"], check=False, capture_output=True)
    assert done.returncode == 12
    assert b"Sidecar.txt" in done.stderr


def test_the_command_line_tells_what_was_checked(card: Path) -> None:
    """Every outcome has its line; a difference of names is no success."""
    command = [sys.executable, "-m", "functions.serve.cli.main", "seal", str(card)]
    subprocess.run([*command, "--date", DAYS[0]], check=True)
    for mode in ("verify", "diff"):
        done = subprocess.run([*command, "--mode", mode], capture_output=True, text=True)
        assert (done.returncode, "5 files, 5 as sealed before" in done.stdout) == (0, True)
    (card / "Sidecar.txt").unlink()
    (card / "extra.txt").write_text("x")
    for mode in ("verify", "diff"):
        done = subprocess.run([*command, "--mode", mode], capture_output=True, text=True)
        assert done.returncode == 13
        assert "1 missing: Sidecar.txt" in done.stderr
        assert "extra.txt" in done.stderr
