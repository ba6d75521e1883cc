"""stack.yml: no key that faas-cli would drop in silence, and one voice with knative/."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from functions.serve.run.catalog import OPERATIONS
from tests.deploy.faas_cli import deployments
from tests.deploy.manifests import COMMUNITY_STACK, STACK, Document, load_knative, load_stack
from tests.deploy.schemas import problems
from tests.deploy.stack_rules import STACK_SCHEMA, check, drift

Change = Callable[[Any], object]


@pytest.fixture
def stack() -> Document:
    """The stack as it is without any variable, to be spoiled."""
    return load_stack()


def test_all_rules_hold(stack: Document) -> None:
    """The stack says what it must, for every operation of the catalog, as knative/ does."""
    assert check(stack, OPERATIONS) == []
    assert drift(stack, load_knative()) == []


def test_the_community_edition_accepts_its_stack() -> None:
    """stack.yml has every function, and nothing that the Community Edition refuses."""
    assert check(load_stack(path=COMMUNITY_STACK), OPERATIONS, pro=False) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda f: f["labels"].update({"com.openfaas.scale.zero": "true"}), "refuses the label"),
        (lambda f: f["labels"].update({"com.openfaas.scale.max": "6"}), "5 replicas at most"),
        (lambda f: f["annotations"].update({"x.gke.io/y": "1"}), "refuses the annotation"),
        (lambda f: f["environment"].update(RUSHES_GRACE="60"), "longer than the pod's own"),
    ],
)
def test_what_the_community_edition_refuses_is_told(change: Change, sentence: str) -> None:
    """Labels of Pro's autoscaler, more replicas and a longer grace are named."""
    spoiled = load_stack(path=COMMUNITY_STACK)
    change(debayer(spoiled))
    told = check(spoiled, OPERATIONS, pro=False)
    assert any(sentence in line for line in told), told


@pytest.mark.parametrize("name", ["faascli_sample_hmac.yml", "faascli_testing_stack.yaml"])
def test_the_table_of_keys_takes_real_stacks(shared_data: Path, name: str) -> None:
    """What faas-cli's own samples use is no unknown key to us."""
    sample = yaml.safe_load((shared_data / "manifests" / name).read_text())
    sample.setdefault("version", 1.0)
    assert list(problems(sample, STACK_SCHEMA, "stack")) == []


def test_registry_and_tag_come_from_the_environment() -> None:
    """One image of another registry and tag; an empty variable takes the default."""
    other = load_stack({"REGISTRY": "registry.example/team", "TAG": "1.2"})
    assert {f["image"] for f in other["functions"].values()} == {"registry.example/team/rushes:1.2"}
    default = load_stack({"REGISTRY": "", "TAG": ""})
    assert default["functions"]["rushes-debayer"]["image"] == "dev.local/rushes:latest"


