// One job: how far it is, what failed and why, and its clips.
import { html, useEffect, useRef, useState } from "./vendor/htm-preact-3.1.1.js";
import { Bar, Choices, Findings, Pill, Stats, Thumb, Wrong, go, marked } from "./parts.js";
import { follow, picture, post } from "./server.js";
import { base, count, place, rate, shown, since, took } from "./words.js";

const PAGE = 60;
const KINDS = [["all", "All"], ["left", "To do"], ["failed", "Failed"], ["done", "Done"], ["found", "Findings"]];

const tally = (row) => {
  const [done, running] = ["d", "r"].map((state) => row.states.split(state).length - 1);
  return { done, running, failed: row.problem ? 1 : row.states.split("f").length - 1, total: row.units || (row.problem ? 1 : 0) };
};
const FITS = {
  all: () => true, left: (row, n) => n.done + n.failed < n.total, failed: (row, n) => n.failed > 0,
  done: (row, n) => n.done === n.total, found: (row) => row.findings > 0,
};

/** Every unit as a small square, in the job's order. */
function UnitMap({ rows, open }) {
  const ref = useRef(null);
  const units = rows.flatMap((row) => [...(row.problem && !row.units ? "f" : row.states)].map((state) => [state, row.clip]));
  const [width, setWidth] = useState(0);
  const cell = units.length > 4000 ? 5 : units.length > 1200 ? 7 : units.length > 300 ? 9 : 12;
  const across = Math.max(1, Math.floor(width / cell));
  useEffect(() => {
    const seen = new ResizeObserver(([entry]) => setWidth(entry.contentRect.width));
    seen.observe(ref.current);
    return () => seen.disconnect();
  }, []);
  useEffect(() => {
    const canvas = ref.current, dots = devicePixelRatio || 1, style = getComputedStyle(canvas);
    if (!width) return;
    const tall = Math.ceil(units.length / across) * cell;
    canvas.width = width * dots;
    canvas.height = tall * dots;
    canvas.style.height = `${tall}px`;
    const ink = canvas.getContext("2d");
    ink.scale(dots, dots);
    const tone = { d: style.getPropertyValue("--good-fill"), f: style.getPropertyValue("--bad-fill"), r: style.getPropertyValue("--run-fill"), ".": style.getPropertyValue("--wait-fill") };
    units.forEach(([state], i) => {
      ink.fillStyle = tone[state];
      ink.fillRect((i % across) * cell, Math.floor(i / across) * cell, cell - 1.5, cell - 1.5);
    });
  });
  const press = (event) => {
    const box = ref.current.getBoundingClientRect();
    const unit = units[Math.floor((event.clientY - box.top) / cell) * across + Math.floor((event.clientX - box.left) / cell)];
    if (unit) open(unit[1]);
  };
  return html`<canvas ref=${ref} class="map" role="img" aria-label="Units of the job in order; the clips below say the same" onClick=${press}></canvas>`;
}

function Cause({ cause, at }) {
  const many = cause.units > 1 ? `${cause.units} units of ${count(cause.clips, "clip")}` : shown(cause.first[0].name);
  const link = (each) => (each.unit ? go("unit", { at, unit: each.unit }) : go("clip", { at, clip: each.clip }));
  return html`<li class="cause gap tight"><p><b class="bad">${shown(cause.title || cause.code)}</b> <span class="dim">${many}</span></p>
    <p>${shown(cause.detail)}</p><p class="do"><b>What to do: </b>${marked(cause.advice)}</p>
    <details open=${cause.first.length < 5}><summary>${cause.units > cause.first.length ? `The first ${cause.first.length} of ${cause.units}` : count(cause.units, "unit")}</summary>
      <ul class="bare flow">${cause.first.map((each, i) => html`<li key=${i}><a href=${link(each)}>${shown(each.name)}${each.frames ? ` ${shown(each.frames)}` : ""}</a></li>`)}</ul></details></li>`;
}

