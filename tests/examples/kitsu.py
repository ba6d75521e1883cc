"""A small stand-in of Zou, Kitsu's server: what registers an output file of a shot.

Like the real one it takes a bearer token, finds by query, refuses a second output file of the same
name, type, task, representation and revision with 400, and answers 400 after it has made one where
the project has no file tree.

References
----------
cgwire/zou: zou/app/blueprints/files/resources.py (NewEntityOutputFileResource),
zou/app/services/files_service.py (create_new_output_revision), zou/app/models/output_file.py.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, request

from tests.examples.tracker import Table

TOKEN = "bot"
_KEY = ("name", "entity_id", "output_type_id", "task_type_id", "representation", "revision")


class Kitsu:
    """One project with one sequence, shot and task type."""

    def __init__(self, *, file_tree: bool = True) -> None:
        self.file_tree = file_tree
        self.down = False
        self.tables = {
            name: Table()
            for name in ("projects", "sequences", "shots/all", "output-types", "task-types")
        }
        self.files = Table(*_KEY)
        project = self.tables["projects"].add(name="demo")
        sequence = self.tables["sequences"].add(name="ABC", project_id=project["id"])
        self.shot = self.tables["shots/all"].add(name="ABC_010", sequence_id=sequence["id"])
        self.tables["task-types"].add(name="Compositing")
        self.app = self._app()

    def _app(self) -> Flask:
        app = Flask("kitsu")

        @app.before_request
        def guard() -> Any:
            if self.down:
                return {"message": "no"}, 500
            if request.headers.get("Authorization") != f"Bearer {TOKEN}":
                return {"message": "no token"}, 401
            return None

        @app.get("/api/data/<path:kind>")
        def find(kind: str) -> Any:
            if kind.startswith("entities/"):
                wanted = {**request.args.to_dict(), "entity_id": kind.split("/")[1]}
                return self.files.find(**wanted)
            if kind not in self.tables:
                return {"message": kind}, 404
            return self.tables[kind].find(**request.args.to_dict())

        @app.post("/api/data/output-types")
        def new_type() -> Any:
            return self.tables["output-types"].add(**request.get_json()), 201

        @app.post("/api/data/entities/<entity>/output-files/new")
        def new_file(entity: str) -> Any:
            file = self.files.add(**request.get_json(), entity_id=entity)
            if file is None:
                return {"error": "The given output file already exists."}, 400
            if not self.file_tree:
                return {"error": "No tree can be found."}, 400
            return file, 201

        @app.put("/api/data/output-files/<which>")
        def update(which: str) -> Any:
            (file,) = self.files.find(id=which)
            file.update(request.get_json())
            return file

        return app
