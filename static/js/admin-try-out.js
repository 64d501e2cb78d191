/** The pane beside an assistant's editor: asks with what stands in the form, and draws the answer as it comes. */
import { Answer } from "./answer.js";
import { byId, h } from "./dom.js";
import { place } from "./places.js";
import { Prose } from "./prose.js";

const pane = byId("try-out");
const form = byId("try-out-form");
const editor = document.querySelector("#assistant_form");
const [ask, stop, state, problem, notice, sources] = ["ask", "stop", "state", "problem", "notice", "sources"].map((name) => byId(`try-out-${name}`));
const field = byId("try-out-question");
const UNREACHABLE = "The server cannot be reached. Check your network, then try again.";
const LOST = "The connection was lost before the answer ended. Try again.";

let running = null; // AbortController

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!running) run();
});
field.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});
stop.addEventListener("click", () => running?.abort());
addEventListener("pagehide", () => running?.abort());
pane.addEventListener("click", (event) => {
  const button = event.target.closest("[data-source]");
  if (button) byId(`try-out-source-${button.dataset.source}`)?.focus();
});

async function run() {
  if (!field.value.trim()) return tell("Type a question first.");
  running = new AbortController();
  const answer = new Answer({ id: "try-out", status: "streaming" });
  const prose = new Prose(answer.citations);
  byId("try-out-answer").replaceChildren(prose.element);
  problem.hidden = notice.hidden = sources.hidden = true;
  show("Searching…");
  try {
    const response = await fetch(pane.dataset.url, { method: "POST", body: asked(), signal: running.signal });
    if (!response.ok) return tell(await refusal(response));
    for await (const frame of frames(response)) draw(frame, answer, prose);
    if (answer.running) tell(LOST);
  } catch (error) {
    if (error.name !== "AbortError") tell(answer.text ? LOST : UNREACHABLE);
    else state.textContent = "Stopped.";
  } finally {
    prose.finish();
    listSources(answer);
    running = null;
    show(state.textContent === "Stopped." ? "Stopped." : "");
  }
}

/** All that is in the editor; the server takes what changes answers. */
function asked() {
  const body = new FormData(editor);
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  body.set("question", field.value);
  return body;
}

async function refusal(response) {
  const body = await response.json().catch(() => null);
  if (body?.error?.text) return body.error.text;
  return response.status === 403 || response.redirected ? "You are signed out, or may not do this any more. Load the page again." : "Something went wrong on our side. Try again.";
}

/** Lines of JSON as they come. */
async function* frames(response) {
  if (!response.headers.get("Content-Type")?.includes("ndjson")) throw new Error("not an answer");
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  let rest = "";
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const lines = (rest + decoder.decode(read.value, { stream: true })).split("\n");
    rest = lines.pop();
    for (const line of lines) yield JSON.parse(line);
  }
}

function draw(frame, answer, prose) {
  const change = answer.apply(frame) ?? {};
  if (change.added) prose.push(change.added);
  if (change.cited) prose.refreshMarkers();
  if (answer.running) show(words(answer));
  if (frame.type === "failed") tell(frame.text);
  if (frame.type === "notice") {
    notice.textContent = frame.text;
    notice.hidden = false;
  }
}

function words({ phase, passages }) {
  if (phase === "reading") return passages.length ? `Reading ${passages.length} passages…` : "Thinking…";
  return phase === "writing" ? "Writing…" : "Searching…";
}

function listSources({ citations, text }) {
  const cited = [...citations.values()].sort((a, b) => a.marker - b.marker);
  sources.querySelector("ol").replaceChildren(...cited.map(item));
  sources.hidden = !cited.length;
  if (text && !cited.length && notice.hidden) {
    notice.textContent = "This answer cites no source.";
    notice.hidden = false;
  }
}

function item(citation) {
  const where = [citation.collection, place(citation)].filter(Boolean).join(" · ");
  return h(
    "li",
    { id: `try-out-source-${citation.marker}`, tabindex: "-1" },
    h("b", {}, `[${citation.marker}] `, h("bdi", {}, citation.title)),
    h("div", { class: "cq-sub" }, h("bdi", {}, where)),
    citation.quote ? h("blockquote", { dir: "auto" }, citation.quote) : null,
  );
}

function tell(text) {
  problem.textContent = text;
  problem.hidden = false;
}

function show(text) {
  state.textContent = text;
  const hadFocus = document.activeElement === ask || document.activeElement === stop;
  ask.hidden = Boolean(running);
  stop.hidden = !running;
  if (hadFocus) (running ? stop : ask).focus();
}
