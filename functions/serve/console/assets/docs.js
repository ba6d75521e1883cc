// The API as a page, made from openapi.json of this server.
import { html, render, useEffect, useState } from "./vendor/htm-preact-3.1.1.js";
import { marked } from "./parts.js";
import { shown } from "./words.js";

const JSON_TYPE = "application/json", PROBLEM = "application/problem+json";
const named = (ref) => ref.split("/").pop();
const anchor = (path) => "at" + path.replaceAll("/", "-");

const prose = (text) => String(text ?? "").split(/\n\s*\n/).map((part, i) => html`<p key=${i}>${marked(part)}</p>`);

function kind(schema) {
  if (!schema) return "";
  if (schema.$ref) return named(schema.$ref);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((each) => JSON.stringify(each)).join(" | ");
  const any = schema.anyOf ?? schema.oneOf;
  if (any) return any.map(kind).filter((each) => each !== "null").join(" | ");
  if (schema.type === "array") return `${kind(schema.items ?? (schema.prefixItems ?? [])[0]) || "any"}[]`;
  if (Array.isArray(schema.type)) return schema.type.filter((each) => each !== "null").join(" | ");
  const limits = [schema.minimum !== undefined && `≥ ${schema.minimum}`, schema.maximum !== undefined && `≤ ${schema.maximum}`].filter(Boolean).join(", ");
  return [schema.format === "uri" ? "URI" : schema.type ?? "any", limits].filter(Boolean).join(" ");
}

function Fields({ schema }) {
  const required = new Set(schema.required ?? []);
  const rows = Object.entries(schema.properties ?? {}).sort(([a], [b]) => required.has(b) - required.has(a));
  return html`<div class="wide"><table><thead><tr><th>Field</th><th>Type</th><th>What</th><th>Default</th></tr></thead><tbody>${rows.map(([name, field]) => html`<tr key=${name}>
    <td class="mono">${name}${required.has(name) && html` <span class="run" title="required">required</span>`}</td><td class="mono dim">${shown(kind(field))}</td><td>${shown(field.description ?? "")}</td>
    <td class="mono">${required.has(name) || field.default === undefined || field.default === null ? "" : shown(JSON.stringify(field.default))}</td></tr>`)}</tbody></table></div>`;
}

function Operation({ path, method, of, schemas }) {
  const body = of.requestBody?.content?.[JSON_TYPE];
  const schema = body?.schema?.$ref ? schemas[named(body.schema.$ref)] : body?.schema;
  const errors = Object.entries(of.responses).filter(([status]) => Number(status) >= 400);
  const answer = of.responses["200"]?.content?.[JSON_TYPE]?.example;
  const curl = body?.example && `curl -H 'Content-Type: application/json' \\\n  -d '${JSON.stringify(body.example)}' \\\n  ${location.origin}${path}`;
  return html`<section id=${anchor(path)} class="gap" aria-labelledby=${`${anchor(path)}-${method}`}><div class="row"><span class="verb">${method.toUpperCase()}</span><h2 id=${`${anchor(path)}-${method}`} class="mono">${path}</h2><span class="dim">${shown(of.summary)}</span></div>
    ${of.description && of.description !== of.summary && html`<div class="prose">${prose(of.description)}</div>`}
    ${schema?.properties && html`<${Fields} schema=${schema} />`}
    ${curl && html`<pre tabindex="0" aria-label=${`Example of ${path}`}>${shown(curl)}</pre>`}
    ${answer && html`<details><summary>Answer</summary><pre tabindex="0" aria-label=${`Answer of ${path}`}>${shown(JSON.stringify(answer, null, 1))}</pre></details>`}
    ${errors.length > 0 && html`<details><summary>Errors</summary><div class="wide"><table><thead><tr><th>Status</th><th>Code</th><th>When</th><th>Retry</th></tr></thead><tbody>${errors.map(([status, response]) => {
      const problem = response.content?.[PROBLEM]?.example;
      return html`<tr key=${status}><td>${status}</td><td class="mono">${shown(problem?.code ?? "")}</td><td>${shown(response.description)}</td><td>${problem ? (problem.retryable ? "yes" : "never") : ""}</td></tr>`;
    })}</tbody></table></div></details>`}</section>`;
}

function Docs() {
  const [api, setApi] = useState(null);
  const [wrong, setWrong] = useState("");
  const [search, setSearch] = useState("");
  useEffect(() => {
    fetch("openapi.json").then((answer) => answer.json()).then(setApi, () => setWrong("openapi.json did not come."));
  }, []);
  useEffect(() => { if (api && location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView(); }, [api]);
  if (!api) return html`<main class="plain dim">${wrong || "Loading."}</main>`;
  const all = Object.entries(api.paths).flatMap(([path, verbs]) => Object.entries(verbs).map(([method, of]) => ({ path, method, of })));
  const fits = ({ path, of }) => `${path} ${of.summary}`.toLowerCase().includes(search.toLowerCase());
  const groups = [["Operations", all.filter((each) => each.method === "post")], ["Server", all.filter((each) => each.method === "get")]];
  const schemas = api.components.schemas;
  return html`<header class="top"><a class="mark" href=".">rushes</a><nav aria-label="Pages"><a href="./#/jobs">Jobs</a><a href="./#/plan">Plan</a><a href="docs" aria-current="page">API</a></nav><span class="grow"></span><a href="openapi.json" class="small">openapi.json</a></header>
  <div class="docs"><aside aria-label="Routes"><label class="unseen" for="search">Search routes</label><input id="search" type="search" placeholder="Search" onInput=${(e) => setSearch(e.target.value)} />
      ${groups.map(([title, of]) => html`<h2 key=${title}>${title}</h2>${of.filter(fits).map((each) => html`<a key=${each.path + each.method} href=${`#${anchor(each.path)}`}>${each.path}</a>`)}`)}<h2>Values</h2><a href="#Receipt">Receipt</a><a href="#Problem">Problem</a></aside>
    <main><article class="gap"><div class="gap"><div class="row"><h1>${shown(api.info.title)} <span class="dim">${shown(api.info.version)}</span></h1></div><p class="dim">${shown(api.info.summary)}</p><div class="prose">${prose(api.info.description)}</div></div>
      ${groups.flatMap(([, of]) => of.filter(fits)).map((each) => html`<${Operation} key=${each.path + each.method} ...${each} schemas=${schemas} />`)}
      ${["Receipt", "Problem"].map((name) => schemas[name] && html`<section key=${name} id=${name} class="gap" aria-labelledby=${`${name}-name`}><h2 id=${`${name}-name`}>${name}</h2><p class="dim prose">${shown(schemas[name].description ?? "")}</p><${Fields} schema=${schemas[name]} /></section>`)}</article></main></div>`;
}

render(html`<${Docs} />`, document.getElementById("app"));
