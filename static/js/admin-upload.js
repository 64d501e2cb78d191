// Uploads many files, a few at a time, and shows for each how far it has come: sent, then read, then ready.
import { fetchProgress, paintStatus } from "./admin-progress.js";

const AT_ONCE = 2;
const POLL = 1000;

const config = JSON.parse(document.getElementById("upload-config").textContent);
const form = document.getElementById("upload-form");
const picker = document.getElementById("files");
const drop = document.getElementById("drop");
const list = document.getElementById("upload-list");
const say = document.getElementById("upload-say");

const waiting = [];
const reading = new Map(); // document id -> rows of the list that wait for it
let sending = 0;

document.documentElement.classList.add("cq-script");

class Row {
  constructor(file, collection) {
    this.file = file;
    this.collection = collection;
    this.element = document.createElement("li");
    this.element.className = "cq-file";
    this.element.innerHTML = `<div class="cq-file-name"></div>
      <div class="cq-status" data-busy="true"><span class="cq-badge"></span><span class="cq-percent"></span>
      <progress class="cq-bar" max="100" value="0"></progress><span class="cq-error" role="alert"></span>
      <span class="cq-sub cq-note"></span></div><div class="cq-file-end"></div>`;
    this.name = this.element.querySelector(".cq-file-name");
    this.status = this.element.querySelector(".cq-status");
    this.end = this.element.querySelector(".cq-file-end");
    this.name.textContent = `${file.name} (${size(file.size)})`;
    this.status.querySelector(".cq-bar").setAttribute("aria-label", `Progress of ${file.name}`);
    list.append(this.element);
  }

  paint(item) {
    paintStatus(this.status, { error: "", note: "", percent: 0, busy: true, ...item });
  }

  queue() {
    this.end.replaceChildren();
    this.paint({ state: "queued", label: "Waiting" });
    waiting.push(this);
    pump();
  }

  fail(text, { retry }) {
    this.paint({ state: "failed", label: "Not uploaded", busy: false, error: text });
    if (retry) this.end.replaceChildren(button("Retry", () => this.queue()));
    tell();
  }

  send() {
    const body = new FormData(form);
    body.delete("files");
    body.set("csrfmiddlewaretoken", token());
    if (this.collection) body.set("collection", this.collection);
    body.set("file", this.file, this.file.name);
    const request = new XMLHttpRequest();
    request.open("POST", config.upload);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      const percent = event.lengthComputable ? Math.floor((event.loaded * 100) / event.total) : 0;
      this.paint({ state: "processing", label: percent < 100 ? "Uploading" : "Storing", percent });
    });
    return new Promise((resolve) => {
      request.addEventListener("loadend", () => resolve(this.sent(request)));
      request.send(body);
    });
  }

  sent(request) {
    const answer = request.response;
    if (request.status === 0) {
      this.fail("The connection broke. Check your network, then retry.", { retry: true });
    } else if (answer?.error) {
      this.fail(answer.error.text, { retry: answer.error.code !== "empty" && answer.error.code !== "too_large" });
    } else if (answer?.document) {
      this.accepted(answer);
    } else if (request.status === 413) {
      this.fail("This file is larger than the server takes. Split it, or ask the operator to raise the limit.", { retry: false });
    } else if (request.responseURL.includes("/accounts/login/") || request.status === 403) {
      this.fail("You are signed out. Sign in again in another tab, then retry.", { retry: true });
    } else {
      this.fail("The server could not take this file. Wait a moment, then retry.", { retry: true });
    }
  }

  accepted(answer) {
    const link = document.createElement("a");
    link.href = answer.item.url;
    link.textContent = this.name.textContent;
    this.name.replaceChildren(link);
    const note = answer.duplicate ? "The collection holds this content already; nothing was added." : undefined;
    this.note = note;
    this.follow(answer.item);
  }

  follow(item) {
    this.paint(this.note ? { ...item, note: this.note } : item);
    const rows = reading.get(item.id) ?? new Set();
    if (item.busy) reading.set(item.id, rows.add(this));
    else if (rows.delete(this) && !rows.size) reading.delete(item.id);
    if (item.state === "failed") this.end.replaceChildren(button("Retry", () => this.readAgain(item)));
    tell();
  }

  /** The server has the file already: it only has to read it once more. */
  async readAgain(item) {
    this.end.replaceChildren();
    try {
      const answer = await fetch(item.retry, { method: "POST", headers: { "X-CSRFToken": token() }, redirect: "manual" });
      if (answer.status >= 400) throw new Error(answer.statusText);
      this.follow({ ...item, state: "queued", label: "Waiting", percent: 0, busy: true, error: "" });
    } catch {
      this.follow({ ...item, error: "The server could not be asked to try again. Check your network, then retry." });
    }
  }
}

