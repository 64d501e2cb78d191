// Keeps the states of documents on a page up to date, by asking for those that are unfinished.
//
//   <div data-progress-url="/admin/…/progress/">
//   <div class="cq-status" data-document="…" data-state="processing" data-busy="true">…</div>
//   <span data-document="…" data-field="pages">
const AT_ONCE = 100;
const QUICK = 1000;
const SLOW = 4000;

export function paintStatus(box, item) {
  box.dataset.state = item.state;
  box.dataset.busy = String(item.busy);
  box.querySelector(".cq-badge").textContent = item.label;
  box.querySelector(".cq-percent").textContent = item.busy && item.percent ? `${item.percent} %` : "";
  const bar = box.querySelector(".cq-bar");
  bar.hidden = !item.busy;
  bar.value = item.percent;
  box.querySelector(".cq-error").textContent = item.error;
  box.querySelector(".cq-note").textContent = item.note;
}

/** The items of these documents, or null when the server cannot be asked now. */
export async function fetchProgress(url, ids) {
  try {
    const response = await fetch(`${url}?ids=${ids.join(",")}`, { headers: { Accept: "application/json" } });
    if (!response.ok || response.redirected) return null;
    return (await response.json()).items;
  } catch {
    return null;
  }
}

function busyBoxes() {
  return [...document.querySelectorAll('.cq-status[data-document][data-busy="true"]')];
}

function paintPage(item) {
  const mine = `[data-document="${CSS.escape(item.id)}"]`;
  for (const box of document.querySelectorAll(`.cq-status${mine}`)) paintStatus(box, item);
  if (item.busy) return;
  for (const cell of document.querySelectorAll(`${mine}[data-field]`)) {
    cell.textContent = item[cell.dataset.field] || "–";
  }
}

async function follow(url) {
  let pause = QUICK;
  while (busyBoxes().length) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    if (document.hidden) continue;
    const ids = busyBoxes().slice(0, AT_ONCE).map((box) => box.dataset.document);
    const items = await fetchProgress(url, ids);
    pause = items ? QUICK : SLOW;
    if (!items) continue;
    items.forEach(paintPage);
    const known = new Set(items.map((item) => item.id));
    // Deleted meanwhile, by a colleague or in another tab.
    for (const id of ids.filter((one) => !known.has(one))) {
      paintPage({ id, state: "gone", label: "Deleted", percent: 0, busy: false, error: "", note: "" });
    }
  }
}

function start() {
  const url = document.querySelector("[data-progress-url]")?.dataset.progressUrl;
  if (url) follow(url);
}
start();
