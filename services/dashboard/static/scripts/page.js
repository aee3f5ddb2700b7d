// Begins every page: what is there already is made handier. Without scripts the pages read and work the same.
import { localTimes } from "./times.js";
import { handyTables } from "./tables.js";
import { listenForKeys } from "./keys.js";

async function enhance(root) {
  localTimes(root);
  handyTables(root);
  if (root.querySelector("[data-chart]")) (await import("./charts.js")).drawCharts(root);
}

document.addEventListener("keepsharp:content", (event) => enhance(event.target));
document.addEventListener("htmx:after:process", (event) => enhance(event.target));
listenForKeys(document);
await enhance(document);
if (document.querySelector("[data-live]")) (await import("./live.js")).follow();
document.documentElement.dataset.ready = "yes";
