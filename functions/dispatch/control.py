"""A job paused, cancelled and let go on, by a small object beside its plan: from any machine."""

from __future__ import annotations

from typing import Literal

import msgspec

from functions.contract import uris
from functions.contract.errors import RushesError
from functions.contract.store import Store
from functions.jobs.plan import JOBS_FOLDER
from functions.storage.documents import read_document

State = Literal["running", "paused", "cancelled"]


class Control(msgspec.Struct, frozen=True):
    """What a person said of the job last."""

    state: State


def control_uri(output: str, job: str) -> str:
    """Where it is said."""
    return uris.join(output, JOBS_FOLDER, f"{job}.control")


def say(output: str, job: str, state: State, store: Store) -> None:
    """Say it: a dispatcher at work obeys within seconds, one that starts does at once."""
    store.put(control_uri(output, job), msgspec.json.encode(Control(state)) + b"\n")


def read_control(uri: str, store: Store) -> State:
    """What is said; "running" where nothing is, or nothing that can be read just now."""
    try:
        return read_document(store, uri, Control).state
    except RushesError:
        return "running"
