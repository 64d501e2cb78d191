/** A conversation on paper: all of it is drawn at once, with the quotes behind its numbers. */
import { byId, h } from "../dom.js";
import { place } from "../places.js";
import { ReadOnlyThread } from "./read-only-thread.js";
import { t } from "../words.js";

const { messages } = JSON.parse(byId("print-data").textContent);
const thread = new ReadOnlyThread(byId("thread"), messages);
thread.drawAll();
for (const item of messages) if (item.citations?.length) byId("thread").querySelector(`[data-message="${item.id}"]`).append(sources(item.citations));
byId("print").addEventListener("click", () => print());

function sources(citations) {
  const sorted = [...citations].sort((a, b) => a.marker - b.marker);
  return h("div", { class: "print-sources" }, h("h3", { class: "sources-title" }, t("Sources")), sorted.map(source));
}

function source(citation) {
  const number = `[${citation.marker}] `;
  if (citation.available === false) return h("p", {}, number, t("A source that you can no longer read."));
  const where = place(citation);
  return h("div", {}, h("p", {}, number, h("bdi", {}, citation.title), where ? ` · ${where}` : ""), citation.quote ? h("blockquote", { dir: "auto" }, citation.quote) : null);
}
