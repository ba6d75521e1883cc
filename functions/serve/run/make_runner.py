"""The runner of a process, as its settings say: units in it, or each in a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.serve.run.catalog import Catalog
from functions.serve.run.settings import Settings

if TYPE_CHECKING:
    from functions.serve.box.runner import BoxedRunner
    from functions.serve.run.runner import Runner


def make_runner(
    settings: Settings, catalog: Catalog, *, served: bool = False
) -> Runner | BoxedRunner:
    """`served`: behind a platform that ends a request at its time-out."""
    if settings.box:
        from functions.serve.box.runner import BoxedRunner

        return BoxedRunner(settings, catalog, served=served)
    from functions.serve.run.runner import Runner

    return Runner(settings, catalog, served=served)
