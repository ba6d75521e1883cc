"""A pull by an index is the pull by its folder, and reads no header again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import obstore
import pytest

from functions.contract.errors import SourceNotFound
from functions.footage.database import all_entries, build
from functions.footage.entry import Entry
from functions.footage.generations import Generation, history, index_file, publish
from functions.pull import index
from functions.serve.run.catalog import Catalog
from functions.serve.run.runner import Runner
from functions.serve.run.settings import Settings
from tests.media.takes import frame_file
from tests.pull.test_frames_in_pixels import FORMATS, a_cut, movie
from tests.storage.seaweed import Seaweed, seaweed


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    settings = {"RUSHES_SCRATCH": str(tmp_path), "RUSHES_ROOTS": str(tmp_path)}
    return Runner(Settings.read(settings), Catalog())


def pulled(runner: Runner, folder: str, cut: str, media: list[str], **more: Any) -> dict[str, Any]:
    """The whole answer."""
    asked = {"input": f"{folder}{cut}", "media": media, "output": f"{folder}plates/",
             "source": "rec709", "files": False, **more}  # fmt: skip
    return dict(runner.run("pull", asked).report or {})


def indexed(runner: Runner, root: str, output: str) -> None:
    runner.run("index", {"input": root, "output": output, "thumbnails": False})


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_is_pulled_alike(runner: Runner, tmp_path: Path, kind: str) -> None:
    """The test cuts of seven formats, over midnight and drop frame, with clips of no use beside."""
    plain, write = FORMATS[kind]
    seed = list(FORMATS).index(kind)
    cut = a_cut(3 * seed, plain=plain)
    media = tmp_path / "media" / "day1"
    media.mkdir(parents=True)
    for number, take in enumerate({use.take.name: use.take for use in cut.uses}.values(), 1):
        movie(media / f"{take.name}.mov", take, number, cut)
    (media / "broken.mov").write_bytes(b"no movie")
    (media / "stills").mkdir()
    for number in range(2):
        (media / "stills" / f"S.{number:04d}.dng").write_bytes(frame_file(number))
    write(cut, tmp_path / f"cut.{kind}")
    place = f"file://{tmp_path}/"
    indexed(runner, f"{place}media/", f"{place}index/")
    rate = {"rate": str(cut.rate)}
    by_folder = pulled(runner, place, f"cut.{kind}", [f"{place}media/"], **rate)
    by_index = pulled(runner, place, f"cut.{kind}", [f"{place}index/"], **rate)
    assert by_index.pop("indexes") == [index_file(f"{place}index/", runner.store)]
    assert by_index == by_folder
    assert by_folder["counts"]["pulled"] == len(cut.uses)


def take_and_list(root: Path) -> str:
    """One take and a list of its frames; their folder."""
    folder = root / "media" / "A001"
    folder.mkdir(parents=True)
    for number in range(10):
        (folder / f"A001.{number:06d}.dng").write_bytes(frame_file(number))
    (root / "cut.csv").write_text("shot,clip,in,out\nABC_010,A001,1,2\n")
    return f"file://{root}/"


def test_no_header_is_read_again(
    runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the folder of the index or by its file; a folder beside it is read as ever."""
    place = take_and_list(tmp_path)
    indexed(runner, f"{place}media/", f"{place}index/")
    file = index_file(f"{place}index/", runner.store)
    monkeypatch.setattr(index, "read_headers", None)
    for each in (f"{place}index/", file):
        assert pulled(runner, place, "cut.csv", [each])["counts"]["pulled"] == 1
    monkeypatch.undo()
    both = pulled(runner, place, "cut.csv", [f"{place}index/", f"{place}media/"])
    assert (both["clips"], both["counts"]["pulled"]) == (1, 1)


@pytest.mark.parametrize("change", ["gone", "longer"])
def test_a_clip_that_is_another_by_now_is_told(runner: Runner, tmp_path: Path, change: str) -> None:
    """An old index pulls no frame of what it has not seen: the event says to index again."""
    place = take_and_list(tmp_path)
    indexed(runner, f"{place}media/", f"{place}index/")
    take = tmp_path / "media" / "A001"
    if change == "gone":
        take.rename(tmp_path / "elsewhere")
    else:
        (take / "A001.000010.dng").write_bytes(frame_file(10))
    with pytest.raises(SourceNotFound) as told:
        pulled(runner, place, "cut.csv", [f"{place}index/"])
    (missed,) = told.value.facts["report"]["not_pulled"]
    assert "index its footage again" in missed["why"]


@pytest.fixture(scope="module")
def weed() -> Iterator[Seaweed]:
    with seaweed() as running:
        yield running


def test_ten_thousand_clips_on_s3_cost_a_few_requests(
    weed: Seaweed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each verb counted: the list, the index, and the pulled clips, listed, not read."""
    environment = {"RUSHES_SCRATCH": str(tmp_path), "RUSHES_ROOTS": f"s3://{weed.bucket}"}
    runner = Runner(Settings.read({**environment, **weed.environment()}), Catalog())
    store, place = runner.store, f"s3://{weed.bucket}/show/"
    take_and_list(tmp_path)
    for path in (path for path in tmp_path.rglob("*") if path.is_file()):
        store.put(place + str(path.relative_to(tmp_path)), path)
    indexed(runner, f"{place}media/", f"{place}index/")
    (known,) = all_entries(index_file(f"{place}index/", store), store)
    _many(known, 10_000, f"{place}index/", store, tmp_path)
    counts: Counter[str] = Counter()
    for verb in ("head", "get", "get_range", "list", "list_with_delimiter"):
        monkeypatch.setattr(obstore, verb, _counted(counts, getattr(obstore, verb)))
    found = pulled(runner, place, "cut.csv", [f"{place}index/"])
    assert (found["clips"], found["counts"]["pulled"]) == (10_000, 1)
    assert [each for each in counts if ".dng" in each] == []
    assert sum(counts.values()) <= 12, counts


def _many(known: Entry, count: int, output: str, store: Any, folder: Path) -> None:
    """An index of one clip that stands and of others."""
    plain = {name: getattr(known, name) for name in known.__struct_fields__}
    others = [
        Entry(**{**plain, "uri": f"{known.card}X{n:05d}/", "name": f"X{n:05d}", "reel": None})
        for n in range(count - 1)
    ]
    file = f"footage-{count:016x}.sqlite"
    build(folder / file, [known, *others], {})
    store.put(output + file, folder / file)
    made = Generation(generation=history(output, store)[-1] + 1, root="", state=f"{count:016x}",
                      file=file, cards=1, clips=count)  # fmt: skip
    publish(output, made, store)


def _counted(counts: Counter[str], verb: Any) -> Any:
    def call(client: Any, *args: Any, **more: Any) -> Any:
        counts[f"{verb.__name__} {args[0] if args else ''}"] += 1
        return verb(client, *args, **more)

    return call
