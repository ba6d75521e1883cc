"""The Grafana dashboard asks only for what a server that ran units exposes."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from demo.make_clip import make_clip
from functions.serve.http.app import create_app
from functions.serve.http.service import Service
from functions.serve.run.catalog import Catalog
from functions.serve.run.runner import Runner
from functions.serve.run.settings import Settings
from functions.serve.telemetry.log import Log
from tests.deploy.manifests import KNATIVE
from tests.deploy.promql import Reader

FOLDER = KNATIVE / "grafana"
Exposed = dict[str, Metric]
Change = Callable[[dict[str, Any]], object]
# Of Grafana's list of units (packages/grafana-data, valueFormats/categories), those used here.
UNITS = {"short", "s", "ops", "percentunit", "binBps"}


@pytest.fixture(scope="module")
def exposed(tmp_path_factory: pytest.TempPathFactory) -> Exposed:
    """Families of a server that did a frame, did it again, and was asked for nonsense."""
    folder = tmp_path_factory.mktemp("units")
    make_clip(folder / "A001", frames=1, width=320, height=180)
    settings = Settings.read({"RUSHES_SCRATCH": str(folder), "RUSHES_ROOTS": str(folder)})
    catalog = Catalog()
    service = Service(settings, catalog, Runner(settings, catalog), log=Log(write=_nowhere))
    service.warm_up()
    client = create_app(service).test_client()
    fields = {"input": f"file://{folder}/A001/", "output": f"file://{folder}/out/"}
    for _ in range(2):
        assert client.post("/debayer", json=fields).status_code == 200
    assert client.post("/inspect", json={}).status_code == 400
    return {each.name: each for each in text_string_to_metric_families(client.get("/metrics").text)}


@pytest.fixture
def dashboard() -> Iterator[dict[str, Any]]:
    """The file as it is, to be spoiled."""
    yield copy.deepcopy(json.loads((FOLDER / "rushes.json").read_text()))


def _nowhere(line: str) -> None: ...


def samples(exposed: Exposed) -> dict[str, set[str]]:
    """The labels of each sample's name that has been seen."""
    found: dict[str, set[str]] = {}
    for family in exposed.values():
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def problems(dashboard: dict[str, Any], exposed: Exposed) -> list[str]:
    """Sentences about what would be empty or hard to read in Grafana."""
    known, told = samples(exposed), []
    names = {variable["name"] for variable in dashboard["templating"]["list"]}
    panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
    for panel in panels:
        title = panel.get("title") or "?"
        unit = panel["fieldConfig"]["defaults"].get("unit")
        if title == "?" or not panel.get("description"):
            told.append(f"panel {panel['id']}: no title or description")
        if unit not in UNITS and not str(unit).startswith("suffix: "):
            told.append(f"{title}: unit {unit!r} is none of Grafana's")
        if not panel["targets"]:
            told.append(f"{title}: asks for nothing")
        for target in panel["targets"]:
            told += [f"{title}: {each}" for each in _asked(target, known, exposed)]
            used = {v for v in ("datasource", "operation") if f"${v}" in json.dumps(target)}
            told += [f"{title}: no variable {name}" for name in used - names]
    return told


def _asked(target: dict[str, Any], known: dict[str, set[str]], exposed: Exposed) -> Iterator[str]:
    try:
        found = Reader(target["expr"]).whole()
    except ValueError as error:
        yield f"{target['expr']}: {error}"
        return
    kept = set()
    for metric, labels, ranged in found.selectors:
        if metric not in known:
            yield f"{metric} is not exposed"
        elif labels - known[metric]:
            yield f"{metric} has no label {sorted(labels - known[metric])}"
        counts = metric.endswith(("_total", "_bucket", "_count", "_sum"))
        if ranged != counts:
            yield f"{metric}: counters are asked for their rate, gauges as they are"
    for labels, metrics in found.grouped:
        kept |= labels
        for metric in metrics:
            if metric in known and labels - known[metric]:
                yield f"{metric} cannot be grouped by {sorted(labels - known[metric])}"
    shown = {word.strip("{}") for word in target["legendFormat"].split() if "{{" in word}
    if shown - kept:
        yield f"the legend shows {sorted(shown - kept)}, which the sum drops"


