/** The documents page: joins the list, its filters, the panel and the uploads. What each does is in its own file. */
import { announce } from "../announcer.js";
import { whenSignedOut } from "../api.js";
import { backoff } from "../backoff.js";
import { disclosure } from "../disclosure.js";
import { byId, h } from "../dom.js";
import { Drawer } from "../drawer.js";
import { languageChoice } from "../language.js";
import { openMenu } from "../menu.js";
import { themeChoice } from "../theme.js";
import { endWithSession } from "../session-end.js";
import { toast } from "../toast.js";
import * as api from "./api.js";
import { dropAnywhere } from "./drop.js";
import { emptyState } from "./empty.js";
import { changed, filtersOf, searchOf } from "./filters.js";
import { fromInput } from "./gather.js";
import { DocumentList } from "./list.js";
import { Live } from "./live.js";
import { DocumentPanel } from "./panel.js";
import { drawCrumbs, drawRail } from "./rail.js";
import { drawStates } from "./states.js";
import { Uploads } from "./uploads.js";
import { Verbs } from "./verbs.js";
import { wired } from "../wired.js";
import { n, number, t } from "../words.js";

const TYPING = 250;
const FRESH = 3_000;

const data = JSON.parse(byId("documents-data").textContent);
let filters = filtersOf(location.search);
let summary = null;
let choices = { collections: data.collections.map((each) => ({ ...each, count: 0 })), folders: [], tags: [] };

const drawer = new Drawer();
const verbs = new Verbs({ collections: () => choices.collections, onchanged: news, ongone: gone, onback: () => show() });
const panel = new DocumentPanel({ verbs, onchanged: news, onclose: () => open(null), onversion: (item) => uploads.newVersion(item) });
const list = new DocumentList({
  load: (after, signal) => api.list(filters, after, signal),
  href: (id) => searchOf(filters, { document: id }),
  onopen: (id, opener) => open(id, opener),
  onmenu: (id, button) => openMenu(button, verbs.entries([list.item(id)])),
  onselect: selected,
  ondelete: (ids) => verbs.run("delete", ids.map((id) => list.item(id))),
});
const live = new Live(look);
const uploads = new Uploads({ ...data, collections: () => choices.collections, chosen: () => filters.collection, pause: backoff, onsent: sent });

// --- Going from one list to another ---------------------------------------------------------------------------

function go(next, { replace = false } = {}) {
  filters = next;
  history[replace ? "replaceState" : "pushState"](null, "", location.pathname + searchOf(filters));
  panel.close();
  list.mark(null);
  show();
}

async function show() {
  const wanted = filters;
  drawControls();
  byId("documents-wait").hidden = false;
  byId("documents").setAttribute("aria-busy", "true");
  try {
    const page = await api.list(wanted, "");
    if (wanted !== filters) return;
    list.show(page);
    drawEmpty();
    announce(page.next ? n("More than {count} document", "More than {count} documents", page.items.length) : n("{count} document", "{count} documents", page.items.length));
  } catch (error) {
    if (wanted === filters) toast(error.message, { label: t("Try again"), run: show });
  } finally {
    byId("documents-wait").hidden = true;
    byId("documents").removeAttribute("aria-busy");
  }
  byId("scroller").scrollTop = 0;
  loadChoices();
  live.soon();
}

async function loadChoices() {
  const wanted = filters.collection;
  const found = await api.choices(wanted).catch(() => null);
  if (!found || wanted !== filters.collection) return;
  choices = found;
  drawControls();
  uploads.drawCollections();
}

function drawControls() {
  const collection = choices.collections.find(({ id }) => id === filters.collection);
  byId("title").textContent = collection?.name ?? t("All documents");
  document.title = `${collection?.name ?? t("Documents")} · Colloquy`;
  drawRail(choices, filters);
  drawCrumbs(filters);
  drawStates(filters, summary);
  for (const name of ["kind", "order"]) byId(name).value = filters[name] || (name === "order" ? "newest" : "");
  if (document.activeElement !== byId("search")) byId("search").value = filters.text;
}

function drawEmpty() {
  const empty = byId("empty");
  empty.hidden = !list.empty;
  if (list.empty) empty.replaceChildren(emptyState(filters, { collections: choices.collections, clear: () => go({ ...filters, state: "", kind: "", folder: "", tag: "", text: "" }), choose: () => byId("files").click() }));
}

function open(id, opener) {
  history[panel.id && id ? "replaceState" : "pushState"](null, "", location.pathname + searchOf(filters, { document: id }));
  if (id) panel.open(id, opener);
  else panel.close();
  list.mark(id);
}

