// The model's page: what is zoomed into is what everything below shows, and a cell of the drift picture says what it is.
const FOLLOWING = ["drift", "trends", "windows"];
const SETTLED_MS = 350;
const NARROW_PIXELS = 600;
const drawn = new Set(); // sections whose chart is explored
let timer;

document.addEventListener("keepsharp:range", () => {
  clearTimeout(timer);
  timer = setTimeout(showPart, SETTLED_MS);
});
document.addEventListener("keepsharp:chart", ({ target, detail: { chart } }) => {
  const section = target.closest("section[id]");
  if (section) drawn.add(section.id);
  if (chart.getWidth() < NARROW_PIXELS) chart.setOption({ grid: [{ left: 84 }, { left: 84 }] });
});
document.addEventListener("keepsharp:content", ({ target }) => {
  if (!(target instanceof Element)) return;
  readable(target);
  if (drawn.has(target.id)) target.querySelector("[data-chart]")?.dispatchEvent(new Event("pointerenter"));
});
readable(document);

async function showPart() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => undefined);
  if (!answer?.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of FOLLOWING) {
    const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
    if (!old || !fresh || old.contains(document.activeElement)) continue;
    const made = document.importNode(fresh, true);
    old.replaceWith(made);
    made.dispatchEvent(new CustomEvent("keepsharp:content", { bubbles: true }));
  }
  for (const name of ["from", "to"]) {
    const field = document.querySelector(`[data-part] [name=${name}]`);
    if (field) field.value = (new URL(location.href).searchParams.get(name) ?? "").slice(0, 16);
  }
}

function readable(root) {
  for (const picture of root.querySelectorAll("[data-heat]:not([data-heat-state])")) {
    picture.dataset.heatState = "waiting";
    picture.querySelector("image").addEventListener("pointerenter", () => explain(picture), { once: true, passive: true });
  }
}

async function explain(picture) {
  const answer = await fetch(picture.dataset.heat, { headers: { Accept: "application/json" } }).catch(() => undefined);
  if (!answer?.ok) return; // the picture stays, without words
  const figures = await answer.json();
  const image = picture.querySelector("image");
  const box = picture.parentElement;
  const tip = document.createElement("div");
  tip.className = "tip heat-tip";
  tip.hidden = true;
  box.append(tip);
  const cell = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  cell.setAttribute("class", "heat-cell");
  cell.setAttribute("visibility", "hidden");
  picture.append(cell);
  image.addEventListener("pointermove", (event) => show(at(event, image, figures)));
  image.addEventListener("pointerleave", () => show(undefined));
  image.addEventListener("click", (event) => {
    const found = at(event, image, figures);
    if (found) location.assign(`${picture.dataset.heatModel}${found.window}?feature=${encodeURIComponent(found.feature)}#distribution`);
  });
  picture.dataset.heatState = "ready";

  function show(found) {
    tip.hidden = !found;
    cell.setAttribute("visibility", found ? "visible" : "hidden");
    if (!found) return;
    tip.replaceChildren(...[`${found.feature}, window ${found.window}`, found.words].map(paragraph));
    const [left, width, height] = ["x", "width", "height"].map((name) => Number(image.getAttribute(name)));
    cell.setAttribute("x", left + found.from * width);
    cell.setAttribute("width", Math.max(2, (found.to - found.from) * width));
    cell.setAttribute("y", (found.row / figures.features.length) * height);
    cell.setAttribute("height", height / figures.features.length);
    const [place, frame] = [cell.getBoundingClientRect(), box.getBoundingClientRect()];
    tip.style.left = `${Math.min(place.right - frame.left + 8, frame.width - tip.offsetWidth)}px`;
    tip.style.top = `${place.bottom - frame.top + 6}px`;
  }
}

function at(event, image, { features, windows, moved, start, end }) {
  const box = image.getBoundingClientRect();
  const row = Math.floor(((event.clientY - box.top) / box.height) * features.length);
  const moment = start + ((event.clientX - box.left) / box.width) * (end - start);
  const place = windows.findLastIndex(([, from]) => from <= moment);
  if (place < 0 || moment > windows[place][2] || row < 0 || row >= features.length) return undefined;
  const [window, from, to] = windows[place];
  const value = moved[row][place];
  const words = value === null ? "not compared" : `moved by ${(Math.abs(value) / 1000).toFixed(3)}: ${value < 0 ? "drifted" : "not drifted"}`;
  const share = (time) => (time - start) / (end - start);
  return { feature: features[row], window, row, words, from: share(from), to: share(to) };
}

function paragraph(text) {
  const made = document.createElement("p");
  made.textContent = text; // never as HTML: a column may be called anything
  return made;
}
