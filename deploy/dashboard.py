"""knative/grafana/rushes.json: a Grafana dashboard of what /metrics tells, from `panels.py`.

To be imported by hand, or as the ConfigMap that the component beside it makes. Only labels that
the functions expose themselves are used: whatever a cluster's Prometheus adds, it works.
"""

from __future__ import annotations

import json
from typing import Any

from deploy.panels import ROWS, Panel

_DATA = {"type": "prometheus", "uid": "${datasource}"}
_COLUMNS = 24

_COMPONENT = """\
# A component: the dashboard as a ConfigMap, for Grafana's sidecar (label grafana_dashboard).
# Written by `python -m deploy`.
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
configMapGenerator:
  - name: rushes-dashboard
    files: [rushes.json]
    options:
      disableNameSuffixHash: true
      labels:
        app.kubernetes.io/part-of: rushes
        grafana_dashboard: "1"
      annotations:
        grafana_folder: rushes
"""


def dashboard() -> str:
    """The JSON of the file, with a final newline."""
    panels: list[dict[str, Any]] = []
    top = 0
    for title, row in ROWS.items():
        panels.append(
            {
                "id": len(panels) + 1,
                "type": "row",
                "title": title,
                "collapsed": False,
                "gridPos": {"x": 0, "y": top, "w": _COLUMNS, "h": 1},
                "panels": [],
            }
        )
        left, height = 0, 4 if row[0].kind == "stat" else 8
        for panel in row:
            place = {"x": left, "y": top + 1, "w": panel.wide, "h": height}
            panels.append(_panel(panel, len(panels) + 1, place))
            left += panel.wide
        top += 1 + height
    return json.dumps(_whole(panels), indent=1) + "\n"


def component() -> str:
    """The kustomization that makes a ConfigMap of it."""
    return _COMPONENT


def _panel(panel: Panel, number: int, place: dict[str, int]) -> dict[str, Any]:
    fields: dict[str, Any] = {"unit": panel.unit, "min": 0}
    options: dict[str, Any] = {"reduceOptions": {"calcs": ["lastNotNull"]}}
    if panel.kind == "timeseries":
        fields["custom"] = {
            "fillOpacity": 20 if panel.stacked else 0,
            "stacking": {"mode": "normal" if panel.stacked else "none"},
        }
        options = {"tooltip": {"mode": "multi", "sort": "desc"}}
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.about,
        "datasource": _DATA,
        "gridPos": place,
        "fieldConfig": {"defaults": fields, "overrides": []},
        "options": options,
        "targets": [
            {
                "refId": chr(ord("A") + n),
                "datasource": _DATA,
                "expr": query,
                "legendFormat": legend,
                "range": True,
            }
            for n, (legend, query) in enumerate(panel.queries.items())
        ],
    }


def _whole(panels: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "uid": "rushes",
        "title": "rushes",
        "description": "Functions for camera files: units, frames, seconds, starts, errors.",
        "tags": ["rushes"],
        "schemaVersion": 39,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {
            "list": [
                {"name": "datasource", "type": "datasource", "query": "prometheus"},
                {
                    "name": "operation",
                    "type": "query",
                    "datasource": _DATA,
                    "query": "label_values(rushes_units_total, operation)",
                    "includeAll": True,
                    "multi": True,
                    "allValue": ".*",
                    "current": {"text": "All", "value": "$__all"},
                    "refresh": 2,
                    "sort": 1,
                },
            ]
        },
        "panels": panels,
    }