function Clip({ row, at, mark }) {
  const n = tally(row), what = [row.operation, row.range].filter(Boolean).join(" ");
  // A picture is asked for anew when the clip's first and when its last unit is done.
  const version = n.done === 0 ? 0 : n.done === n.total ? 2 : 1;
  return html`<a class=${n.failed ? "clip failed" : "clip"} href=${go("clip", { at, clip: row.clip })}>
    <${Thumb} src=${picture("frame", { output: at, clip: row.clip, side: n.done ? "made" : "source", at: 0, width: 240, v: version })} alt=${`First frame of ${shown(row.name)}`} />
    <div class="about"><h3 title=${shown(row.name)}>${shown(row.name)}</h3><p class="small dim">${shown(what)}${row.frames ? `, ${count(row.frames, "frame")}` : ""}</p>
      <p class="small">${n.done === n.total && !row.problem ? html`<span class="good">done</span>` : html`<span class="dim">${n.done} of ${count(n.total, "unit")}${n.running ? `, ${n.running} running` : ""}</span>`}${n.failed ? html` <span class="bad">${n.failed} failed</span>` : ""}${row.findings ? html` <span class="run">${count(row.findings, "finding")}</span>` : ""}</p>
      <${Bar} thin done=${n.done} failed=${n.failed} running=${n.running} total=${n.total} /></div></a>`;
}

function Actions({ summary, at, me, say }) {
  const [busy, setBusy] = useState(false);
  const over = summary.state === "done";
  const tell = async (state) => {
    setBusy(true);
    try { await post("console/api/control", { output: at, job: summary.job, state }); say(state === "running" ? "The job goes on." : `The job is ${state}; its dispatcher obeys within seconds.`); } catch (problem) { say(problem.detail, true); }
    setBusy(false);
  };
  const retry = () => {
    say("Dispatched again: what is done stays, the rest is tried.");
    // Answered when the job is over; what happens until then the stream tells.
    post("console/api/retry", { output: at, job: summary.job }).then(
      (receipt) => say(receipt.report?.failed ? `The dispatch is over: ${receipt.report.failed} failed.` : "The dispatch is over: nothing is left to do."),
      (problem) => { if (problem.code !== "away") say(problem.detail, true); },
    );
  };
  return html`<div class="row">
    ${["running", "planned"].includes(summary.state) && html`<button disabled=${busy} onClick=${() => tell("paused")}>Pause</button>`}
    ${summary.state === "paused" && html`<button disabled=${busy} onClick=${() => tell("running")}>Resume</button>`}
    ${["running", "planned", "paused"].includes(summary.state) && html`<button class="danger" disabled=${busy} onClick=${() => confirm("End the dispatcher of this job? What is done stays.") && tell("cancelled")}>Cancel</button>`}
    ${!over && !(summary.state === "running" && summary.told) && summary.can_retry && me.dispatcher && html`<button class=${summary.failed || summary.state === "unfinished" ? "first" : ""} onClick=${retry}>${summary.failed ? "Retry" : "Dispatch again"}</button>`}</div>`;
}

