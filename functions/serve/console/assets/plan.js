// What an operation would do, before it runs: `explain` as a page, with the framing drawn.
import { html, useEffect, useState } from "./vendor/htm-preact-3.1.1.js";
import { Raw, Wrong, go } from "./parts.js";
import { get, post } from "./server.js";
import { base, shown } from "./words.js";

const EXAMPLE = { input: "file:///camera/A001/", output: "file:///plates/A001/", frames: "1001-1024" };
const TONES = [["canvas", "#d9dce0", ""], ["effective", "#8fb8e8", "6 4"], ["protection", "#e0a84e", "2 4"], ["framing", "#6fbf85", ""]];

/** One canvas with its layers; the picture on it is lighter. */
function Canvas({ title, layers, picture }) {
  const squeeze = layers.squeeze ?? 1, wide = layers.width * squeeze, pad = wide * 0.01;
  const line = Math.max(wide, layers.height) / 360;
  const box = ([x, y, w, h]) => ({ x: x * squeeze, y, width: w * squeeze, height: h });
  const drawn = TONES.map(([name, tone, dash]) => [name, tone, dash, name === "canvas" ? [0, 0, layers.width, layers.height] : layers[name]]).filter(([, , , b]) => b);
  const said = drawn.map(([name, , , b]) => `${name} ${+b[2].toFixed(2)} x ${+b[3].toFixed(2)} at ${+b[0].toFixed(2)}, ${+b[1].toFixed(2)}`);
  return html`<figure class="gap tight" style=${{ margin: 0 }}><figcaption><b>${title}</b> <span class="dim">${layers.width} × ${layers.height}${squeeze !== 1 ? `, squeeze ${squeeze}` : ""}</span></figcaption>
    <svg class="framing" viewBox=${`${-pad} ${-pad} ${wide + 2 * pad} ${layers.height + 2 * pad}`} role="img" aria-label=${`${title}: ${said.join("; ")}`}>
      ${picture && html`<rect ...${box(picture)} fill="#3a4048" />`}
      ${drawn.map(([name, tone, dash, b]) => html`<rect key=${name} ...${box(b)} fill="none" stroke=${tone} stroke-width=${line} stroke-dasharray=${dash.split(" ").map((n) => n && n * line).join(" ")} />`)}
      ${layers.framing && html`<path d=${`M${(layers.framing[0] + layers.framing[2] / 2) * squeeze - 8 * line} ${layers.framing[1] + layers.framing[3] / 2}h${16 * line}m${-8 * line} ${-8 * line}v${16 * line}`} stroke="#6fbf85" stroke-width=${line} />`}</svg>
    <ul class="bare small">${said.map((text, i) => html`<li key=${i}><svg width="18" height="8" aria-hidden="true"><path d="M0 4h18" stroke=${drawn[i][1]} stroke-width="2" stroke-dasharray=${drawn[i][2]} /></svg> ${text}</li>`)}</ul></figure>`;
}

function Framing({ of }) {
  const facts = [["Scale", of.scale?.map((n) => +n.toFixed(6)).join(" × ")], ["Filtered", of.filtered ? "yes" : "no, copied"], ["Padding", of.padding?.some(Boolean) ? of.padding.join(", ") : "none"]];
  return html`<section class="card gap" aria-labelledby="framing"><h2 id="framing">Framing</h2><div class="two"><${Canvas} title="Source" layers=${of.source} picture=${of.crop} /><${Canvas} title="Output" layers=${of.output} picture=${of.landing} /></div>
    <dl class="facts">${facts.map(([name, value]) => html`<dt key=${name}>${name}</dt><dd>${value}</dd>`)}</dl>${(of.notes ?? []).map((note, i) => html`<p key=${i} class="run">${shown(note)}</p>`)}</section>`;
}

function Steps({ of }) {
  return html`<section class="card gap tight" aria-labelledby="colour"><h2 id="colour">Colour, in order</h2><ol class=${of.every((step) => typeof step === "string") ? "steps plain-steps" : "steps"}>${of.map((step, i) => (typeof step === "string" ? html`<li key=${i}><span>${shown(step)}</span></li>`
    : html`<li key=${i} class=${step.state}><span>${step.state}</span><span>${shown(step.text)}</span></li>`))}</ol></section>`;
}

const simple = (value) => value === null || ["string", "number", "boolean"].includes(typeof value);
const isSpan = (value) => typeof value?.first === "number" && Object.keys(value).length === 3;
const isSize = (value) => value?.width !== undefined && Object.keys(value).length === 2;
const words = (value) => (simple(value) ? String(value) : isSpan(value) ? `${value.first}–${value.last}, ${value.count} in all` : isSize(value) ? `${value.width} × ${value.height}` : Array.isArray(value) && value.every(simple) ? value.join(", ") : Object.entries(value).filter(([, v]) => simple(v) && v !== null).map(([k, v]) => `${k} ${v}`).join(", "));
const DRAWN = ["steps", "colour", "framing", "decisions", "assumed", "limits_broken", "request", "unit", "operation", "clips", "drawing", "remarks", "done_already"];

