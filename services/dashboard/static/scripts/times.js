// <time datetime="2026-03-01T09:05:00Z">1 Mar 2026, 09:05 UTC</time> → the viewer's own zone, and UTC on hover.
// data-style="day" shows the day alone, "clock" the time alone, "ago" how long ago it was.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const forms = {
  moment: { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  day: { day: "numeric", month: "short", year: "numeric" },
  clock: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
};
const formatters = Object.fromEntries(
  Object.entries(forms).map(([name, form]) => [name, new Intl.DateTimeFormat("en-GB", form)]),
);
const hourOnly = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const dayOnly = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

export function localTimes(root) {
  localHours(root);
  for (const time of root.querySelectorAll("time[datetime]:not([data-local])")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    const spoken = time.textContent.trim();
    time.title = spoken.includes("UTC") ? spoken : `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;
    time.dataset.local = zone;
    time.textContent = words(at, time.dataset.style ?? "moment");
  }
}

// An hour on the axis of a picture, <text data-at="2026-03-01T09:00:00Z">, as the viewer's clock shows it; midnight as its day.
function localHours(root) {
  for (const text of root.querySelectorAll("text[data-at]:not([data-local])")) {
    const at = new Date(text.dataset.at);
    const day = at.getHours() === 0 && at.getMinutes() === 0;
    text.dataset.local = zone;
    text.textContent = (day ? dayOnly : hourOnly).format(at);
  }
}

export function words(at, style = "moment") {
  if (style === "ago") return ago((at.getTime() - Date.now()) / 1000);
  return (formatters[style] ?? formatters.moment).format(at).replace(" at ", ", ");
}

function ago(seconds) {
  const units = [["day", 86400], ["hour", 3600], ["minute", 60]];
  const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 1];
  return relative.format(Math.round(seconds / size), unit);
}
