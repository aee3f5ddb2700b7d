// <div class="plot" data-chart="/models/press/accuracy.json" data-chart-when="seen"> → a chart that can be explored.
// The address answers {"option": an ECharts option, "summary": the picture in words}. Colours are names of the page's
// own ("--accent"), so that they follow light and dark. A datum's `tip` (lines) is what its tooltip says; a press on one
// with a `link` goes there. "asked" keeps the picture that the server drew until somebody points at it or focuses it.
const dark = matchMedia("(prefers-color-scheme: dark)");
const calm = matchMedia("(prefers-reduced-motion: reduce)");

export function drawCharts(root) {
  for (const box of root.querySelectorAll("[data-chart]:not([data-chart-state])")) {
    box.dataset.chartState = "waiting";
    const draw = once(() => show(box));
    if (box.dataset.chartWhen === "asked") {
      for (const kind of ["pointerenter", "focusin", "touchstart"]) box.addEventListener(kind, draw, { once: true, passive: true });
    } else {
      new IntersectionObserver((seen, observer) => {
        if (!seen.some((one) => one.isIntersecting)) return;
        observer.disconnect();
        draw();
      }).observe(box);
    }
  }
}

function once(act) {
  let begun = false;
  return () => {
    if (!begun) act();
    begun = true;
  };
}

async function show(box) {
  const [{ init }, answer] = await Promise.all([
    import("../vendor/echarts.min.js"),
    fetch(box.dataset.chart, { headers: { Accept: "application/json" } }),
  ]).catch(() => [{}, undefined]);
  if (!answer?.ok) return fail(box);
  const { option, summary } = await answer.json();
  const canvas = document.createElement("div");
  canvas.className = "plot-canvas";
  box.append(canvas);
  for (const plain of box.querySelectorAll("[data-chart-plain]")) plain.hidden = true;
  const chart = init(canvas, null, { renderer: "svg" });
  const paint = () => chart.setOption(themed(option), { notMerge: true });
  paint();
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", summary);
  chart.on("click", ({ data }) => data?.link && location.assign(data.link));
  if (box.dataset.chartRange !== undefined) chart.on("datazoom", () => keepRange(box, chart));
  dark.addEventListener("change", paint);
  const sizes = new ResizeObserver(() => (canvas.isConnected ? chart.resize() : leave()));
  const leave = () => {
    sizes.disconnect();
    dark.removeEventListener("change", paint);
    chart.dispose();
  };
  sizes.observe(canvas);
  box.dataset.chartState = "drawn";
  box.dispatchEvent(new CustomEvent("keepsharp:chart", { bubbles: true, detail: { chart, option } }));
}

function fail(box) {
  box.dataset.chartState = "failed";
  const note = document.createElement("p");
  note.className = "quiet";
  note.textContent = "The chart could not be loaded: reload the page to try again.";
  box.append(note);
}

function themed(option) {
  const styles = getComputedStyle(document.documentElement);
  const colour = (name) => styles.getPropertyValue(name).trim();
  const axis = {
    axisLine: { lineStyle: { color: colour("--rule") } },
    axisTick: { lineStyle: { color: colour("--rule") } },
    splitLine: { lineStyle: { color: colour("--rule") } },
    axisLabel: { color: colour("--quiet") },
    nameTextStyle: { color: colour("--quiet") },
  };
  const resolved = resolve(option, colour);
  for (const name of ["xAxis", "yAxis"]) {
    const axes = [resolved[name] ?? []].flat();
    resolved[name] = axes.map((own) => ({ ...axis, ...own, axisLabel: { ...axis.axisLabel, ...own.axisLabel } }));
  }
  return {
    animation: !calm.matches,
    animationDuration: 200,
    backgroundColor: "transparent",
    textStyle: { fontFamily: "inherit", color: colour("--ink") },
    ...resolved,
    tooltip: { confine: true, className: "tip", trigger: "item", ...resolved.tooltip, formatter: tip },
  };
}

function resolve(value, colour) {
  if (typeof value === "string") return /^--[a-z-]+$/.test(value) ? colour(value) : value;
  if (Array.isArray(value)) return value.map((one) => resolve(one, colour));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, resolve(one, colour)]));
}

function tip(shown) {
  const box = document.createElement("div");
  for (const one of [shown].flat()) {
    for (const line of [one.data?.tip ?? []].flat()) {
      const paragraph = document.createElement("p");
      paragraph.textContent = line; // never as HTML: it may hold what a client sent
      box.append(paragraph);
    }
  }
  return box.childNodes.length ? box : "";
}

function keepRange(box, chart) {
  const [zoom] = chart.getOption().dataZoom;
  const url = new URL(location.href);
  const whole = zoom.start === 0 && zoom.end === 100;
  for (const [name, value] of [["from", zoom.startValue], ["to", zoom.endValue]]) {
    if (whole || value == null) url.searchParams.delete(name);
    else url.searchParams.set(name, new Date(value).toISOString().slice(0, 19) + "Z");
  }
  history.replaceState(null, "", url);
  box.dispatchEvent(new CustomEvent("keepsharp:range", { bubbles: true, detail: { from: zoom.startValue, to: zoom.endValue } }));
}
