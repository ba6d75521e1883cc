// One unit: its receipt, or what it failed of, with log lines and trace.
import { html, useEffect, useState } from "./vendor/htm-preact-3.1.1.js";
import { Raw, Wrong, go } from "./parts.js";
import { get } from "./server.js";
import { base, count, place, shown, size, took } from "./words.js";

const STAGES = ["fetch", "decode", "debayer", "colour", "encode", "commit"];
const MOST = 300;

function Seconds({ of }) {
  const total = STAGES.reduce((sum, name) => sum + (of[name] ?? 0), 0);
  if (!total) return null;
  const parts = STAGES.map((name, i) => [name, of[name] ?? 0, i]).filter(([, spent]) => spent > 0);
  return html`<div class="gap tight"><div class="stages" role="img" aria-label=${parts.map(([name, spent]) => `${name} ${took(spent)}`).join(", ")}>
      ${parts.map(([name, spent, i]) => html`<i key=${name} class=${`s${i}`} style=${{ "--part": spent / total }}></i>`)}</div>
    <div class="key">${parts.map(([name, spent, i]) => html`<span key=${name}><i class=${`s${i}`}></i>${name} ${spent.toFixed(2)} s</span>`)}</div></div>`;
}

function Files({ title, files }) {
  return files.length > 0 && html`<details class="card wide" open=${files.length <= 12}><summary>${title}: ${count(files.length, "file")}, ${size(files.reduce((sum, f) => sum + f.bytes, 0))}</summary>
    <table><thead><tr><th>File</th><th class="n">Bytes</th><th>xxh64</th></tr></thead><tbody>${files.slice(0, MOST).map((file) => html`<tr key=${file.uri}><td class="mono" title=${shown(file.uri)}>${shown(base(file.uri))}</td><td class="n">${file.bytes.toLocaleString("en")}</td><td class="mono dim">${file.xxh64 ?? "–"}</td></tr>`)}</tbody></table>
    ${files.length > MOST && html`<p class="dim">The first ${MOST}; the receipt below has all.</p>`}</details>`;
}

function Failed({ problem, unit }) {
  const said = Object.entries(problem).filter(([name]) => !["type", "title", "detail", "log", "unit", "operation"].includes(name));
  return html`<section class="card cause gap tight" aria-label="Failure"><p><b class="bad">${shown(problem.title ?? problem.code)}</b></p><p>${shown(problem.detail)}</p>
    <dl class="facts">${said.map(([name, value]) => html`<dt key=${name}>${shown(name)}</dt><dd class="mono">${shown(typeof value === "object" ? JSON.stringify(value) : value)}</dd>`)}</dl></section>`;
}

export function UnitPage({ query, link, out }) {
  const [unit, setUnit] = useState(null);
  const [problem, setProblem] = useState(null);
  useEffect(() => {
    get("unit", { output: query.at, unit: query.unit }).then((told) => { setUnit(told); link(""); }, (wrong) => {
      if (wrong.status === 401) out(); else setProblem(wrong);
    });
  }, []);
  if (!unit) return html`<div><${Wrong} problem=${problem} />${!problem && html`<p class="dim">Reading the receipt.</p>`}</div>`;
  const receipt = unit.receipt, log = [...(unit.log ?? []), ...(unit.problem?.log ? [unit.problem.log] : [])];
  const trace = receipt?.machine?.trace ?? unit.problem?.trace ?? log.map((line) => line.match(/trace_id["=: ]+([0-9a-f]{32})/)?.[1]).find(Boolean);
  const machine = Object.entries(receipt?.machine ?? {}).filter(([name]) => name !== "trace").map(([name, value]) => `${name} ${typeof value === "object" ? Object.values(value).join(" ") : value}`).join(", ");
  return html`<div class="gap"><p class="small"><a href=${go("job", { at: query.at })}>${shown(base(query.at))}</a> <span class="dim">/</span> <a href=${go("clip", { at: query.at, clip: unit.clip })}>${shown(unit.name)}</a></p>
    <div class="gap tight"><h1>${shown(unit.operation)} ${shown(unit.frames ?? "")}</h1><p class="mono dim small">unit ${shown(unit.unit)}</p></div>
    ${!receipt && !unit.problem && html`<p class="card">No receipt stands yet: the unit is still to be done.</p>`}
    ${unit.problem && html`<${Failed} problem=${unit.problem} />`}
    ${receipt && html`<section class="card gap" aria-label="Receipt"><dl class="facts"><dt>State</dt><dd class="good">${shown(receipt.status)}</dd>
      ${receipt.frames && html`<dt>Frames</dt><dd>${count(receipt.frames.count, "frame")}, ${receipt.frames.first}–${receipt.frames.last}</dd>`}
      <dt>Took</dt><dd>${took(receipt.seconds.total)}</dd><dt>Made by</dt><dd>rushes ${shown(receipt.rushes)}</dd><dt>Machine</dt><dd>${shown(machine)}</dd>
      ${Object.entries(receipt.assumed ?? {}).map(([name, value]) => html`<dt key=${name}>Assumed ${shown(name)}</dt><dd>${shown(typeof value === "object" ? JSON.stringify(value) : value)}</dd>`)}</dl>
      <${Seconds} of=${receipt.seconds} /></section>`}
    ${trace && html`<p><span class="dim">Trace </span><span class="mono">${trace}</span></p>`}
    ${log.length > 0 && html`<section class="card gap tight" aria-labelledby="log"><h2 id="log">Log</h2><pre tabindex="0" aria-label="Log lines">${shown(log.join("\n"))}</pre></section>`}
    ${receipt && html`<${Files} title="Outputs" files=${receipt.outputs} /><${Files} title="Inputs" files=${receipt.inputs} />`}
    <${Raw} title="Request" value=${unit.request} />${receipt && html`<${Raw} title="Receipt as it stands" value=${receipt} />`}
    <p class="mono dim small">${place(unit.output)}</p></div>`;
}
