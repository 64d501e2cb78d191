/** The messages of the conversation on the page, in order, with what is still on its way to the server. */
import { Answer } from "./answer.js";
import { AnswerView } from "./answer-view.js";
import { SentFiles } from "./attachments/sent-files.js";
import { drawWhenNear } from "./near.js";
import { QuestionView } from "./question-view.js";

export class Thread {
  #answers = new Map(); // id -> AnswerView
  #questions = new Set(); // ids
  #pending = new Map(); // client_id -> {question, view, replaced}
  #newest = null; // AnswerView

  /** `list` is the element that holds the messages. */
  constructor(list, { online }) {
    this.list = list;
    this.online = online;
    this.conversation = null; // {id, title}
  }

  show(conversation, messages) {
    this.conversation = conversation;
    this.#answers.clear();
    this.#questions.clear();
    this.#pending.clear();
    this.#newest = null;
    const elements = messages.map((item) => (item.role === "question" ? this.#question(item) : this.#answer(new Answer(item))).element);
    this.list.replaceChildren(...elements);
    drawWhenNear([...this.#answers.values()]);
  }

  get empty() {
    return this.list.childElementCount === 0;
  }

  get running() {
    return [...this.#answers.values(), this.#newest].find((view) => view?.answer.running)?.answer ?? null;
  }

  /** The answer that `follow` is about. */
  get followed() {
    return this.running ?? this.#newest?.answer ?? null;
  }

  has(message) {
    return this.#answers.has(message) || this.#questions.has(message);
  }

  answer(id) {
    return this.#answers.get(id)?.answer;
  }

  /** The element of a message, drawn. */
  reveal(id) {
    this.#answers.get(id)?.draw();
    return this.list.querySelector(`[data-message="${CSS.escape(id)}"]`);
  }

  isPending(clientId) {
    return this.#pending.has(clientId);
  }

  /** The client_id under which the newest question waits to be accepted, or undefined. */
  get waiting() {
    return [...this.#pending].find(([, { view }]) => view === this.#newest)?.[0];
  }

  addQuestion(clientId, text, asOf, attachments = []) {
    const question = this.#question({ text, as_of: asOf, attachments });
    const view = this.#answer(new Answer({ as_of: asOf }));
    view.files = question.files;
    view.draw();
    this.list.append(question.element, view.element);
    this.#pending.set(clientId, { question, view, replaced: null });
  }

  /** A new answer takes the place of one that failed or did not please. */
  replaceAnswer(clientId, id) {
    const replaced = this.#answers.get(id);
    const view = this.#answer(new Answer({ as_of: replaced.answer.asOf }));
    view.draw();
    replaced.element.replaceWith(view.element);
    this.#pending.set(clientId, { question: null, view, replaced });
  }

  accepted({ client_id: clientId, question, message, as_of: asOf }) {
    const pending = this.#pending.get(clientId);
    this.#pending.delete(clientId);
    if (!pending) return this.#addFromElsewhere(question && { ...question, as_of: asOf }, message);
    if (question) {
      pending.question.id = question.id;
      this.#questions.add(question.id);
    }
    pending.view.answer.id = message;
    pending.view.answer.status = "streaming";
    this.#answers.set(message, pending.view);
    pending.view.update({});
  }

  /** Refused or taken back before there was an answer: as if it had never been asked. */
  withdraw(clientId) {
    const pending = this.#pending.get(clientId);
    this.#pending.delete(clientId);
    if (!pending) return;
    const { question, view, replaced } = pending;
    if (replaced) view.element.replaceWith(replaced.element);
    else view.element.remove();
    question?.element.remove();
    this.#newest = replaced ?? [...this.#answers.values()].at(-1) ?? null;
  }

  /** What changed in the answer that the frame is about; null when it is not of this conversation. */
  apply(frame) {
    const view = this.#answers.get(frame.message);
    if (!view) return null;
    const change = view.answer.apply(frame);
    view.update(change);
    return change;
  }

  /** Words such as "Waiting for a connection" depend on the connection. */
  refreshWaiting() {
    for (const { view } of this.#pending.values()) view.update({});
  }

  #addFromElsewhere(question, message) {
    if (!question || this.has(message)) return;
    const view = this.#answer(new Answer({ id: message, status: "streaming", as_of: question.as_of }));
    const asked = this.#question(question);
    view.files = asked.files;
    view.draw();
    this.list.append(asked.element, view.element);
  }

  #question(item) {
    if (item.id) this.#questions.add(item.id);
    return new QuestionView(item, item.attachments?.length ? new SentFiles(item.attachments) : null);
  }

  #answer(answer) {
    const view = new AnswerView(answer, { online: this.online });
    if (answer.id) this.#answers.set(answer.id, view);
    this.#newest = view;
    return view;
  }
}
