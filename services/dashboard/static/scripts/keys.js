// One key for one deed: <button data-key="d">; j and k walk through [data-key-item]. Never while one types, never
// with a modifier, and not where the person switched single keys off (a check box with data-keys-switch).
const STORE = "keepsharp.keys";

export function listenForKeys(page) {
  page.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (isTyping(event.target) || !keysAreOn()) return;
    if (event.key === "j" || event.key === "k") return walk(event);
    const target = [...page.querySelectorAll("[data-key]")].find(
      (one) => one.dataset.key === event.key && one.checkVisibility() && !one.disabled,
    );
    if (!target) return;
    event.preventDefault();
    target.focus();
    target.click();
  });
  page.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-keys-switch]")) localStorage.setItem(STORE, event.target.checked ? "on" : "off");
  });
  for (const box of page.querySelectorAll("[data-keys-switch]")) box.checked = keysAreOn();
}

function keysAreOn() {
  return localStorage.getItem(STORE) !== "off";
}

function isTyping(element) {
  return element.isContentEditable || element.matches?.("input:not([type=checkbox],[type=radio]), textarea, select");
}

function walk(event) {
  const items = [...document.querySelectorAll("[data-key-item]")].filter((item) => item.checkVisibility());
  if (!items.length) return;
  event.preventDefault();
  const here = items.findIndex((item) => item.contains(document.activeElement));
  const next = Math.min(items.length - 1, Math.max(0, here + (event.key === "j" ? 1 : -1)));
  const target = items[next].matches("a, button, [tabindex]") ? items[next] : items[next].querySelector("a, button");
  target?.focus();
}