def test_keys_of_storage_come_from_the_environment() -> None:
    """No key stands in the file; a given one reaches the function."""
    given = load_stack({"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "word"})
    environ = given["functions"]["rushes-debayer"]["environment"]
    assert (environ["AWS_ACCESS_KEY_ID"], environ["AWS_SECRET_ACCESS_KEY"]) == ("id", "word")
    assert check(given, OPERATIONS) == []


def test_variables_are_written_as_faas_cli_reads_them() -> None:
    """Only `${NAME}` and `${NAME:-plain}`: its substitution knows no nesting and no slashes."""
    found = re.findall(r"\$[^\s/\"]*", STACK.read_text())
    assert found
    assert [v for v in found if not re.match(r"\$\{[A-Z0-9_]+(:-[\w.-]+)?\}", v)] == []


def test_an_operation_without_a_function_is_reported(stack: Document) -> None:
    """A new line in the catalog fails here too, and an old name that stayed."""
    assert check(stack, [*OPERATIONS, "regrain"]) == ["rushes-regrain: missing"]
    told = check(stack, [name for name in OPERATIONS if name != "inspect"])
    assert told == ["rushes-inspect: of no operation"]


def test_a_deployment_carries_all_that_the_stack_says(stack: Document) -> None:
    """Every value of a function is in the JSON that the gateway gets, but what is for builds."""
    for body in deployments(stack):
        function = stack["functions"][body["service"]]
        for key in function.keys() - {"lang", "handler", "skip_build"}:
            assert function[key] in body.values(), key
        assert body["readOnlyRootFilesystem"] is True
        assert body["labels"]["com.openfaas.scale.zero"] == "true"


def debayer(stack: Any) -> Any:
    """One function of a stack."""
    return stack["functions"]["rushes-debayer"]


def moved(holder: Any, old: str, new: str) -> None:
    """A key gets another name."""
    holder[new] = holder.pop(old)


CHANGES: dict[str, tuple[Change, str]] = {
    "typo": (
        lambda s: moved(debayer(s), "readonly_root_filesystem", "read_only_root_filesystem"),
        "read_only_root_filesystem: unknown field",
    ),
    "camel case": (lambda s: moved(debayer(s), "requests", "Requests"), "Requests: unknown field"),
    "number for text": (
        lambda s: debayer(s)["labels"].update({"com.openfaas.scale.max": 100}),
        "is not of type string",
    ),
    "name drifts": (
        lambda s: moved(s["functions"], "rushes-debayer", "rushes-demosaic"),
        "rushes-demosaic: of no operation",
    ),
    "another function": (
        lambda s: debayer(s)["environment"].update(FUNCTION="inspect"),
        "FUNCTION is inspect",
    ),
    "another image": (lambda s: debayer(s).update(image="other"), "one image"),
    "built twice": (lambda s: debayer(s).pop("skip_build"), "built once"),
    "no health": (
        lambda s: debayer(s)["annotations"].pop("com.openfaas.health.http.path"),
        "health.http.path",
    ),
    "ready means alive": (
        lambda s: debayer(s)["annotations"].update({"com.openfaas.ready.http.path": "/healthz"}),
        "ready.http.path is not /readyz",
    ),
    "scraped elsewhere": (
        lambda s: debayer(s)["annotations"].update({"prometheus.io.port": "8081"}),
        "annotation prometheus.io.port is not 8080",
    ),
    "misspelt annotation": (
        lambda s: debayer(s)["annotations"].update({"com.openfaas.ready.path": "/readyz"}),
        "annotation com.openfaas.ready.path is not known",
    ),
    "misspelt label": (
        lambda s: debayer(s)["labels"].update({"com.openfaas.scale.maximum": "9"}),
        "label com.openfaas.scale.maximum is not known",
    ),
    "a key that nobody mounts": (
        lambda s: debayer(s)["environment"].update(
            AWS_SECRET_ACCESS_KEY_FILE="/var/openfaas/secrets/rushes-s3"
        ),
        "AWS_SECRET_ACCESS_KEY_FILE is none of its secrets",
    ),
    "never to zero": (
        lambda s: debayer(s)["labels"].pop("com.openfaas.scale.zero"),
        "label com.openfaas.scale.zero is not true",
    ),
    "no idle time": (
        lambda s: debayer(s)["labels"].update({"com.openfaas.scale.zero-duration": "soon"}),
        "zero-duration is no duration",
    ),
    "cut before its own limit": (
        lambda s: debayer(s)["environment"].update(exec_timeout="540s"),
        "<= exec 540",
    ),
    "answer cut": (
        lambda s: debayer(s)["environment"].update(write_timeout="60s"),
        "write 60 is false",
    ),
    "a setting that is none": (
        lambda s: debayer(s)["environment"].update(RUSHES_ROOT="s3://x/"),
        "RUSHES_ROOT is no setting",
    ),
    "a value that is none": (
        lambda s: debayer(s)["environment"].update(RUSHES_LIMITS_FRAMES="many"),
        "not a whole number",
    ),
    "open storage": (lambda s: debayer(s)["environment"].pop("RUSHES_ROOTS"), "storage open"),
    "no secret": (lambda s: debayer(s).pop("secrets"), "none of its secrets"),
    "no limits": (lambda s: debayer(s).pop("limits"), "limits is missing"),
    "root can be written": (
        lambda s: debayer(s).update(readonly_root_filesystem=False),
        "read-only root",
    ),
    "dispatcher sends elsewhere": (
        lambda s: s["functions"]["rushes-dispatch"]["environment"].pop("K_SINK"),
        "K_SINK is None",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_spoiled_stack_is_reported(stack: Document, name: str) -> None:
    """Each single mistake is told, in a sentence that names it."""
    change, sentence = CHANGES[name]
    change(stack)
    told = check(stack, OPERATIONS)
    assert any(sentence in line for line in told), told


def paths_of(value: Document, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Paths of all keys."""
    for key, item in value.items():
        yield (*path, key)
        if isinstance(item, dict):
            yield from paths_of(item, (*path, key))


def test_every_misspelt_key_is_reported(stack: Document) -> None:
    """Whatever key has a letter too many, the check tells: faas-cli would say nothing."""
    paths = list(paths_of(stack))
    assert len(paths) > 90
    for path in paths:
        spoiled = copy.deepcopy(stack)
        holder = spoiled
        for key in path[:-1]:
            holder = holder[key]
        moved(holder, path[-1], f"{path[-1]}x")
        assert check(spoiled, OPERATIONS), path


DRIFTS: dict[str, tuple[Change, str]] = {
    "one more": (
        lambda s: s["functions"].update(plate=copy.deepcopy(debayer(s))),
        "plate: in one of stack.yml and knative/ only",
    ),
    "limit": (
        lambda s: debayer(s)["environment"].update(RUSHES_LIMITS_SECONDS="300"),
        "RUSHES_LIMITS_SECONDS differs",
    ),
    "memory": (lambda s: debayer(s)["limits"].update(memory="3Gi"), "limits differ"),
    "cores": (lambda s: debayer(s)["requests"].update(cpu="500m"), "requests differ"),
    "pods": (
        lambda s: debayer(s)["labels"].update({"com.openfaas.scale.max": "9"}),
        "the most pods differ",
    ),
}


@pytest.mark.parametrize("name", DRIFTS)
def test_drift_between_platforms_is_reported(stack: Document, name: str) -> None:
    """stack.yml and knative/ cannot come to say different things of one function."""
    change, sentence = DRIFTS[name]
    change(stack)
    told = drift(stack, load_knative())
    assert any(sentence in line for line in told), told
