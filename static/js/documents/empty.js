/** What stands where a list would, and what to do about it. */
import { h, icon } from "../dom.js";
import { isNarrowed } from "./filters.js";
import { t } from "../words.js";

const NONE = {
  busy: t("Nothing is being read right now."),
  failed: t("Nothing has failed."),
  canceled: t("Nothing was canceled."),
  remarks: t("No document has remarks: everything was read whole."),
  ready: t("No document is ready yet."),
};

export function emptyState(filters, { collections, clear, choose }) {
  const alone = ["kind", "folder", "tag", "text"].every((name) => !filters[name]);
  if (isNarrowed(filters)) {
    const words = alone && filters.state ? NONE[filters.state] : t("No document fits what you are looking for.");
    return part("search", words, "", h("button", { type: "button", class: "button", onclick: clear }, t("Show all documents")));
  }
  if (!collections.length) {
    const create = h("a", { class: "button primary", href: "/admin/ingestion/collection/add/" }, t("Create a collection"));
    return part("collection", t("Begin with a collection"), t("It says who may read what is in it. Then drop your files here."), create);
  }
  const button = h("button", { type: "button", class: "button primary", onclick: choose }, icon("upload"), t("Choose files"));
  return part("upload", t("No documents yet: drop files here"), t("Whole folders too; they stay folders. PDF, Word, PowerPoint, Excel, HTML, Markdown, text, CSV, e-mail and more."), button);
}

function part(name, title, words, action) {
  return h("div", { class: "empty-words" }, icon(name), h("h2", {}, title), words ? h("p", {}, words) : null, action);
}
