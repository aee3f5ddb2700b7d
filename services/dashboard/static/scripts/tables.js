// Tables that tables.html wrote: sorted by a press on a heading, filtered as one types, taken away as CSV.
// What a person chose stays when a live update replaces the table, and lies in the address, so that a view can be sent:
// ?sort.alerts=-Opened&filter.alerts=drift. Rows that are seen at a glance need no filter.
const chosen = new Map(); // table's name → { column, ascending, filter }
const AT_A_GLANCE = 7;
const READ = { number: (text) => Number.parseFloat(text.replace(/[,\s]/g, "")), time: (text) => text, text: (text) => text };

export function handyTables(root) {
  const around = root.closest?.("[data-table]"); // a live update may replace the table within
  for (const box of [...(around ? [around] : []), ...root.querySelectorAll("[data-table]")]) {
    const state = chosen.get(box.dataset.table) ?? sent(box);
    chosen.set(box.dataset.table, state);
    addHeadings(box, state);
    if (!box.dataset.handy) addTools(box, state);
    box.dataset.handy = "yes";
    if (state.column !== undefined) sort(box, state);
    if (state.filter) filter(box, state);
    const few = box.querySelectorAll("tbody tr").length <= AT_A_GLANCE && !state.filter;
    box.querySelector("[data-spare]")?.toggleAttribute("hidden", few);
  }
}

// What the address says of a table: the heading that it is sorted by, with a minus downwards, and its filter.
function sent(box) {
  const asked = new URLSearchParams(location.search);
  const by = asked.get(`sort.${box.dataset.table}`) ?? "";
  const name = by.replace(/^-/, "");
  const column = [...box.querySelectorAll("thead th[data-sort-kind]")].find((one) => one.textContent.trim() === name)?.cellIndex;
  return { column, ascending: !by.startsWith("-"), filter: asked.get(`filter.${box.dataset.table}`) ?? "" };
}

function tell(box, { column, ascending, filter }) {
  const address = new URL(location.href);
  const by = column === undefined ? "" : box.querySelectorAll("thead th")[column].textContent.trim();
  for (const [name, value] of [["sort", by && `${ascending ? "" : "-"}${by}`], ["filter", filter?.trim()]]) {
    if (value) address.searchParams.set(`${name}.${box.dataset.table}`, value);
    else address.searchParams.delete(`${name}.${box.dataset.table}`);
  }
  history.replaceState(history.state, "", address);
}

function addHeadings(box, state) {
  const headings = [...box.querySelectorAll("thead th")];
  headings.forEach((heading, column) => {
    if (!heading.dataset.sortKind || heading.querySelector(".sort")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const down = state.column === column ? state.ascending : heading.dataset.sortKind !== "text";
      Object.assign(state, { column, ascending: !down });
      sort(box, state);
      tell(box, state);
    });
  });
}

function sort(box, { column, ascending }) {
  const headings = [...box.querySelectorAll("thead th")];
  const body = box.querySelector("tbody");
  const read = READ[headings[column].dataset.sortKind];
  const keyed = [...body.rows].map((row) => [read(key(row.cells[column])), row]);
  const missing = (value) => value === "" || value === "—" || Number.isNaN(value);
  keyed.sort(([a], [b]) => {
    if (missing(a) || missing(b)) return missing(a) - missing(b); // what is not known stays last
    const order = typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true });
    return ascending ? order : -order;
  });
  body.append(...keyed.map(([, row]) => row));
  headings.forEach((heading, at) => {
    if (at === column) heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    else heading.removeAttribute("aria-sort");
  });
}

function key(cell) {
  return cell?.dataset.sort ?? cell?.querySelector("time")?.dateTime ?? cell?.textContent.trim() ?? "";
}

function addTools(box, state) {
  const tools = box.querySelector("[data-tools]");
  if (!tools) return;
  tools.hidden = false;
  const input = tools.querySelector("[data-filter]");
  if (input) {
    input.value = state.filter ?? "";
    input.addEventListener("input", () => {
      state.filter = input.value;
      filter(box, state);
      tell(box, state);
    });
  }
  tools.querySelector("[data-export]")?.addEventListener("click", () => save(box));
}

function filter(box, state) {
  const wanted = state.filter.trim().toLowerCase().split(/\s+/);
  const rows = [...box.querySelectorAll("tbody tr")];
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !wanted.every((word) => text.includes(word));
  }
  const shown = rows.filter((row) => !row.hidden).length;
  const count = box.querySelector("[data-count]");
  if (count) count.textContent = state.filter.trim() ? `${shown} of ${rows.length}` : "";
}

function save(box) {
  const rows = [...box.querySelectorAll("thead tr, tbody tr:not([hidden])")];
  const lines = rows.map((row) => [...row.cells].map((cell) => quoted(plain(cell))).join(","));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["\ufeff" + lines.join("\r\n") + "\r\n"], { type: "text/csv" }));
  link.download = `${box.dataset.table}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function plain(cell) {
  return cell.dataset.csv ?? cell.querySelector("time")?.dateTime ?? cell.textContent.trim().replace(/\s+/g, " ");
}

function quoted(text) {
  const safe = /^[=+@\t\r]|^-(?![\d.])/.test(text) ? `'${text}` : text; // a spreadsheet must not run it
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
