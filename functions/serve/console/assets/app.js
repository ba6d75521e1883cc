// The console's frame: who is there, which page, and how the server is.
import { html, render, useEffect, useState } from "./vendor/htm-preact-3.1.1.js";
import { JobsPage } from "./jobs.js";
import { JobPage } from "./job.js";
import { ClipPage } from "./clip.js";
import { UnitPage } from "./unit.js";
import { PlanPage } from "./plan.js";
import { me, signIn } from "./server.js";
import { shown } from "./words.js";

const PAGES = { jobs: JobsPage, job: JobPage, clip: ClipPage, unit: UnitPage, plan: PlanPage };
const LINKS = { on: "live", poll: "every 5 s", off: "no answer", "": "ready" };

function where() {
  const [name, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return { name: PAGES[name] ? name : "jobs", query: Object.fromEntries(new URLSearchParams(query)) };
}

function theme(next) {
  const chosen = next ?? localStorage.getItem("rushes-theme") ?? "auto";
  localStorage.setItem("rushes-theme", chosen);
  if (chosen === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
  return chosen;
}

function SignIn({ done, why }) {
  const [said, setSaid] = useState(why);
  const send = async (event) => {
    event.preventDefault();
    try { await signIn(new FormData(event.target).get("token").trim()); done(); } catch (problem) { setSaid(problem.detail); }
  };
  return html`<main class="plain"><form class="card gap" onSubmit=${send}>
    <h1>Sign in</h1>
    <p class="dim">This server wants its token: what is in the file of <code>RUSHES_TOKEN_FILE</code>. <code>rushes console</code>${" "}
    prints a link that holds its own; one that was started anew printed another.</p>
    <label class="gap tight">Token<input type="password" name="token" required autocomplete="current-password" autofocus /></label>
    ${said && html`<p class="bad" role="alert">${shown(said)}</p>`}
    <div><button class="first" type="submit">Sign in</button></div></form></main>`;
}

function App() {
  const [who, setWho] = useState(null);
  const [asked, setAsked] = useState("");
  const [page, setPage] = useState(where());
  const [link, setLink] = useState("");
  const [look, setLook] = useState(theme());
  const enter = () => me().then((told) => { setWho(told); setLink(""); }, (problem) => {
    setWho(false);
    setAsked(problem.status === 401 ? "" : problem.detail);
    if (problem.code === "away") { setLink("off"); setTimeout(enter, 2000); }
  });
  useEffect(() => {
    const key = location.hash.match(/^#token=([\w-]+)$/);
    if (key) {
      history.replaceState(null, "", location.pathname);
      signIn(key[1]).then(enter, enter);
    } else enter();
    const turn = () => { setPage(where()); setLink(""); window.scrollTo(0, 0); document.getElementById("main")?.focus({ preventScroll: true }); };
    addEventListener("hashchange", turn);
    return () => removeEventListener("hashchange", turn);
  }, []);
  const Page = PAGES[page.name];
  const key = page.name + JSON.stringify(page.query);
  const next = { auto: "dark", dark: "light", light: "auto" };
  return html`<a class="skip" href="#main" onClick=${(e) => { e.preventDefault(); document.getElementById("main")?.focus(); }}>To the content</a>
    <header class="top"><a class="mark" href="#/jobs">rushes</a>
      <nav aria-label="Pages"><a href="#/jobs" aria-current=${page.name === "jobs" ? "page" : undefined}>Jobs</a>
        <a href="#/plan" aria-current=${page.name === "plan" ? "page" : undefined}>Plan</a><a href="docs">API</a></nav>
      <span class="grow"></span>
      <span class=${`live ${link}`} role="status"><span class="words">${LINKS[link]}</span></span>
      <button class="quiet" onClick=${() => setLook(theme(next[look]))} aria-label=${`Light and dark: ${look}`}>${look}</button></header>
    ${link === "off" && html`<div class="banner" role="alert">The server does not answer. This page shows what it knew last, and tries again.</div>`}
    ${who === null ? html`<main class="plain dim">Loading.</main>`
      : who === false && link !== "off" ? html`<${SignIn} done=${enter} why=${asked} />`
      : who && html`<main id="main" tabindex="-1"><${Page} key=${key} query=${page.query} me=${who} link=${setLink} out=${() => setWho(false)} /></main>`}`;
}

render(html`<${App} />`, document.getElementById("app"));
