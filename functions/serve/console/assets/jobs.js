// Jobs at and below the places of this console.
import { html, useEffect, useState } from "./vendor/htm-preact-3.1.1.js";
import { Bar, Pill, Wrong, go } from "./parts.js";
import { get } from "./server.js";
import { base, count, place, rate, since, shown, took } from "./words.js";

const LOOK = 4000;

function Job({ job }) {
  const problem = job.problem;
  if (problem) return html`<div class="card"><b>${shown(base(job.output))}</b> <span class="bad">${shown(problem.detail)}</span></div>`;
  const running = job.state === "running";
  return html`<a class="card job" href=${go("job", { at: job.output })}>
    <div><h2>${shown(base(job.output))}</h2><p class="mono dim small">${place(job.output)}</p></div>
    <div class="gap tight"><${Bar} done=${job.done} failed=${job.failed} total=${job.units} />
      <p class="small dim">${job.done.toLocaleString("en")} of ${count(job.units, "unit")}${job.failed ? html`, <span class="bad">${job.failed} failed</span>` : ""}</p></div>
    <div class="gap tight"><${Pill} state=${job.state} /><p class="small dim">${running && job.eta_seconds !== null ? `${took(job.eta_seconds)} left, ${rate(job.frames_a_second)} fps` : since(job.last)}</p></div></a>`;
}

export function JobsPage({ me, link, out }) {
  const [found, setFound] = useState(null);
  const [problem, setProblem] = useState(null);
  useEffect(() => {
    let timer = 0, closed = false;
    const look = async () => {
      try { setFound(await get("jobs")); setProblem(null); link("poll"); } catch (wrong) {
        if (wrong.status === 401) return out();
        if (wrong.code === "away") link("off"); else setProblem(wrong);
      }
      if (!closed) timer = setTimeout(look, LOOK);
    };
    look();
    return () => { closed = true; clearTimeout(timer); };
  }, []);
  const open = (event) => {
    event.preventDefault();
    const said = new FormData(event.target).get("at").trim();
    location.hash = go("job", { at: said.includes("://") ? said : `file://${said}` });
  };
  const jobs = [...(found?.jobs ?? [])].sort((a, b) => (b.last ?? b.began ?? 0) - (a.last ?? a.began ?? 0));
  return html`<div class="gap"><div class="row"><h1 class="grow">Jobs</h1>
      <form class="row" onSubmit=${open}><label class="unseen" for="open">Output of a job</label>
        <input id="open" type="text" name="at" size="34" required placeholder="s3://plates/turnover7/ or /a/folder" /><button type="submit">Open</button></form></div>
    <${Wrong} problem=${problem} />
    ${me.places.length > 0 && html`<p class="dim small">Looking at and below ${me.places.map((each, i) => html`${i ? ", " : ""}<code>${place(each)}</code>`)}</p>`}
    <div class="jobs">${jobs.map((job) => html`<${Job} key=${job.output} job=${job} />`)}</div>
    ${found && !jobs.length && html`<div class="card gap"><p>No job stands here yet. A job begins with <code>rushes dispatch JOB.json</code>, or <code>rushes pull TIMELINE ...</code>; it appears here when it is planned.</p></div>`}</div>`;
}
