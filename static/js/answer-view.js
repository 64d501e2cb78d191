/** One answer on the page: its state in words, its text, its sources, and what can be done with it. */
import { h, icon, iconButton } from "./dom.js";
import { dayInWords } from "./dates.js";
import { askedWith } from "./asked-with.js";
import { Prose } from "./prose.js";
import { sourceList } from "./source-list.js";
import { changeNotice } from "./sources/change-notice.js";
import { differing } from "./sources/differs.js";
import { versionSwitch } from "./versions.js";
import { isVerified, verifiedBadge } from "./verified-badge.js";
import { when } from "./when.js";
import { n, t } from "./words.js";

export class AnswerView {
  #prose;
  #drawn = false;
  #status = h("p", { class: "answer-status" });
  #foot = h("div", { class: "answer-foot" });

  /**
   * `online` tells whether a waiting question has left this page; `readOnly` leaves out what would ask again;
   * `extras` gives more `actions`, and what stands `below` them.
   */
  constructor(answer, { online = () => true, readOnly = false, extras = () => ({}) } = {}) {
    this.answer = answer;
    this.online = online;
    this.readOnly = readOnly;
    this.files = null; // SentFiles of its question, while they are being read
    this.extras = extras;
    this.#prose = new Prose(answer.citations);
    this.element = h(
      "li",
      { class: "message answer" },
      h("h2", { class: "visually-hidden" }, t("Answer")),
      this.#status,
      this.#prose.element,
      this.#foot,
    );
    this.#label();
  }

  /** The text is drawn when the message comes near the window, not when the conversation is opened. */
  draw() {
    if (this.#drawn) return;
    this.#drawn = true;
    this.#prose.push(this.answer.text);
    if (!this.answer.running) this.#prose.finish();
    this.#drawRest();
  }

  /** Where nothing is new nothing is drawn: a button that is replaced while it is pressed is not pressed. */
  update(change) {
    this.#label();
    if (!this.#drawn || change.same) return;
    if (change.cited) this.#prose.refreshMarkers();
    if (change.redraw) this.#prose.reset(this.answer.text);
    else if (change.added) this.#prose.push(change.added);
    if (!this.answer.running) this.#prose.finish();
    if (!change.added || change.ended || !this.answer.running) this.#drawRest();
    else this.#drawStatus();
  }

  #label() {
    const { id, running } = this.answer;
    if (id) this.element.dataset.message = id;
    this.element.setAttribute("aria-busy", String(running));
    this.#prose.element.classList.toggle("streaming", running && this.answer.text !== "");
  }

  #drawRest() {
    this.#drawStatus();
    const { answer } = this;
    const parts = [verifiedBadge(answer), this.#problem(), changeNotice(answer, this), this.#notice()];
    if (!answer.running) {
      const { actions = [], below = [] } = this.extras(answer);
      parts.push(...differing(answer), answer.text && sourceList(answer, { watch: !this.readOnly }), this.#day(), askedWith(answer.askedWith), this.#actions(actions), ...below);
    } else parts.push(this.#versions());
    const focused = this.#foot.contains(document.activeElement) ? selectorOf(document.activeElement) : null;
    this.#foot.replaceChildren(...parts.filter(Boolean));
    if (focused) this.#foot.querySelector(focused)?.focus({ preventScroll: true });
  }

  #drawStatus() {
    const words = this.#statusWords();
    this.#status.hidden = !words;
    if (this.#status.textContent !== words) this.#status.textContent = words;
  }

  #statusWords() {
    const { status, phase, text, passages } = this.answer;
    if (status === "waiting") return this.online() ? t("Sending…") : t("Waiting for a connection. Your question is kept.");
    if (status !== "streaming" || text) return "";
    if (phase === "reading") return passages.length ? n("Reading one passage…", "Reading {count} passages…", passages.length) : t("Thinking…");
    if (!phase && this.files?.busy) return t("Reading your files…");
    return t("Searching your documents…");
  }

  #problem() {
    const { status, error } = this.answer;
    if (status === "stopped") return h("p", { class: "aside" }, this.readOnly ? t("This answer was stopped.") : t("You stopped this answer."), this.#goOn());
    if (status !== "failed" && status !== "interrupted") return null;
    const words = error?.text || t("This answer was interrupted. What was written is kept.");
    return h(
      "div",
      { class: "problem", role: "group", "aria-label": t("Problem") },
      icon("alert"),
      h("p", {}, words),
      this.#goOn(),
      error?.retryable === false || this.readOnly ? null : h("button", { type: "button", class: "button small", "data-action": "retry" }, t("Try again")),
    );
  }

  #notice() {
    const { notice } = this.answer;
    if (!notice) return null;
    const link = notice.url ? [" ", h("a", { href: notice.url }, t("Connect one"))] : null;
    return h("p", { class: "notice" }, icon("info"), h("span", {}, notice.text, link), notice.code === "cut_short" && this.#goOn());
  }

  /** Beside "Try again", which begins anew. */
  #goOn() {
    if (this.readOnly || !this.answer.canGoOn) return null;
    return h("button", { type: "button", class: "button small", "data-action": "continue" }, t("Continue"));
  }

  #day() {
    const { asOf, text } = this.answer;
    return asOf && text ? h("p", { class: "answer-day" }, icon("calendar"), t("As of {day}", { day: dayInWords(asOf) })) : null;
  }

  #versions() {
    const { id, versions, running } = this.answer;
    const flip = this.readOnly ? null : versionSwitch(id, versions, "answer");
    if (flip && !running) flip.append(h("button", { type: "button", class: "compare-button", "data-action": "compare" }, t("Compare")));
    return flip;
  }

  #actions(more) {
    const { answer } = this;
    const failed = answer.status === "failed" || answer.status === "interrupted";
    if (!answer.text && failed) return this.#versions();
    return h(
      "div",
      { class: "answer-actions" },
      answer.text ? iconButton("copy", t("Copy answer"), { class: "icon-button small", "data-copy": "answer" }) : null,
      failed || this.readOnly ? null : iconButton("retry", isVerified(answer) ? t("Ask the documents instead") : t("Answer again"), { class: "icon-button small", "data-action": "retry" }),
      ...more,
      this.#versions(),
      when(answer.created),
    );
  }
}

const NAMES = ["data-step", "data-action", "data-copy", "data-source", "data-picture"];

/** By which the same button is found after it was drawn anew; null of anything else. */
function selectorOf(element) {
  const name = NAMES.find((each) => element.hasAttribute(each));
  return name ? `[${name}="${element.getAttribute(name)}"]` : null;
}