/** From the cookie, since signing in again in another tab has made a new one. */
function token() {
  const cookie = document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/);
  return cookie ? cookie[1] : form.elements.csrfmiddlewaretoken.value;
}

function button(label, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "cq-button";
  made.textContent = label;
  made.addEventListener("click", act);
  return made;
}

function size(bytes) {
  const units = ["bytes", "KB", "MB", "GB"];
  let unit = 0;
  while (bytes >= 1024 && unit < units.length - 1) {
    bytes /= 1024;
    unit += 1;
  }
  return `${unit ? bytes.toFixed(1) : bytes} ${units[unit]}`;
}

async function pump() {
  while (waiting.length && sending < AT_ONCE) {
    sending += 1;
    waiting
      .shift()
      .send()
      .finally(() => {
        sending -= 1;
        pump();
      });
  }
}

async function poll() {
  const ids = [...reading.keys()].slice(0, 100);
  const items = ids.length && !document.hidden ? await fetchProgress(config.progress, ids) : null;
  if (items) {
    for (const item of items) for (const row of [...(reading.get(item.id) ?? [])]) row.follow(item);
    const known = new Set(items.map((item) => item.id));
    for (const id of ids.filter((one) => !known.has(one))) {
      for (const row of reading.get(id)) row.paint({ state: "gone", label: "Deleted", busy: false });
      reading.delete(id);
    }
  }
  setTimeout(poll, POLL);
}

function tell() {
  const states = [...list.querySelectorAll(".cq-status")].map((one) => [one.dataset.state, one.dataset.busy]);
  const busy = states.filter(([, isBusy]) => isBusy === "true").length;
  const failed = states.filter(([state]) => state === "failed").length;
  const done = states.length - busy - failed;
  say.textContent = [`${done} of ${states.length} ready`, failed ? `${failed} failed` : "", busy ? `${busy} to go` : ""]
    .filter(Boolean)
    .join(", ");
}

function add(files) {
  const select = form.elements.collection;
  if (select && !select.value) {
    say.textContent = "Choose a collection first, then the files.";
    select.focus();
    return;
  }
  const chosen = config.follows ? [...files].slice(0, 1) : [...files];
  for (const file of chosen) {
    const row = new Row(file, select?.value);
    if (file.size > config.max_bytes) {
      row.fail(`This file is larger than ${config.max_bytes / 1048576} MB. Split it, or ask the operator to raise the limit.`, { retry: false });
    } else if (file.size === 0) {
      row.fail("This file is empty (0 bytes), or it is a folder. Choose files.", { retry: false });
    } else {
      row.queue();
    }
  }
  tell();
}

// Caught on the way down: Unfold's own listener on file inputs expects a text field beside each.
drop.addEventListener(
  "change",
  (event) => {
    event.stopPropagation();
    add(picker.files);
    picker.value = ""; // the same file can be chosen again
  },
  { capture: true },
);
for (const type of ["dragenter", "dragover"]) {
  drop.addEventListener(type, (event) => {
    event.preventDefault();
    drop.classList.add("cq-over");
  });
}
drop.addEventListener("dragleave", (event) => {
  if (!drop.contains(event.relatedTarget)) drop.classList.remove("cq-over");
});
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("cq-over");
  add(event.dataTransfer.files);
});
// A file dropped beside the target must not replace the page with itself.
for (const type of ["dragover", "drop"]) document.addEventListener(type, (event) => event.preventDefault());
form.addEventListener("submit", (event) => event.preventDefault());
addEventListener("beforeunload", (event) => {
  if (sending || waiting.length) event.preventDefault();
});
poll();