addEventListener("popstate", () => {
  const before = JSON.stringify(filters);
  filters = filtersOf(location.search);
  openFromAddress();
  if (JSON.stringify(filters) !== before) show();
});

function openFromAddress() {
  const id = new URLSearchParams(location.search).get("document");
  if (id && id !== panel.id) panel.open(id);
  else if (!id) panel.close();
  list.mark(id);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-filter]");
  if (!link || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  drawer.closeIfNarrow();
  go(filtersOf(link.search));
});

let typing = null;
byId("search").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => go(changed(filters, { text: byId("search").value.trim() }), { replace: true }), TYPING);
});
for (const name of ["kind", "order"]) byId(name).addEventListener("change", (event) => go(changed(filters, { [name]: event.target.value })));

// --- What changes by itself -----------------------------------------------------------------------------------

async function look() {
  const wanted = filters.collection;
  const ids = [...new Set([...list.unfinished, ...(panel.item?.busy ? [panel.id] : [])])];
  const [counts, rows] = await Promise.all([api.summary(wanted).catch(() => null), ids.length ? api.progress(ids).catch(() => null) : { items: [] }]);
  if (wanted !== filters.collection) return true;
  if (counts) summary = counts;
  drawStates(filters, summary);
  if (rows) {
    const known = new Set(rows.items.map(({ id }) => id));
    list.remove(ids.filter((id) => !known.has(id) && list.item(id)));
    list.paint(rows.items);
    panel.paint(rows.items);
  }
  return !counts || counts.counts.busy > 0 || uploads.busy;
}

function news(items) {
  list.paint(items);
  panel.paint(items);
  if (panel.id && items.some(({ id }) => id === panel.id)) panel.reload();
  live.soon();
}

function gone(ids) {
  list.remove(ids);
  if (ids.includes(panel.id)) open(null);
  drawEmpty();
  loadChoices();
  live.soon();
}

/** Files that were taken appear on top, but not more often than one can look, and never while one reads further down. */
let freshening = null;
function sent() {
  freshening ??= setTimeout(async () => {
    freshening = null;
    const wanted = filters;
    const page = byId("scroller").scrollTop < 200 && (filters.order || "newest") === "newest" ? await api.list(wanted, "").catch(() => null) : null;
    if (page && wanted === filters) list.refresh(page);
    drawEmpty();
    loadChoices();
    live.soon();
  }, list.empty ? 300 : FRESH);
}

// --- A selection ----------------------------------------------------------------------------------------------

function selected(ids) {
  const bar = byId("selection");
  bar.hidden = ids.length === 0;
  if (!ids.length) return;
  const items = ids.map((id) => list.item(id)).filter(Boolean);
  byId("selection-count").textContent = n("{count} selected", "{count} selected", items.length);
  const act = ({ label, danger, run }) => h("button", { type: "button", class: `button small${danger ? " danger" : ""}`, onclick: run }, label);
  byId("selection-verbs").replaceChildren(...verbs.entries(items).map(act));
}
byId("selection-clear").addEventListener("click", () => list.selection.set([]));
byId("selection-all").addEventListener("click", () => list.selection.set(list.ids));

// --- Begin ----------------------------------------------------------------------------------------------------

const input = (id) => byId(id).addEventListener("change", (event) => {
  uploads.offer(fromInput(event.target));
  event.target.value = ""; // the same file can be chosen again
});
input("files");
input("folder");
byId("upload").addEventListener("click", () =>
  openMenu(byId("upload"), [
    { label: t("Choose files"), icon: "file", run: () => byId("files").click() },
    { label: t("Choose a folder"), icon: "folder", run: () => byId("folder").click() },
  ]),
);
dropAnywhere({ ondrop: (gathered) => uploads.offer(gathered), onprogress: (count) => uploads.gathering(count) });
disclosure(byId("user-button"));
themeChoice(byId("theme"));
languageChoice(byId("language"));
endWithSession(byId("sign-out"), { login: data.login, onend: () => location.replace(data.login) });
whenSignedOut(() => {
  const banner = byId("banner");
  const target = `${data.login}?next=${encodeURIComponent(location.pathname + location.search)}`;
  banner.hidden = false;
  banner.replaceChildren(h("span", {}, t("You are signed out.")), h("a", { href: target, class: "button small" }, t("Sign in")));
});
drawControls();
list.show(data.first);
drawEmpty();
openFromAddress();
loadChoices();
live.soon();
wired();