def test_every_panel_can_be_drawn(dashboard: dict[str, Any], exposed: Exposed) -> None:
    """Each expression is read, its metrics and labels exist, each panel has unit and title."""
    assert problems(dashboard, exposed) == []
    assert len([p for p in dashboard["panels"] if p["type"] != "row"]) >= 15


def test_every_metric_is_on_the_dashboard(dashboard: dict[str, Any], exposed: Exposed) -> None:
    """What is exposed is shown somewhere."""
    text = json.dumps(dashboard)
    assert [name for name in exposed if name not in text] == []


def _first(dashboard: dict[str, Any], title: str) -> dict[str, Any]:
    found: dict[str, Any] = next(p for p in dashboard["panels"] if p["title"] == title)
    return found


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda d: _swap(d, "Frames", "frames_total", "pictures_total"), "is not exposed"),
        (lambda d: _swap(d, "Units", "operation=~", "function=~"), "has no label ['function']"),
        (lambda d: _swap(d, "Units", "by (operation,", "by (pod,"), "cannot be grouped by ['pod']"),
        (lambda d: _swap(d, "Units", "rate(", "delta("), "is no function"),
        (lambda d: _swap(d, "Units", "[$__rate_interval]", ""), "a range is for rate"),
        (lambda d: _swap(d, "Units", "))", ")"), "wanted"),
        (lambda d: _first(d, "Units")["fieldConfig"]["defaults"].pop("unit"), "is none of"),
        (lambda d: _first(d, "Units").update(title=""), "no title"),
        (lambda d: _first(d, "Units").update(targets=[]), "asks for nothing"),
        (lambda d: d["templating"]["list"].pop(), "no variable operation"),
        (lambda d: _legend(d, "Units", "{{code}}"), "the legend shows ['code']"),
    ],
)
def test_a_spoiled_dashboard_is_told(
    dashboard: dict[str, Any], exposed: Exposed, spoil: Change, sentence: str
) -> None:
    """Each kind of mistake makes a sentence."""
    spoil(dashboard)
    assert any(sentence in told for told in problems(dashboard, exposed)), sentence


def _swap(dashboard: dict[str, Any], title: str, old: str, new: str) -> None:
    target = _first(dashboard, title)["targets"][0]
    assert old in target["expr"]
    target["expr"] = target["expr"].replace(old, new)


def _legend(dashboard: dict[str, Any], title: str, legend: str) -> None:
    _first(dashboard, title)["targets"][0]["legendFormat"] = legend


def test_a_metric_that_is_renamed_is_told(dashboard: dict[str, Any], exposed: Exposed) -> None:
    """When a server exposes another name, the panels that ask for the old one are named."""
    other = {name: family for name, family in exposed.items() if name != "rushes_stage_seconds"}
    told = problems(dashboard, other)
    assert {sentence.partition(":")[0] for sentence in told} == {
        "Threads by stage",
        "Seconds of a frame by stage",
    }


def test_panels_lie_side_by_side(dashboard: dict[str, Any]) -> None:
    """No two panels share a place or an id, and none leaves the 24 columns."""
    places = [p["gridPos"] for p in dashboard["panels"]]
    cells = [
        (x, y)
        for p in places
        for x in range(p["x"], p["x"] + p["w"])
        for y in range(p["y"], p["y"] + p["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) == 23
    assert len({p["id"] for p in dashboard["panels"]}) == len(places)


def test_the_component_makes_the_sidecars_config_map() -> None:
    """The kustomization names the file and carries the label that Grafana's sidecar looks for."""
    found = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
    (made,) = found["configMapGenerator"]
    assert found["kind"] == "Component"
    assert [(FOLDER / name).is_file() for name in made["files"]] == [True]
    assert made["options"]["labels"]["grafana_dashboard"] == "1"


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl")
def test_kustomize_makes_it(tmp_path: Path, dashboard: dict[str, Any]) -> None:
    """`kubectl kustomize` of an overlay with the component holds the dashboard unchanged."""
    shutil.copytree(KNATIVE, tmp_path / "knative")
    (tmp_path / "overlay").mkdir()
    (tmp_path / "overlay" / "kustomization.yaml").write_text(
        "resources: [../knative]\ncomponents: [../knative/grafana]\n"
    )
    words = ["kubectl", "kustomize", str(tmp_path / "overlay")]
    text = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    (made,) = (d for d in yaml.safe_load_all(text) if d["metadata"]["name"] == "rushes-dashboard")
    assert made["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert json.loads(made["data"]["rushes.json"]) == dashboard
