/** What stands where a list would, and what to do about it. */
import { h, icon } from "../dom.js";
import { isNarrowed } from "./filters.js";

const NONE = {
  busy: "Nothing is being read right now.",
  failed: "Nothing has failed.",
  canceled: "Nothing was canceled.",
  remarks: "No document has remarks: everything was read whole.",
  ready: "No document is ready yet.",
};

export function emptyState(filters, { collections, clear, choose }) {
  const alone = ["kind", "folder", "tag", "text"].every((name) => !filters[name]);
  if (isNarrowed(filters)) {
    const words = alone && filters.state ? NONE[filters.state] : "No document fits what you are looking for.";
    return part("search", words, "", h("button", { type: "button", class: "button", onclick: clear }, "Show all documents"));
  }
  if (!collections.length) {
    const create = h("a", { class: "button primary", href: "/admin/ingestion/collection/add/" }, "Create a collection");
    return part("collection", "Begin with a collection", "It says who may read what is in it. Then drop your files here.", create);
  }
  const button = h("button", { type: "button", class: "button primary", onclick: choose }, icon("upload"), "Choose files");
  return part("upload", "No documents yet: drop files here", "Whole folders too; they stay folders. PDF, Word, PowerPoint, Excel, HTML, Markdown, text, CSV, e-mail and more.", button);
}

function part(name, title, words, action) {
  return h("div", { class: "empty-words" }, icon(name), h("h2", {}, title), words ? h("p", {}, words) : null, action);
}