export function JobPage({ query, me, link, out }) {
  const [news, setNews] = useState(null);
  const [problem, setProblem] = useState(null);
  const [said, setSaid] = useState(null);
  const [kind, setKind] = useState("all");
  const [search, setSearch] = useState("");
  const [most, setMost] = useState(PAGE);
  const [clock, setClock] = useState(Date.now() / 1000);
  const rows = useRef(new Map());
  useEffect(() => {
    const close = follow({ output: query.at, job: query.job }, {
      link,
      wrong: (wrong) => { if (wrong?.status === 401) out(); else setProblem(wrong?.code === "away" ? null : wrong); },
      told: (fresh) => {
        if (fresh.whole) rows.current = new Map();
        for (const row of fresh.rows ?? []) rows.current.set(row.clip, row);
        setNews((before) => ({ ...(before ?? { causes: [], findings: [] }), ...fresh }));
      },
    });
    const tick = setInterval(() => setClock(Date.now() / 1000), 1000);
    return () => { close(); clearInterval(tick); };
  }, []);
  useEffect(() => { document.title = news ? `${Math.floor((100 * news.summary.done) / Math.max(1, news.summary.units))} % ${shown(base(query.at))} · rushes` : "rushes console"; }, [news]);
  if (!news) return html`<div class="gap"><${Wrong} problem=${problem} />${!problem && html`<p class="dim">Reading the plan and its receipts.</p>`}</div>`;
  const s = news.summary, all = [...rows.current.values()].sort((a, b) => a.clip - b.clip);
  const wanted = search.toLowerCase();
  const fitting = all.filter((row) => FITS[kind](row, tally(row)) && (!wanted || row.name.toLowerCase().includes(wanted)));
  const running = s.state === "running";
  return html`<div class="gap">
    <div class="row"><div class="grow gap tight"><div class="row"><h1>${shown(base(query.at))}</h1><${Pill} state=${s.state} /></div>
      <p class="mono dim small">${place(s.output)} · job ${shown(s.job)}</p></div><${Actions} summary=${s} at=${query.at} me=${me} say=${(text, bad) => setSaid({ text, bad })} /></div>
    <${Wrong} problem=${problem} />
    ${said && html`<p role="status" class=${said.bad ? "bad" : "good"}>${shown(said.text)}</p>`}
    <${Bar} done=${s.done} failed=${s.failed} running=${s.at_work} total=${s.units} />
    <${Stats} of=${[["Units done", s.done.toLocaleString("en"), `of ${s.units.toLocaleString("en")}`], ["Failed", html`<span class=${s.failed ? "bad" : ""}>${s.failed}</span>`], ["Running", s.at_work],
      ["To do", s.left.toLocaleString("en")], ["Frames", s.frames_done.toLocaleString("en")], ["Frames/s", running ? rate(s.frames_a_second) : rate(s.wall_seconds ? s.frames_done / s.wall_seconds : null)],
      running ? ["Time left", took(s.told?.ready_at ? Math.max(0, s.told.ready_at - clock) : s.eta_seconds)] : ["Last dispatch", took(s.wall_seconds)], ["Last unit", since(s.last, clock)]]} />
    ${running && s.last && clock - s.last > 180 && html`<p class="run">No unit has ended for ${took(clock - s.last)}. If the dispatcher has gone, dispatch the job again: it goes on where it is.</p>`}
    ${s.told?.in_time === false && html`<p class="bad">It will not be ready by its time: ${took(s.told.ready_at - s.told.ready_by)} late at this rate.</p>`}
    ${news.causes.length > 0 && html`<section class="card" aria-labelledby="failed"><h2 id="failed" class="bad">Failed: ${count(s.failed, "unit")}, ${count(news.causes.length, "cause")}</h2>
      <ul class="bare">${news.causes.map((cause, i) => html`<${Cause} key=${i} cause=${cause} at=${query.at} />`)}</ul></section>`}
    ${news.findings.length > 0 && html`<details class="card" open=${news.findings.length < 12}><summary>Findings (${news.findings.length})</summary><${Findings} of=${news.findings} /></details>`}
    ${s.units > 1 && html`<section class="card" aria-label="Units"><${UnitMap} rows=${all} open=${(clip) => { location.hash = go("clip", { at: query.at, clip }); }} /></section>`}
    <section class="gap" aria-labelledby="clips"><div class="row"><h2 id="clips" class="grow">${fitting.length === all.length ? count(all.length, "clip") : `${fitting.length} of ${count(all.length, "clip")}`}</h2>
      <${Choices} label="Which clips" of=${KINDS} chosen=${kind} choose=${(name) => { setKind(name); setMost(PAGE); }} />
      <label class="unseen" for="search">Search clips by name</label><input id="search" type="search" placeholder="Search clips" onInput=${(e) => setSearch(e.target.value)} /></div>
      <div class="clips">${fitting.slice(0, most).map((row) => html`<${Clip} key=${row.clip} row=${row} at=${query.at} />`)}</div>
      ${fitting.length > most && html`<div><button onClick=${() => setMost(most + 4 * PAGE)}>Show more (${fitting.length - most})</button></div>`}</section></div>`;
}
