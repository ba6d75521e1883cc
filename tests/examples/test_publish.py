"""A finished plate's event, and the example that registers plates in trackers and timelines."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import OpenEXR
import pytest
import yaml

from functions.contract.uris import basename
from functions.serve.events.cloudevents import make_request_event, write_event
from functions.serve.events.event_door import answer_events
from functions.serve.http.replies import Answer
from functions.serve.http.service import Service
from functions.serve.run.catalog import Catalog
from functions.serve.run.runner import Runner
from functions.serve.run.settings import Settings
from functions.serve.telemetry.log import Log
from tests.deploy.admission import refusals
from tests.deploy.broker import matches
from tests.examples import ayon as ayon_stand_in
from tests.examples import kitsu as kitsu_stand_in
from tests.examples.tracker import listening
from tests.plate.takes import write_take

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs" / "plate.completed.v1.schema.json").read_text())
ASK = {"shot": "ABC_010", "frames": "104-109", "handles": 2, "start": 1001, "version": 3}
Register = Callable[[Any], object]


@pytest.fixture(scope="module", autouse=True)
def example() -> Iterator[None]:
    """The example's package can be imported, as where it is installed."""
    folder = str(ROOT / "examples" / "publish")
    sys.path.insert(0, folder)
    yield
    sys.path.remove(folder)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Answer]:
    """Asks a function for a plate by an event, in a mode."""
    folder = tmp_path_factory.mktemp("plates")
    take = write_take(folder)
    settings = Settings(scratch=folder)
    service = Service(
        settings, Catalog(), Runner(settings, Catalog()), log=Log(write=lambda line: None)
    )

    def ask(mode: str = "binary", name: str = "out", **fields: Any) -> Answer:
        request = {"input": f"file://{take}/", "output": f"file://{folder}/{name}/", **ASK}
        event = make_request_event("plate", "u", {**request, **fields}, sent="1")
        message = write_event(mode, event)
        return answer_events(service, "plate", message.headers, message.body, {})

    return ask


