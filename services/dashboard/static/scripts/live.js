// Fragments that follow what happens: <section id="…" data-live="fleet model:press"> is asked for again when one of its
// topics changes, from data-live-url or from the page itself, and replaced where it differs.
const SOONEST_MS = 1000;
const waiting = new Set(); // topics that changed since the last look
let timer;
let missed = false; // whether the stream was away, so that anything may have changed

export function follow() {
  const listener = typeof SharedWorker === "undefined" ? listenAlone() : listenTogether();
  addEventListener("pagehide", () => listener("leaving"));
  document.addEventListener("visibilitychange", () => document.hidden || schedule());
}

function listenTogether() {
  const { port } = new SharedWorker(new URL("events.js", import.meta.url));
  port.addEventListener("message", ({ data }) => hear(data));
  port.start();
  return (message) => port.postMessage(message);
}

function listenAlone() {
  const stream = new EventSource("/events");
  stream.addEventListener("changed", (event) => hear({ changed: JSON.parse(event.data) }));
  stream.addEventListener("open", () => hear({ connected: true }));
  stream.addEventListener("error", () => hear({ connected: false }));
  return () => stream.close();
}

function hear({ changed, connected }) {
  if (changed) for (const topic of changed) waiting.add(topic);
  if (connected === false) missed = true;
  if (connected && missed) {
    missed = false;
    for (const part of document.querySelectorAll("[data-live]")) for (const topic of topics(part)) waiting.add(topic);
  }
  if (connected !== undefined) {
    for (const sign of document.querySelectorAll("[data-live-sign]")) sign.hidden = connected;
  }
  schedule();
}

function schedule() {
  if (!waiting.size || document.hidden || timer) return;
  timer = setTimeout(async () => {
    const now = new Set(waiting);
    waiting.clear();
    try {
      await refresh(now);
    } finally {
      timer = undefined;
      schedule();
    }
  }, SOONEST_MS);
}

function topics(part) {
  return part.dataset.live.split(/\s+/);
}

async function refresh(changed) {
  const parts = [...document.querySelectorAll("[data-live][id]")].filter((one) => topics(one).some((t) => changed.has(t)));
  const places = new Map();
  for (const part of parts) {
    const url = part.dataset.liveUrl ?? location.pathname + location.search;
    places.set(url, [...(places.get(url) ?? []), part.id]);
  }
  for (const [url, ids] of places) {
    const answer = await fetch(url, { headers: { Accept: "text/html" } }).catch(() => undefined);
    if (!answer?.ok || answer.redirected) continue; // the stream says when the service is back
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of ids) replace(document.getElementById(id), page.getElementById(id));
  }
}

const shown = new WeakMap(); // element → the HTML it was made from

function replace(old, fresh) {
  if (!old || !fresh) return;
  const html = fresh.outerHTML;
  const active = old.contains(document.activeElement) ? document.activeElement : undefined;
  if (shown.get(old) === html) return;
  if (active?.matches("input, textarea, select") || old.querySelector("details.confirm[open]")) {
    for (const topic of topics(old)) waiting.add(topic); // a person is writing: later
    return;
  }
  const open = [...old.querySelectorAll("details[open][id]")].map((one) => one.id);
  const place = active?.id;
  const made = document.importNode(fresh, true);
  shown.set(made, html);
  old.replaceWith(made);
  for (const id of open) made.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
  window.htmx?.process(made);
  made.dispatchEvent(new CustomEvent("keepsharp:content", { bubbles: true }));
  if (place) document.getElementById(place)?.focus();
}
