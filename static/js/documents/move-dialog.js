/** Asks for the collection that documents are to be moved to; null when nobody chose. */
import { byId, h } from "../dom.js";
import { n, t } from "../words.js";

export function askForCollection(collections, items) {
  const dialog = byId("move-dialog");
  const select = byId("move-collection");
  const here = new Set(items.map((item) => item.collection.id));
  const others = collections.filter(({ id }) => here.size > 1 || !here.has(id));
  select.replaceChildren(...others.map(({ id, name }) => h("option", { value: id }, name)));
  byId("move-title").textContent = items.length === 1 ? t("Move “{title}”", { title: items[0].title }) : n("Move {count} document", "Move {count} documents", items.length);
  byId("move-none").hidden = others.length > 0;
  byId("move-confirm").disabled = select.hidden = others.length === 0;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "move" ? select.value : null), { once: true });
  });
}