@pytest.mark.parametrize(
    "fields",
    [{}, {}, {"start": None, "seal": False}, {"proxy": False, "handles": 500}, {"explain": True}],
)
def test_the_event_of_a_finished_plate_is_as_its_schema_says(
    door: Callable[..., Answer], fields: dict[str, Any]
) -> None:
    """Done, reused, with other numbers, with fewer handles than asked for; and a plan."""
    reply = door("structured", "-".join(fields) or "out", **fields)
    event = json.loads(reply.body)
    assert event["type"] == "dev.rushes.plate.completed.v1", event
    checker = jsonschema.Draft202012Validator(
        SCHEMA, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    assert [error.message for error in checker.iter_errors(event)] == []
    assert ("status" in event["data"]) is ("explain" not in fields)


def test_the_schema_refuses_what_no_plate_says(door: Callable[..., Answer]) -> None:
    """A frame without its number's kind, another operation, an unknown attribute."""
    good = json.loads(door("structured").body)
    checker = jsonschema.Draft202012Validator(SCHEMA)
    assert checker.is_valid(good)
    data, report = good["data"], good["data"]["report"]
    output = {k: v for k, v in data["outputs"][0].items() if k != "xxh64"}
    for wrong in (
        {**good, "data": {**data, "outputs": [output]}},
        {**good, "data": {**data, "operation": "debayer"}},
        {**good, "data": {**data, "report": {**report, "plate": "ABC 010"}}},
        {**good, "sequence": "1"},
        {k: v for k, v in good.items() if k != "subject"},
    ):
        assert not checker.is_valid(wrong)


@pytest.fixture
def kitsu() -> Iterator[tuple[kitsu_stand_in.Kitsu, Register]]:
    """Kitsu's stand-in, and the example that registers through Kitsu's own client."""
    gazu = pytest.importorskip("gazu", reason="Kitsu's client is not installed: pip install gazu")
    from rushes_publish_example import app

    made = kitsu_stand_in.Kitsu()
    with listening(made.app) as url:
        client = gazu.client.create_client(f"{url}/api")
        gazu.client.set_tokens({"access_token": kitsu_stand_in.TOKEN}, client=client)
        yield made, app.in_kitsu("demo", "Compositing", client)


@pytest.fixture
def ayon() -> Iterator[tuple[ayon_stand_in.Ayon, Register]]:
    """AYON's stand-in, and the example that registers through AYON's own client."""
    ayon_api = pytest.importorskip(
        "ayon_api", reason="AYON's client is not installed: pip install ayon-python-api"
    )
    from rushes_publish_example import app

    made = ayon_stand_in.Ayon()
    with listening(made.app) as url:
        api = ayon_api.ServerAPI(url, ayon_stand_in.KEY, max_retries=1)
        yield made, app.in_ayon("demo", api)
        api.close_session()


def send(register: Register, reply: Answer, **headers: str) -> Any:
    """Deliver an event to the example's app, as a broker does."""
    from rushes_publish_example.app import make_app

    client = make_app(register).test_client()
    return client.post("/", data=reply.body, headers={**reply.headers, **headers})


@pytest.mark.parametrize("mode", ["binary", "structured"])
def test_a_plate_becomes_an_output_file_in_kitsu(
    door: Callable[..., Answer], kitsu: Any, mode: str
) -> None:
    """By gazu: on the shot, with revision, path, ranges; a second delivery adds nothing."""
    made, register = kitsu
    for _ in range(2):
        answer = send(register, door(mode))
        assert (answer.status_code, answer.data) == (204, b"")
    (file,) = made.files.rows
    assert (file["entity_id"], file["name"], file["revision"]) == (made.shot["id"], "PL01", 3)
    assert (file["representation"], file["nb_elements"]) == ("exr", 10)
    assert Path(file["path"] % 1001).is_file()
    assert not Path(file["path"] % 1009).exists()
    data = file["data"]
    assert (data["frame_in"], data["frame_out"]) == (1001, 1006)
    assert (data["handle_in"], data["handle_out"], data["fps"]) == (2, 2, "24")
    frames = Path(file["path"]).parent.glob("*.exr")
    assert data["bytes"] == sum(frame.stat().st_size for frame in frames)
    assert Path(data["beside"]["ABC_010_PL01_v003.amf"]).is_file()


def test_kitsu_without_a_file_tree_keeps_the_plate(door: Callable[..., Answer], kitsu: Any) -> None:
    """Zou makes the output file and then answers 400: it is found and told its path."""
    made, register = kitsu
    made.file_tree = False
    assert send(register, door()).status_code == 204
    assert [Path(file["path"] % 999).is_file() for file in made.files.rows] == [True]


def test_a_plate_becomes_a_version_in_ayon(door: Callable[..., Answer], ayon: Any) -> None:
    """By AYON's client: product, version and representation; a second delivery adds nothing."""
    made, register = ayon
    for _ in range(2):
        answer = send(register, door())
        assert (answer.status_code, answer.data) == (204, b"")
    ((product,), (version,), (representation,)) = (
        made.tables[kind].rows for kind in ("products", "versions", "representations")
    )
    assert (product["name"], product["productType"]) == ("platePL01", "plate")
    assert (product["folderId"], version["productId"]) == (made.folder["id"], product["id"])
    assert version["version"] == 3
    attrib = version["attrib"]
    assert (attrib["frameStart"], attrib["frameEnd"]) == (1001, 1006)
    assert (attrib["handleStart"], attrib["handleEnd"], attrib["fps"]) == (2, 2, 24.0)
    assert (representation["name"], representation["versionId"]) == ("exr", version["id"])
    files = representation["files"]
    assert len({file["id"] for file in files}) == len(files) == 10
    assert [Path(file["path"]).stat().st_size for file in files] == [f["size"] for f in files]
    assert Path(representation["attrib"]["path"] % 1001).is_file()


def test_of_two_deliveries_at_once_the_second_comes_again(
    door: Callable[..., Answer], ayon: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another delivery added between question and answer is 409, told to the broker as 503;
    the delivery that follows finds all there."""
    made, register = ayon
    find = made.find
    monkeypatch.setattr(made, "find", lambda kind, **wanted: find(kind))  # as asked for
    assert send(register, door()).status_code == 204
    empty = {"edges": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}
    monkeypatch.setattr(
        made, "find", lambda kind, **wanted: empty if kind == "versions" else find(kind, **wanted)
    )
    assert send(register, door()).status_code == 503
    monkeypatch.undo()
    assert send(register, door()).status_code == 204
    assert len(made.tables["versions"].rows) == 1


@pytest.mark.parametrize("tracker", ["kitsu", "ayon"])
def test_what_a_broker_should_repeat_and_what_not(
    door: Callable[..., Answer], tracker: str, request: pytest.FixtureRequest
) -> None:
    """A tracker that is down is 503 with Retry-After; a shot that it does not know is 422 with the
    sentence; both leave nothing behind. Plans and other events are none of its business."""
    made, register = request.getfixturevalue(tracker)
    made.down = True
    answer = send(register, door())
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    made.down = False
    assert send(register, door()).status_code == 204
    unknown = send(register, door(name="other", shot="XYZ_010"))
    assert unknown.status_code == 422
    assert "XYZ" in unknown.text
    assert send(register, door(name="plan", explain=True, version=9)).status_code == 204
    other = {"ce-type": "dev.rushes.debayer.completed.v1"}
    assert send(register, door(), **other).status_code == 204
    assert send(register, Answer(200, {"ce-specversion": "1.0"}, b"{}")).status_code == 400
    rows = made.files.rows if tracker == "kitsu" else made.tables["versions"].rows
    assert len(rows) == 1


@pytest.mark.parametrize("start", [1001, None])
def test_a_timeline_finds_each_frame_by_the_timecode_that_its_header_has(
    door: Callable[..., Answer], start: int | None
) -> None:
    """OTIO's own arithmetic, asked for the timecode of each EXR, names that file; the clip's range
    is the cut."""
    otio = pytest.importorskip("opentimelineio", reason="OpenTimelineIO is not installed")
    from rushes_publish_example.plate import read_plate
    from rushes_publish_example.timeline import clip

    fields = {} if start else {"start": None, "shot": "ABC_010"}
    reply = door(name=f"timeline{start}", **fields)
    plate = read_plate(json.loads(reply.body))
    made = otio.adapters.read_from_string(
        otio.adapters.write_to_string(clip(plate), "otio_json"), "otio_json"
    )
    media = made.media_reference
    for uri, _ in plate.files:
        header = OpenEXR.File(uri.removeprefix("file://"), header_only=True).header()
        code = header["timeCode"]
        words = ":".join(f"{n:02d}" for n in (code.hours, code.minutes, code.seconds, code.frame))
        number = media.frame_for_time(otio.opentime.from_timecode(words, media.rate))
        index = number - media.start_frame
        assert media.target_url_for_image_number(index) == uri
        assert basename(uri).split(".")[1] == f"{number:0{plate.padding}d}"
    assert media.number_of_images_in_sequence() == len(plate.files) == 10
    before = made.source_range.start_time - media.available_range.start_time
    assert (before.value, made.source_range.duration.value) == (2, 6)


def test_a_plate_without_a_rate_is_on_no_timeline(door: Callable[..., Answer]) -> None:
    """Nothing is made up: the sentence says what is missing."""
    pytest.importorskip("opentimelineio", reason="OpenTimelineIO is not installed")
    from rushes_publish_example.plate import Unpublishable, read_plate
    from rushes_publish_example.timeline import media_reference

    receipt = json.loads(door().body)
    del receipt["report"]["clip"]["rate"]
    with pytest.raises(Unpublishable, match="no rate"):
        media_reference(read_plate(receipt))
    receipt["outputs"] = [o for o in receipt["outputs"] if o["frame"] != 1003]
    with pytest.raises(Unpublishable, match="every frame"):
        read_plate(receipt)


def test_a_cluster_admits_the_example_and_its_trigger_takes_plates_alone(
    door: Callable[..., Answer],
) -> None:
    """No rule refuses its objects; of all completed events it is given those of plates."""
    text = (ROOT / "examples" / "publish" / "knative.yaml").read_text()
    documents = list(yaml.safe_load_all(text))
    assert refusals(documents) == []
    (trigger,) = (d for d in documents if d["kind"] == "Trigger")
    (only,) = trigger["spec"]["filters"]
    attributes = {k.removeprefix("ce-"): v for k, v in door().headers.items()}
    assert matches(only, attributes)
    assert not matches(only, {**attributes, "type": "dev.rushes.plate.failed.v1"})