function Told({ plan }) {
  const told = { ...plan, ...(plan.decisions ?? {}) };
  const facts = Object.entries(told).filter(([name, value]) => !DRAWN.includes(name) && value !== null && words(value));
  const assumed = Object.entries(plan.assumed ?? {});
  return html`<div class="gap">
    ${(plan.limits_broken ?? []).map((text, i) => html`<div key=${i} class="card cause" role="alert"><b class="bad">Over the limits: </b>${shown(text)}</div>`)}
    <section class="card gap tight" aria-labelledby="what"><div class="row"><h2 id="what" class="grow">${shown(plan.operation ?? "")}</h2>${plan.done_already && html`<span class="pill good">done already</span>`}</div>
      <dl class="facts">${facts.map(([name, value]) => html`<dt key=${name}>${shown(name.replaceAll("_", " "))}</dt><dd>${shown(words(value))}</dd>`)}</dl></section>
    ${told.framing?.source && html`<${Framing} of=${told.framing} />`}
    ${(told.steps ?? told.colour)?.length > 0 && html`<${Steps} of=${told.colour ?? told.steps} />`}
    ${told.colour && told.steps?.length > 0 && html`<${Steps} of=${told.steps} />`}
    ${assumed.length > 0 && html`<section class="card gap tight" aria-labelledby="assumed"><h2 id="assumed">Assumed</h2><dl class="facts">${assumed.map(([name, value]) => html`<dt key=${name}>${shown(name)}</dt><dd>${shown(words(value))}</dd>`)}</dl></section>`}
    ${plan.clips?.length > 0 && html`<section class="card wide" aria-labelledby="units"><h2 id="units">Clips and units</h2><table><thead><tr><th>Clip</th><th>Operation</th><th>Frames</th><th class="n">Units</th></tr></thead><tbody>${plan.clips.slice(0, 500).map((clip) => html`<tr key=${clip.clip}><td>${shown(clip.name)}${clip.problem && html`<p class="bad">${shown(clip.problem.detail)}</p>`}</td><td>${shown(clip.operation)}</td><td>${shown(clip.frames ?? "–")}</td><td class="n">${clip.units.length}</td></tr>`)}</tbody></table></section>`}
    ${(told.remarks ?? []).map((text, i) => html`<p key=${i} class="run">${shown(text)}</p>`)}
    <${Raw} title="Plan as JSON" value=${plan} /></div>`;
}

export function PlanPage({ query, me, out }) {
  const [operation, setOperation] = useState(me.operations[0]);
  const [text, setText] = useState(JSON.stringify(EXAMPLE, null, 1));
  const [plan, setPlan] = useState(null);
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const explain = async (what, request) => {
    setBusy(true);
    setPlan(null);
    try { setPlan(await post(what, { ...request, explain: true })); setProblem(null); } catch (wrong) {
      if (wrong.status === 401) return out();
      setProblem(wrong);
    }
    setBusy(false);
  };
  useEffect(() => {
    if (!query.at) return;
    get("clip", { output: query.at, clip: query.clip }).then((clip) => {
      setOperation(clip.operation);
      setText(JSON.stringify(clip.request, null, 1));
      explain(clip.operation, clip.request);
    }, setProblem);
  }, []);
  const send = (event) => {
    event.preventDefault();
    let request;
    try { request = JSON.parse(text); } catch (wrong) { return setProblem({ code: "invalid_request", detail: `The request is not JSON: ${wrong.message}` }); }
    return explain(operation, request);
  };
  return html`<div class="gap">${query.at && html`<p class="small"><a href=${go("job", { at: query.at })}>${shown(base(query.at))}</a> <span class="dim">/ plan of clip ${Number(query.clip) + 1}</span></p>`}
    <div class="gap tight"><h1>Plan</h1><p class="dim">What would be done, from headers only; nothing is written.</p></div>
    <div class="viewer"><div>${plan ? html`<${Told} plan=${plan} />` : html`<${Wrong} problem=${problem} />${!problem && html`<p class="card dim">${busy ? "Reading headers." : "Write a request and explain it: frames, canvas, framing, colour steps, names and what is assumed."}</p>`}`}</div>
      <form class="card gap tight" onSubmit=${send}><label class="gap tight">Operation<select value=${operation} onChange=${(e) => setOperation(e.target.value)}>${me.operations.map((name) => html`<option key=${name} value=${name}>${name}</option>`)}</select></label>
        <label class="gap tight">Request<textarea class="mono" spellcheck=${false} rows="14" value=${text} onInput=${(e) => setText(e.target.value)}></textarea></label>
        <div><button class="first" type="submit" disabled=${busy}>Explain</button></div></form></div></div>`;
}
