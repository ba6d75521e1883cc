// Asking the server: JSON over fetch, news of a job by server-sent events or, without a place, by polling.

const AGAIN = 5000, AWAY = 1500, STREAM_AGAIN = 30000;
const root = document.baseURI.split("#")[0];
let form = "";

export const at = (path, query = {}) => {
  const url = new URL(path, root);
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== null) url.searchParams.set(name, value);
  return url.href;
};

export const picture = (name, query) => at(`console/api/${name}`, { ...query, quiet: 1 });

/** What the server said was wrong: `code`, `detail`, `status`; code "away" where it said nothing. */
export class Problem extends Error {
  constructor(said) { super(said.detail); Object.assign(this, said); }
}

async function ask(url, options = {}) {
  let answer;
  try { answer = await fetch(url, { credentials: "same-origin", ...options }); } catch {
    throw new Problem({ code: "away", status: 0, detail: "The server does not answer." });
  }
  const json = answer.headers.get("Content-Type")?.includes("json");
  const body = json ? await answer.json() : null;
  if (!answer.ok) throw new Problem({ code: "", detail: answer.statusText, ...body, status: answer.status });
  return body;
}

export const get = (name, query) => ask(at(`console/api/${name}`, query));

export const post = (path, body) => ask(at(path), {
  method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json", "X-Rushes-Form": form },
});

export async function me() {
  const told = await get("me");
  form = told.form;
  return told;
}

export const signIn = (token) => ask(at("console/session"), { method: "POST", headers: { Authorization: `Bearer ${token}` } });

/** News of a job until it is closed: told(news), link("on" | "poll" | "off"), wrong(Problem or null). */
export function follow(query, { told, link, wrong }) {
  let mark = "", closed = false, source = null, timer = 0, again = 0;
  const take = (news) => { mark = news.mark; link(source ? "on" : "poll"); wrong(null); told(news); };
  const later = (action, wait) => { clearTimeout(timer); if (!closed) timer = setTimeout(action, wait); };

  function stream() {
    let heard = false;
    source = new EventSource(at("console/api/events", { ...query, since: mark }));
    source.addEventListener("news", (event) => { heard = true; take(JSON.parse(event.data)); });
    source.addEventListener("problem", (event) => wrong(new Problem(JSON.parse(event.data))));
    source.onerror = () => {
      source.close();
      source = null;
      // A stream that ended is opened anew; one that had no place waits, and the page asks meanwhile.
      again = Date.now() + (heard ? 0 : STREAM_AGAIN);
      poll();
    };
  }

  async function poll() {
    if (closed) return;
    try { take(await get("job", { ...query, since: mark })); } catch (problem) {
      if (problem.code === "away") { link("off"); again = 0; }
      wrong(problem);
      if (problem.status !== 401) later(poll, AWAY);
      return;
    }
    if (Date.now() >= again) later(stream, 100);
    else later(poll, AGAIN);
  }

  stream();
  return () => { closed = true; clearTimeout(timer); source?.close(); };
}
