/** Where questions are typed. Enter sends, Shift+Enter breaks the line; on touch screens only the button sends. */
import { codePoints } from "./protocol.js";
import { n, t } from "./words.js";

const COUNT_FROM = 0.9; // of the limit

export class Composer {
  #limit;
  #running = false;
  #blocked = false;
  #wanted = false; // to be sent once it is not blocked

  constructor(form, { limit, onsend, onstop, oninput }) {
    this.form = form;
    this.field = form.querySelector("textarea");
    this.sendButton = form.querySelector("[data-role=send]");
    this.stopButton = form.querySelector("[data-role=stop]");
    this.problem = form.querySelector("[data-role=problem]");
    this.counter = form.querySelector("[data-role=count]");
    this.onsend = onsend;
    this.oninput = oninput;
    this.#limit = limit;
    form.addEventListener("submit", (event) => this.#submit(event));
    this.field.addEventListener("keydown", (event) => this.#key(event));
    this.field.addEventListener("input", () => this.#changed());
    this.stopButton.addEventListener("click", onstop);
    this.#refresh();
  }

  get text() {
    return this.field.value;
  }

  set text(text) {
    this.field.value = text;
    this.#refresh();
  }

  set running(running) {
    if (running === this.#running) return;
    this.#running = running;
    const hadFocus = this.form.contains(document.activeElement);
    this.stopButton.hidden = !running;
    this.stopButton.disabled = false;
    // A focused button that disappears would drop the focus to the top of the page.
    if (hadFocus && document.activeElement !== this.field) this.focus();
    this.#refresh();
  }

  /** A file that belongs to the question is still on its way. */
  set blocked(blocked) {
    if (blocked === this.#blocked) return;
    this.#blocked = blocked;
    this.#refresh();
    if (blocked || !this.#wanted) return;
    this.#say("");
    // Not without a file that was refused: its person decides.
    if (!this.form.querySelector(".file-chip.wrong")) this.form.requestSubmit();
    this.#wanted = false;
  }

  /** Stop was pressed; a disabled button cannot keep the focus. */
  stopping() {
    this.focus();
    this.stopButton.disabled = true;
  }

  /** Another text instead, as if it had been typed. */
  fill(text) {
    this.text = text;
    this.oninput(text);
  }

  /** A question that was not taken comes back, before whatever has been typed since. */
  giveBack(text, problem = "") {
    this.text = this.text ? `${text}\n\n${this.text}` : text;
    this.#say(problem);
    this.oninput(this.text);
    this.focus();
  }

  /** Behind what is typed, with the cursor after it. */
  append(text) {
    this.text = this.text.trim() ? `${this.text.trimEnd()}\n\n${text}` : text;
    this.oninput(this.text);
    this.focus();
    this.field.setSelectionRange(this.text.length, this.text.length);
    this.field.scrollTop = this.field.scrollHeight;
  }

  focus() {
    this.field.focus({ preventScroll: true });
  }

  #key(event) {
    // While an input method composes, Enter belongs to it.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    if (matchMedia("(pointer: coarse) and (hover: none)").matches) return;
    event.preventDefault();
    this.form.requestSubmit();
  }

  #submit(event) {
    event.preventDefault();
    const text = this.text.trim();
    if (text && this.#blocked) {
      this.#wanted = true;
      return this.#say(t("It will be sent when your files have arrived."));
    }
    if (!text || codePoints(text) > this.#limit) return;
    this.text = "";
    this.problem.hidden = true;
    this.onsend(text);
  }

  #say(words) {
    this.problem.textContent = words;
    this.problem.hidden = !words;
  }

  #changed() {
    this.problem.hidden = true;
    this.#wanted = false;
    this.#refresh();
    this.oninput(this.text);
  }

  #refresh() {
    const length = codePoints(this.text.trim());
    const over = length > this.#limit;
    this.sendButton.disabled = length === 0 || over;
    this.sendButton.hidden = this.#running && length === 0;
    const words = this.#running ? t("Send when the answer has ended") : t("Send");
    if (this.sendButton.title !== words) this.sendButton.title = this.sendButton.ariaLabel = words;
    this.counter.hidden = length < this.#limit * COUNT_FROM;
    this.counter.textContent = this.counter.hidden ? "" : inWords(this.#limit - length);
    this.counter.classList.toggle("over", over);
    this.field.setAttribute("aria-invalid", String(over));
    this.#grow();
  }

  #grow() {
    if (CSS.supports("field-sizing", "content")) return;
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight}px`;
  }
}

const inWords = (left) =>
  left < 0 ? n("{count} character too many", "{count} characters too many", -left) : n("{count} character left", "{count} characters left", left);
