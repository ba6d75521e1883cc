"""One AMF or FDL for all clips, or a folder that holds one for each."""

from __future__ import annotations

from functions.contract import uris
from functions.contract.errors import InvalidRequest, SourceNotFound
from functions.contract.store import Store
from functions.turnover.names import key_of
from functions.turnover.placing import Media


class SidecarFolder:
    """Which sidecar goes with a clip.

    Raises SourceNotFound for a place that is not there, InvalidRequest for a folder without
    a file of the kind, or with two of one name.
    """

    def __init__(self, uri: str | None, suffix: str, store: Store, field: str) -> None:
        self._all: str | None = None
        self._kind = suffix.lstrip(".").upper()
        self._by_key: dict[str, str] = {}
        if uri is None:
            return
        if not uri.endswith("/"):
            try:
                store.stat(uri)
            except (InvalidRequest, SourceNotFound):
                # A folder is told from a missing file by what is in it.
                if next(iter(store.list(uris.folder(uri))), None) is None:
                    raise
            else:
                self._all = uri
                return
        for stat in store.list(uris.folder(uri)):
            name = uris.basename(stat.uri)
            if name.lower().endswith(suffix):
                other = self._by_key.setdefault(key_of(name), stat.uri)
                if other != stat.uri:
                    raise InvalidRequest(
                        f"{uris.basename(other)} and {name} are of one clip: which of them is "
                        "meant cannot be told",
                        field=field,
                    )
        if not self._by_key:
            raise InvalidRequest(f"{uri} holds no {suffix} file", field=field)

    def of(self, media: Media) -> str | None:
        """The URI for a clip; None where the folder has none of its name or reel."""
        if self._all is not None:
            return self._all
        if not self._by_key:
            return None
        keys = (key_of(media.name), key_of(media.reel or ""))
        return next((self._by_key[key] for key in keys if key in self._by_key), None)

    def missed(self, media: Media) -> str | None:
        """A sentence where a folder was asked and has none for a clip."""
        if self._by_key and self.of(media) is None:
            return f"no {self._kind} of the folder is its clip's: it goes without one"
        return None
