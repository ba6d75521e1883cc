// Pieces that several pages are made of.
import { html, useEffect, useRef, useState } from "./vendor/htm-preact-3.1.1.js";
import { STATES, shown } from "./words.js";

export const go = (page, query) => `#/${page}?${new URLSearchParams(Object.entries(query).filter(([, v]) => v !== undefined && v !== null))}`;

export const Pill = ({ state }) => html`<span class=${`pill ${STATES[state]?.[1] ?? "dim"}`}>${STATES[state]?.[0] ?? state}</span>`;

export function Bar({ done, failed, running = 0, total, thin }) {
  const part = (n) => ({ "--part": total ? n / total : 0 });
  return html`<div class=${thin ? "bar thin" : "bar"} role="img" aria-label=${`${done} of ${total} done, ${failed} failed`}>
    <i class="d" style=${part(done)}></i><i class="f" style=${part(failed)}></i><i class="r" style=${part(running)}></i></div>`;
}

/** Our own sentences: `text` in backquotes as code. */
export const marked = (text) => String(text ?? "").split("`").map((piece, i) => (i % 2 ? html`<code key=${i}>${shown(piece)}</code>` : shown(piece)));

export const Wrong = ({ problem }) => problem && html`<div class="card cause" role="alert"><p><b>${shown(problem.code || "problem")}</b></p><p>${shown(problem.detail)}</p></div>`;

export function Stats({ of }) {
  return html`<dl class="stats">${of.filter(Boolean).map(([name, value, more]) => html`<div key=${name}><dt>${name}</dt><dd>${value} ${more && html`<small>${more}</small>`}</dd></div>`)}</dl>`;
}

export function Choices({ label, of, chosen, choose }) {
  return html`<div class="choices" role="group" aria-label=${label}>${of.map(([name, text]) => html`<button key=${name} type="button"
    aria-pressed=${String(chosen === name)} onClick=${() => choose(name)}>${text}</button>`)}</div>`;
}

const GRADES = { error: "bad", warning: "run" };

/** What a check or an inspection found, a line each. */
export const Findings = ({ of }) => html`<div>${of.map((each, i) => html`<div class="finding" key=${i}><span class=${GRADES[each.severity] ?? "dim"}>${shown(each.severity)}</span>
  <p><b>${shown(each.code)}</b> ${shown(each.detail)} <span class="dim">${shown(each.path ?? each.name ?? "")}${each.frame !== undefined && each.frame !== null ? `, frame ${each.frame}` : ""}</span></p></div>`)}</div>`;

// A browser opens six connections; one is the stream's, and units have the processor first.
const waiting = [];
let busy = 0;
function turn() {
  while (busy < 2 && waiting.length) {
    const start = waiting.shift();
    busy += 1;
    start(() => { busy -= 1; turn(); });
  }
}

/** A small picture, asked for when it comes into view. */
export function Thumb({ src, alt, className = "thumb" }) {
  const ref = useRef(null);
  const [at, setAt] = useState(null);
  const done = useRef(null);
  useEffect(() => {
    const start = (over) => { done.current = over; setAt(src); };
    const seen = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      waiting.push(start);
      turn();
    }, { rootMargin: "200px" });
    seen.observe(ref.current);
    return () => {
      seen.disconnect();
      // One that is gone before its turn would keep the turn for ever.
      if (waiting.includes(start)) waiting.splice(waiting.indexOf(start), 1);
      done.current?.();
      done.current = null;
    };
  }, [src]);
  const over = (failed) => () => { done.current?.(); done.current = null; if (failed) setAt(null); };
  return at ? html`<img ref=${ref} class=${className} src=${at} alt=${alt} onLoad=${over(false)} onError=${over(true)} />`
    : html`<span ref=${ref} class=${className} role="img" aria-label=${`${alt}: no picture yet`}></span>`;
}

export function Raw({ title, value }) {
  const text = typeof value === "string" ? value : shown(JSON.stringify(value, null, 1));
  return html`<details><summary>${title}</summary><pre tabindex="0" aria-label=${title}>${text}</pre></details>`;
}
