"""A small stand-in of AYON's server: GraphQL to ask, REST to add, 409 for what stands already.

References
----------
ynput/ayon-backend: api/{products,versions,representations}, ayon_server/graphql,
ayon_server/lib/postgres_exceptions.py, ayon_server/entities/models/submodels.py.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, request
from graphql import build_schema, graphql_sync

from tests.examples.tracker import Row, Table

KEY = "key"
_SCHEMA = build_schema(
    """
    type Query { project(name: String!): Project }
    type Project {
      folders(paths: [String!], first: Int, after: String): Found!
      products(names: [String!], folderIds: [String!], first: Int, after: String): Found!
      versions(versions: [Int!], productIds: [String!], first: Int, after: String): Found!
      representations(
        names: [String!], versionIds: [String!], first: Int, after: String
      ): Found!
    }
    type Found { edges: [Edge!]! pageInfo: Page! }
    type Edge { node: Node! cursor: String }
    type Page { hasNextPage: Boolean! endCursor: String startCursor: String }
    type Node { id: String! name: String version: Int active: Boolean }
    """
)
# Arguments of the four questions, as fields of rows.
_FIELDS = {
    "paths": "path",
    "names": "name",
    "folderIds": "folderId",
    "versions": "version",
    "productIds": "productId",
    "versionIds": "versionId",
}
_HASHES = {"md5", "sha1", "sha256", "op3"}


class Ayon:
    """One project with one shot's folder."""

    def __init__(self) -> None:
        self.down = False
        self.tables = {
            "folders": Table("path"),
            "products": Table("name", "folderId"),
            "versions": Table("version", "productId"),
            "representations": Table("name", "versionId"),
        }
        self.folder = self.tables["folders"].add(path="/shots/ABC/ABC_010", name="ABC_010")
        self.app = self._app()

    def find(self, kind: str, **wanted: Any) -> dict[str, Any]:
        """An answer of GraphQL: rows whose fields have one of these values."""
        lists = {_FIELDS[k]: v for k, v in wanted.items() if k in _FIELDS}
        rows = [
            row
            for row in self.tables[kind].rows
            if all(row.get(name) in values for name, values in lists.items())
        ]
        page = {"hasNextPage": False, "endCursor": None}
        return {"edges": [{"node": {"active": True, **row}} for row in rows], "pageInfo": page}

    def _project(self, _: Any, name: str) -> dict[str, Any] | None:
        def finder(kind: str) -> Any:
            return lambda info, **wanted: self.find(kind, **wanted)

        return {kind: finder(kind) for kind in self.tables} if name == "demo" else None

    def _app(self) -> Flask:
        app = Flask("ayon")

        @app.before_request
        def guard() -> Any:
            if self.down:
                return {"detail": "no"}, 500
            keys = (request.headers.get("X-Api-Key"), request.headers.get("Authorization"))
            if request.path not in ("/", "/api/info") and not {KEY, f"Bearer {KEY}"} & set(keys):
                return {"detail": "no key"}, 401
            return None

        @app.get("/")
        @app.get("/api/info")
        def info() -> Any:
            return {"version": "1.12.0"}

        @app.get("/api/users/me")
        def me() -> Any:
            return {"name": "service"}

        @app.post("/graphql")
        def graphql() -> Any:
            asked = request.get_json()
            root = {"project": self._project}
            found = graphql_sync(_SCHEMA, asked["query"], root, variable_values=asked["variables"])
            assert not found.errors, found.errors
            return {"data": found.data}

        @app.post("/api/projects/demo/<kind>")
        def add(kind: str) -> Any:
            row: Row = request.get_json()
            for file in row.get("files", ()):
                assert file["id"] and file["path"] and file.get("hash_type", "md5") in _HASHES
            if self.tables[kind].add(**row) is None:
                return {"detail": "a row like this exists"}, 409
            return {"id": row["id"]}, 201

        @app.patch("/api/projects/demo/<kind>/<which>")
        def update(kind: str, which: str) -> Any:
            (row,) = self.tables[kind].find(id=which)
            row.update(request.get_json())
            return "", 204

        return app
