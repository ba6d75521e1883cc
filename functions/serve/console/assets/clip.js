// One clip: what it was and what was made of it, frame by frame.
import { html, useEffect, useRef, useState } from "./vendor/htm-preact-3.1.1.js";
import { counted, Histogram } from "./histogram.js";
import { Choices, Findings, Raw, Thumb, Wrong, go } from "./parts.js";
import { get, picture, post } from "./server.js";
import { base, count, place, shown, took } from "./words.js";

const MODES = [["wipe", "Wipe"], ["beside", "Side by side"], ["source", "Source"], ["made", "Result"]];
const WORDS = { d: ["done", "good"], f: ["failed", "bad"], ".": ["to do", "dim"], r: ["running", "run"] };
const WIDTH = 960;

/** One side of the stage: the picture that stood stays until the next one is there. */
function Side({ side, src, ready }) {
  const [at, setAt] = useState(null);
  const [none, setNone] = useState("");
  useEffect(() => {
    let over = false;
    setNone("");
    if (!src) return undefined;
    const image = new Image();
    image.src = src;
    image.decode().then(() => { if (!over) { setAt(src); ready(image); } }, () => {
      if (!over) { setAt(null); setNone("This frame cannot be shown."); ready(null); }
    });
    return () => { over = true; };
  }, [src]);
  return at ? html`<img class=${side} src=${at} alt=${side === "made" ? "The result" : "The source"} draggable="false" />`
    : html`<div class=${`none ${side}`}>${src ? none : ""}</div>`;
}

function Viewer({ clip, at }) {
  const frames = clip.made.length ? clip.made : clip.source;
  const both = clip.made.length > 0 && clip.source.some((n) => n !== null);
  const [mode, setMode] = useState(both ? "wipe" : clip.made.length ? "made" : "source");
  const [frame, setFrame] = useState(Math.floor(frames.length / 2));
  const [wipe, setWipe] = useState(50);
  const [tones, setTones] = useState({});
  const stage = useRef(null);
  const src = (side) => picture("frame", { output: at, clip: clip.clip, side, at: frame, width: WIDTH, v: clip.made.length });
  const sides = { made: mode !== "source" && clip.made.length > 0, source: mode !== "made" && (both || !clip.made.length) };
  const step = (by) => setFrame((now) => Math.min(frames.length - 1, Math.max(0, now + by)));
  const ready = (side) => (image) => setTones((before) => ({ ...before, [side]: image ? counted(image) : null }));
  const key = (event) => {
    const moves = { ArrowRight: 1, ArrowLeft: -1, PageDown: 10, PageUp: -10, ".": 1, ",": -1, Home: -1e9, End: 1e9 };
    if (moves[event.key]) { event.preventDefault(); step(moves[event.key]); }
    if (event.key === "[" || event.key === "]") setWipe((now) => Math.min(100, Math.max(0, now + (event.key === "]" ? 5 : -5))));
    const chosen = MODES[Number(event.key) - 1];
    if (chosen && both) setMode(chosen[0]);
  };
  const drag = (event) => {
    if (mode !== "wipe" || !(event.buttons & 1)) return;
    const box = stage.current.getBoundingClientRect();
    setWipe(Math.min(100, Math.max(0, (100 * (event.clientX - box.left)) / box.width)));
  };
  const source = clip.source[frame], made = clip.made[frame];
  return html`<div class="viewer"><div class="gap tight">
    <div ref=${stage} class=${`stage ${mode}`} style=${{ "--wipe": `${wipe}%` }} tabindex="0" role="group" aria-label="Picture: arrow keys step frames, brackets move the wipe, 1 to 4 choose what is shown"
      onKeyDown=${key} onPointerDown=${drag} onPointerMove=${drag}>
      ${sides.source && html`<${Side} key="source" side="source" src=${src("source")} ready=${ready("source")} />`}
      ${sides.made && html`<${Side} key="made" side="made" src=${src("made")} ready=${ready("made")} />`}
      ${mode === "wipe" && html`<span class="edge"></span>`}
      ${sides.source && html`<span class="tag l">source ${source ?? ""}</span>`}${sides.made && html`<span class="tag r">result ${made}</span>`}</div>
    <div class="row"><button aria-label="One frame back" onClick=${() => step(-1)} disabled=${frame === 0}>◀</button>
      <label class="grow"><span class="unseen">Frame</span><input type="range" min="0" max=${frames.length - 1} value=${frame} aria-valuetext=${`frame ${frames[frame]}`} onInput=${(e) => setFrame(Number(e.target.value))} /></label>
      <button aria-label="One frame on" onClick=${() => step(1)} disabled=${frame >= frames.length - 1}>▶</button>
      <span class="mono">${frames[frame]} <span class="dim">${frame + 1}/${frames.length}</span></span></div></div>
  <div class="side">${both && html`<${Choices} label="What is shown" of=${MODES} chosen=${mode} choose=${setMode} />`}
    ${both && mode === "wipe" && html`<label class="small">Wipe<input type="range" min="0" max="100" value=${wipe} onInput=${(e) => setWipe(Number(e.target.value))} /></label>`}
    ${sides.source && html`<${Histogram} title="source" of=${tones.source} />`}${sides.made && html`<${Histogram} title="result" of=${tones.made} />`}
    <p class="small dim">Rec.709 through the clip's own look, ${WIDTH} pixels wide; the source by the draft debayer. For looking, not for measuring.</p></div></div>`;
}

