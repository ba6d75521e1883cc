// Texts of strangers, numbers and times as people read them.

// As functions/contract/uris.py: what moves a cursor, breaks a line or turns the reading order.
const ODD = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]/gu;

/** A name or sentence of a stranger; it goes into text nodes and attributes only. */
export const shown = (value) => String(value ?? "").replace(ODD, (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));

export const pretty = (value) => shown(JSON.stringify(value, null, 1));

export const base = (uri) => String(uri ?? "").replace(/\/+$/, "").split("/").pop() || String(uri ?? "");

export const place = (uri) => shown(String(uri ?? "").replace(/^file:\/\//, ""));

export const count = (n, one, many = one + "s") => `${(n ?? 0).toLocaleString("en")} ${n === 1 ? one : many}`;

export function took(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

export const since = (time, now = Date.now() / 1000) => (time ? `${took(Math.max(0, now - time))} ago` : "–");

export const rate = (value) => (value === null || value === undefined ? "–" : value.toFixed(value < 10 ? 2 : 1));

export function size(bytes) {
  let value = bytes, unit = 0;
  while (value >= 1000 && unit < 4) { value /= 1000; unit += 1; }
  return `${unit ? value.toFixed(1) : value} ${["B", "kB", "MB", "GB", "TB"][unit]}`;
}

export const STATES = {
  done: ["done", "good"], failed: ["failed", "bad"], running: ["running", "run"], paused: ["paused", "run"],
  cancelled: ["cancelled", "bad"], unfinished: ["unfinished", "run"], planned: ["planned", "dim"],
};
