// Keeps the states of documents on a page up to date, by asking for those that are unfinished.
//
//   <div data-progress-url="/admin/…/progress/">
//   <div class="cq-status" data-document="…" data-state="processing" data-busy="true">…</div>
//   <span data-document="…" data-field="pages">
import { timeLeft } from "./documents/figures.js";

const AT_ONCE = 100;
const QUICK = 1000;
const SLOW = 4000;

export function paintStatus(box, item) {
  box.dataset.state = item.state;
  box.dataset.busy = String(item.busy);
  box.querySelector(".cq-badge").textContent = item.label;
  const percent = item.busy && item.percent ? `${item.percent} %` : "";
  box.querySelector(".cq-percent").textContent = [percent, timeLeft(item.seconds_left)].filter(Boolean).join(" · ");
  const bar = box.querySelector(".cq-bar");
  bar.hidden = !item.busy;
  bar.value = item.percent;
  box.querySelector(".cq-error").textContent = item.error;
  box.querySelector(".cq-note").textContent = item.note;
  const stop = box.querySelector(".cq-stop");
  if (stop) stop.hidden = !item.cancelable;
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

/** Stop beside a bar; without scripts the button sends its form and the page comes anew. */
async function stop(event) {
  const button = event.target.closest?.(".cq-stop");
  if (!button) return;
  event.preventDefault();
  button.disabled = true;
  const token = document.querySelector("input[name=csrfmiddlewaretoken]").value;
  const answer = await fetch(button.formAction, { method: "POST", headers: { "X-CSRFToken": token }, redirect: "manual" }).catch(() => null);
  button.disabled = false;
  if (!answer || answer.status >= 400) button.closest(".cq-status").querySelector(".cq-error").textContent = "It could not be stopped. Load the page again.";
}

function start() {
  const url = document.querySelector("[data-progress-url]")?.dataset.progressUrl;
  if (url) follow(url);
  document.addEventListener("click", stop);
}
start();
