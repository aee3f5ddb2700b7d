// A shared worker: one stream of events for all pages of one browser, which allows but six connections to a server.
const pages = new Set();
let stream;

function open() {
  stream = new EventSource("/events");
  stream.addEventListener("changed", (event) => tell({ changed: JSON.parse(event.data) }));
  stream.addEventListener("open", () => tell({ connected: true }));
  stream.addEventListener("error", () => {
    tell({ connected: false });
    if (stream.readyState === EventSource.CLOSED) setTimeout(open, 5000); // refused: asked again, slowly
  });
}

function tell(message) {
  for (const page of pages) page.postMessage(message);
}

self.addEventListener("connect", ({ ports: [page] }) => {
  pages.add(page);
  page.addEventListener("message", ({ data }) => {
    if (data !== "leaving") return;
    pages.delete(page);
  });
  page.start();
  if (!stream) open();
  else if (stream.readyState === EventSource.OPEN) page.postMessage({ connected: true });
});
