"""A job's report as one HTML page that needs nothing else: no script, no font, no network."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from functions.contract.receipt import STAGES
from functions.contract.uris import escaped

_STAGES = tuple(stage for stage in STAGES if stage != "total")
_TONES = ("#4c78a8", "#72b7b2", "#54a24b", "#eeca3b", "#f58518", "#b279a2")
_SHOWN = 200

_STYLE = """
:root { color-scheme: dark light; --ink: #e8e8e8; --back: #16181b; --card: #1f2226;
 --line: #33383f; --dim: #9aa3ad; --good: #5fbf77; --bad: #ff6b5e; --look: #f2b84b; }
@media (prefers-color-scheme: light) { :root { --ink: #1b1e22; --back: #f4f5f7; --card: #fff;
 --line: #d9dde2; --dim: #5b6570; --good: #1d7f3b; --bad: #c62f21; --look: #8a5a00; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1200px; padding: 24px; background: var(--back);
 color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 24px; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 18px; margin: 32px 0 8px; }
p.where { color: var(--dim); margin: 0 0 16px; overflow-wrap: anywhere; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); gap: 8px; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 8px;
 padding: 8px 12px; }
.tile b { display: block; font-size: 22px; font-weight: 600; }
.tile span { color: var(--dim); }
.done { color: var(--good); } .failed { color: var(--bad); } .running { color: var(--look); }
.bar { display: flex; height: 18px; border-radius: 4px; overflow: hidden; margin: 8px 0; }
.bar i { display: block; }
.key span { display: inline-block; margin-right: 16px; color: var(--dim); }
.key i { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 6px; }
.clip { background: var(--card); border: 1px solid var(--line); border-radius: 8px;
 padding: 12px 16px; margin: 12px 0; }
.clip h3 { margin: 0; font-size: 16px; overflow-wrap: anywhere; }
.clip p { margin: 4px 0; color: var(--dim); overflow-wrap: anywhere; }
.frames { display: flex; flex-wrap: wrap; gap: 8px; margin: 8px 0; }
figure { margin: 0; } figure img { display: block; max-width: 100%; border-radius: 4px; }
figcaption { color: var(--dim); font-size: 13px; }
ul { margin: 4px 0; padding-left: 20px; } li { overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
.wide { overflow-x: auto; }
th, td { text-align: left; padding: 3px 12px 3px 0; border-bottom: 1px solid var(--line);
 font-variant-numeric: tabular-nums; }
th { color: var(--dim); font-weight: 500; }
details { margin: 8px 0; } summary { cursor: pointer; }
"""


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small picture: PNG or JPEG bytes, and what stands below it."""

    content: bytes
    caption: str
    width: int
    height: int

    @property
    def kind(self) -> str:
        """Its media type."""
        return "image/png" if self.content.startswith(b"\x89PNG") else "image/jpeg"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipPage:
    """One clip of the page.

    row : its line of the job report (`report.Ledger`)
    units : (frames, unit, seconds in total, seconds by stage) of each receipt
    warnings : what was assumed, found or noted, a sentence each
    thumbnails : first, middle and last frame
    """

    row: Mapping[str, Any]
    units: Sequence[tuple[str, str, float, Mapping[str, float]]] = ()
    warnings: Sequence[str] = ()
    thumbnails: Sequence[Thumbnail] = field(default=())


def job_page(report: Mapping[str, Any], clips: Iterable[ClipPage]) -> bytes:
    """The page, UTF-8. Every text of a clip or error is escaped: names come from cameras."""
    clips = list(clips)
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        # Whatever a name holds, nothing of the page runs or is fetched.
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">",
        f"<title>{_text(report['job'])}: {_text(report['state'])}</title>",
        f"<style>{_STYLE}</style></head><body>",
        f"<h1>Job {_text(report['job'])}: "
        f'<span class="{_text(report["state"])}">{_text(report["state"])}</span></h1>',
        f'<p class="where">{_text(report["output"])}</p>',
        _tiles(report),
        _bar(report.get("seconds", {})),
        *_failures(report.get("failures", ())),
        f"<h2>Clips ({len(clips)})</h2>",
        *(part for clip in clips for part in _clip(clip)),
        "</body></html>",
    ]
    return "\n".join(parts).encode()


def _tiles(report: Mapping[str, Any]) -> str:
    stands = int(report.get("done", 0)) + int(report.get("reused", 0))
    tiles = [
        (f"{stands} of {report['units']}", "units done"),
        (str(report.get("failed", 0)), "failed"),
        (str(report.get("frames", 0)), "frames"),
        (str(report.get("retries", 0)), "retries"),
    ]
    if report.get("wall_seconds"):
        tiles.append((_duration(float(report["wall_seconds"])), "last dispatch"))
        tiles.append((f"{float(report.get('frames_per_second', 0)):.2f}", "frames a second"))
    body = "".join(
        f'<div class="tile"><b>{_text(value)}</b><span>{_text(name)}</span></div>'
        for value, name in tiles
    )
    return f'<div class="tiles">{body}</div>'


def _bar(seconds: Mapping[str, float]) -> str:
    """Where the units' time went."""
    spent = [
        (name, float(seconds.get(name, 0)), tone)
        for name, tone in zip(_STAGES, _TONES, strict=True)
    ]
    total = sum(value for _, value, _ in spent)
    if not total:
        return ""
    bars = "".join(
        f'<i style="width:{value / total:.4%};background:{tone}"></i>'
        for _, value, tone in spent
        if value
    )
    keys = "".join(
        f'<span><i style="background:{tone}"></i>{name} {_duration(value)}, '
        f"{value / total:.0%}</span>"
        for name, value, tone in spent
        if value
    )
    return (
        f"<h2>Seconds in all units</h2>"
        f'<div class="bar" role="img" aria-label="seconds by stage">{bars}</div>'
        f'<div class="key">{keys}</div>'
    )


def _failures(failures: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    if not failures:
        return
    yield f'<h2 class="failed">Failed ({len(failures)})</h2><ul>'
    for each in failures[:_SHOWN]:
        problem = each["problem"]
        where = f" frames {each['frames']}" if each.get("frames") else ""
        yield (
            f"<li>{_text(each['input'])}{_text(where)}: <b>{_text(problem.get('code', ''))}</b>: "
            f"{_text(problem.get('detail', ''))}</li>"
        )
    if len(failures) > _SHOWN:
        yield f"<li>and {len(failures) - _SHOWN} more</li>"
    yield "</ul>"


def _clip(clip: ClipPage) -> Iterable[str]:
    row = clip.row
    stands = row["done"] + row["reused"]
    state = "failed" if row["failed"] else "done" if stands == row["units"] else "running"
    what = " ".join(str(part) for part in (row["operation"], row["range"]) if part)
    yield f'<section class="clip"><h3>{_text(row["name"])} '
    yield f'<span class="{state}">{stands}/{row["units"]} units</span></h3>'
    yield f"<p>{_text(what)}: {_text(row['input'])}</p>"
    yield (
        f"<p>{row['frames']} frames, {_duration(float(row['seconds']))} of one core: "
        f"{_text(row['output'] or '')}</p>"
    )
    if clip.thumbnails:
        yield '<div class="frames">'
        for each in clip.thumbnails:
            data = base64.b64encode(each.content).decode()
            yield (
                f'<figure><img alt="{_text(each.caption)}" width="{each.width}" '
                f'height="{each.height}" src="data:{each.kind};base64,{data}">'
                f"<figcaption>{_text(each.caption)}</figcaption></figure>"
            )
        yield "</div>"
    if clip.warnings:
        yield f'<details open><summary class="running">Notes ({len(clip.warnings)})</summary><ul>'
        yield from (f"<li>{_text(each)}</li>" for each in clip.warnings[:_SHOWN])
        yield "</ul></details>"
    if clip.units:
        yield f"<details><summary>Units ({len(clip.units)})</summary>"
        yield '<div class="wide"><table><tr><th>frames</th><th>seconds</th>'
        yield "".join(f"<th>{name}</th>" for name in _STAGES) + "<th>unit</th></tr>"
        for frames, unit, seconds, stages in clip.units[:_SHOWN]:
            cells = "".join(f"<td>{float(stages.get(name, 0)):.2f}</td>" for name in _STAGES)
            row_of = f"<td>{_text(frames)}</td><td>{seconds:.2f}</td>{cells}<td>{_text(unit)}</td>"
            yield f"<tr>{row_of}</tr>"
        yield "</table></div></details>"
    yield "</section>"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


def _text(value: object) -> str:
    return escape(escaped(str(value)), quote=True)
