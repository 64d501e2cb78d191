/** Versions of questions and answers: flipping between them, asking in other words, and answers beside each other. */
import { announce } from "./announcer.js";
import * as api from "./api.js";
import { editQuestion } from "./question-edit.js";
import { toast } from "./toast.js";
import { t } from "./words.js";

export const ON_ITS_WAY = t("Your question is still on its way. Try again in a moment.");
const STEPS = { ArrowLeft: -1, ArrowRight: 1 };

export class Branches {
  #choosing = false;
  #comparison = null; // {element, hidden}

  /** `redraw` puts another path on the page, `reload` asks the server for it, `ask(question, text)` sends an edited one. */
  constructor({ list, thread, redraw, reload, ask, keepInView }) {
    Object.assign(this, { list, thread, redraw, reload, ask, keepInView });
    list.addEventListener("click", ({ target }) => this.#clicked(target));
    list.addEventListener("keydown", (event) => this.#key(event));
  }

  /** The server shows another path of this conversation, because somebody chose it. */
  pathChanged({ leaf }) {
    const elsewhere = () => this.thread.leaf !== leaf;
    if (!this.#choosing && elsewhere()) this.reload(elsewhere);
  }

  /** The server would not take an edited question: the words stay where they were typed. */
  refused({ message, text }, problem) {
    const view = this.thread.question(message);
    if (view) this.#edit(view, { text, problem });
    else toast(problem);
  }

  /** Another path by a message on it; what stood at `anchor` stays where the eyes are. */
  async choose(id, { anchor, step = 0 } = {}) {
    const { conversation, waiting } = this.thread;
    if (this.#choosing) return;
    if (waiting) return toast(ON_ITS_WAY);
    this.#choosing = true;
    this.#comparison = null;
    const top = anchor?.getBoundingClientRect().top;
    try {
      const fresh = await api.chooseBranch(id);
      if (this.thread.conversation?.id !== conversation.id) return;
      this.redraw(fresh.conversation, fresh.messages);
      const element = this.thread.reveal(id);
      if (top !== undefined) this.keepInView(element, top);
      this.#focus(element, step);
      announce(element.querySelector(".versions")?.getAttribute("aria-label") ?? "");
    } catch (error) {
      toast(error.message);
    } finally {
      this.#choosing = false;
    }
  }

  #focus(element, step) {
    const buttons = [...element.querySelectorAll("[data-step]")];
    const same = buttons.find((button) => Number(button.dataset.step) === step && !button.disabled);
    (same ?? buttons.find((button) => !button.disabled))?.focus({ preventScroll: true });
  }

  #clicked(target) {
    const message = target.closest(".message");
    const version = target.closest("[data-choose]");
    if (version) this.choose(version.dataset.choose, { anchor: message, step: Number(version.dataset.step) });
    if (target.closest("[data-action=edit]")) this.#edit(this.thread.question(message.dataset.message));
    if (target.closest("[data-action=compare]")) this.#compare(message);
  }

  #key(event) {
    const step = STEPS[event.key];
    const group = event.target.closest(".versions");
    if (!step || !group || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    event.preventDefault();
    const towards = getComputedStyle(group).direction === "rtl" ? -step : step;
    group.querySelector(`[data-step="${towards}"]:enabled`)?.click();
  }

  #edit(view, more = {}) {
    if (this.thread.waiting) return toast(ON_ITS_WAY);
    editQuestion(view, { ...more, keep: (text) => this.ask(view.id, text) });
  }

  async #compare(message) {
    if (this.#comparison?.element.isConnected) return this.#close();
    const id = message.dataset.message;
    try {
      const [{ comparison }, { answers }] = await Promise.all([import("./compare.js"), api.getAnswers(id)]);
      if (!message.isConnected || answers.length < 2) return;
      const element = comparison(answers, id, {
        lend: (view) => this.thread.lend(view),
        onchoose: (wanted) => (wanted === id ? this.#close() : this.choose(wanted, { anchor: element })),
        onclose: () => this.#close(),
      });
      message.after(element);
      message.hidden = true;
      this.#comparison = { element, hidden: message };
      element.querySelector("[data-role=close]").focus({ preventScroll: true });
      announce(t("Answers beside each other"));
    } catch (error) {
      toast(error.message);
    }
  }

  #close() {
    const { element, hidden } = this.#comparison;
    element.remove();
    hidden.hidden = false;
    this.#comparison = null;
    hidden.querySelector("[data-action=compare]")?.focus({ preventScroll: true });
  }
}
