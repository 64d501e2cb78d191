/** Collections, folders and tags beside the list. Each is a link, so that it can be opened in another tab too. */
import { byId, h, icon } from "../dom.js";
import { changed, searchOf } from "./filters.js";
import { foldersBelow, steps } from "./paths.js";
import { n, number, t } from "../words.js";

const MOST = 200;

export function drawRail(choices, filters) {
  const all = choices.collections.reduce((sum, { count }) => sum + count, 0);
  const collections = [{ id: "", name: t("All documents"), count: all }, ...choices.collections];
  fill("rail-collections", collections.map((each) => link(each.name, each.count, filters, { collection: each.id, folder: "", tag: "" }, each.id === filters.collection, "collection")));
  const up = filters.folder ? [upLink(filters)] : [];
  const below = foldersBelow(choices.folders, filters.folder);
  const folders = below.slice(0, MOST).map((each) => link(each.name, each.count, filters, { folder: each.path }, false, "folder"));
  if (below.length > MOST) folders.push(h("li", { class: "rail-more" }, n("and {count} more: search for it by name", "and {count} more: search for them by name", below.length - MOST)));
  fill("rail-folders", [...up, ...folders]);
  fill("rail-tags", choices.tags.slice(0, MOST).map((each) => link(each.name, each.count, filters, { tag: each.name === filters.tag ? "" : each.name }, each.name === filters.tag, "tag")));
}

function fill(id, items) {
  const list = byId(id);
  list.replaceChildren(...items);
  list.closest("section").hidden = items.length === 0;
}

function link(name, count, filters, change, current, iconName) {
  const words = h("bdi", { class: "rail-name" }, name);
  const attributes = { href: address(changed(filters, change)), "data-filter": true, "aria-current": current ? "true" : null, title: name };
  return h("li", {}, h("a", attributes, icon(iconName), words, h("span", { class: "rail-count" }, number(count))));
}

function upLink(filters) {
  const above = steps(filters.folder).at(-2);
  const attributes = { href: address({ ...filters, folder: above?.path ?? "" }), "data-filter": true, class: "rail-up" };
  return h("li", {}, h("a", attributes, icon("up"), h("bdi", { class: "rail-name" }, above?.name ?? t("All folders"))));
}

const address = (filters) => location.pathname + searchOf(filters);

/** The folders that lead to the one shown. */
export function drawCrumbs(filters) {
  const crumbs = byId("crumbs");
  const path = steps(filters.folder);
  crumbs.hidden = path.length === 0 && !filters.tag;
  const first = h("a", { href: address({ ...filters, folder: "" }), "data-filter": true }, t("All folders"));
  const rest = path.map(({ name, path: folder }, i) =>
    i === path.length - 1 ? h("bdi", { "aria-current": "true" }, name) : h("a", { href: address({ ...filters, folder }), "data-filter": true }, h("bdi", {}, name)),
  );
  const folders = path.length ? [first, ...rest] : [];
  const tag = filters.tag ? h("a", { class: "chip", href: address({ ...filters, tag: "" }), "data-filter": true, "aria-label": t("Without the tag {tag}", { tag: filters.tag }) }, icon("tag"), h("bdi", {}, filters.tag), icon("close")) : null;
  crumbs.replaceChildren(...folders.map((step) => h("li", {}, step)), ...(tag ? [h("li", {}, tag)] : []));
}