/** The delivery of the clip, checked when somebody asks. */
function Lint({ clip }) {
  const [told, setTold] = useState(null);
  const [busy, setBusy] = useState(false);
  const ask = async () => {
    setBusy(true);
    try { setTold((await post("lint", { input: clip.output })).report); } catch (problem) { setTold({ problem }); }
    setBusy(false);
  };
  return html`<section class="card gap tight" aria-labelledby="lint"><div class="row"><h2 id="lint" class="grow">Lint</h2><button disabled=${busy} onClick=${ask}>${busy ? "Checking" : "Check the delivery"}</button></div>
    ${told?.problem && html`<${Wrong} problem=${told.problem} />`}
    ${told && !told.problem && html`<p role="status">${shown(told.verdict ?? "")} ${count(told.findings?.length ?? 0, "finding")}</p><${Findings} of=${told.findings ?? []} />`}</section>`;
}

export function ClipPage({ query, me, link, out }) {
  const [clip, setClip] = useState(null);
  const [problem, setProblem] = useState(null);
  const [sheet, setSheet] = useState(false);
  useEffect(() => {
    let timer = 0, closed = false;
    const look = async () => {
      let open = true;
      try {
        const told = await get("clip", { output: query.at, clip: query.clip });
        setClip(told);
        setProblem(null);
        link("poll");
        open = told.units.some((unit) => unit.state !== "d");
      } catch (wrong) {
        if (wrong.status === 401) return out();
        if (wrong.code === "away") link("off"); else setProblem(wrong);
      }
      if (open && !closed) timer = setTimeout(look, 5000);
    };
    look();
    return () => { closed = true; clearTimeout(timer); };
  }, []);
  if (!clip) return html`<div><${Wrong} problem=${problem} />${!problem && html`<p class="dim">Reading the clip's receipts.</p>`}</div>`;
  const frames = clip.made.length || clip.source.length;
  return html`<div class="gap"><p class="small"><a href=${go("job", { at: query.at })}>${shown(base(query.at))}</a> <span class="dim">/ clip ${clip.clip + 1}</span></p>
    <div class="row"><div class="grow gap tight"><h1>${shown(clip.name)}</h1><p class="mono dim small">${place(clip.input)} → ${place(clip.output)}</p></div>
      <a class="button" href=${go("plan", { at: query.at, clip: clip.clip })}>Plan</a></div>
    <${Wrong} problem=${problem ?? clip.problem} />
    ${frames > 0 ? html`<${Viewer} clip=${clip} at=${query.at} />` : html`<${Wrong} problem=${clip.unseen} />`}
    ${frames > 1 && html`<details class="card" onToggle=${(e) => setSheet(e.target.open)}><summary>Contact sheet</summary>${sheet && html`<${Thumb} className="sheet" src=${picture("sheet", { output: query.at, clip: clip.clip, v: clip.made.length })} alt=${`Contact sheet of ${shown(clip.name)}`} />`}</details>`}
    ${clip.made.length > 0 && me.operations.includes("lint") && html`<${Lint} clip=${clip} />`}
    ${clip.notes.length > 0 && html`<section class="card gap tight" aria-labelledby="notes"><h2 id="notes">Assumed and noted</h2><ul>${clip.notes.map((note, i) => html`<li key=${i}>${shown(note)}</li>`)}</ul></section>`}
    <section class="card wide" aria-labelledby="units"><h2 id="units">${count(clip.units.length, "unit")}</h2><table><thead><tr><th>Unit</th><th>Frames</th><th>State</th><th class="n">Seconds</th></tr></thead>
      <tbody>${clip.units.slice(0, 500).map((unit) => html`<tr key=${unit.unit}><td><a class="mono" href=${go("unit", { at: query.at, unit: unit.unit })}>${shown(unit.unit.slice(0, 12))}</a> <span class="dim">${shown(unit.operation)}</span></td>
        <td>${shown(unit.frames ?? "–")}</td><td class=${WORDS[unit.state][1]}>${WORDS[unit.state][0]}</td><td class="n">${took(unit.seconds)}</td></tr>`)}</tbody></table></section>
    <${Raw} title="Request" value=${clip.request} /></div>`;
}
