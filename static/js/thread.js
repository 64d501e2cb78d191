/** The messages of the conversation on the page, in order, with what is still on its way to the server. */
import { Answer } from "./answer.js";
import { AnswerView } from "./answer-view.js";
import { SentFiles } from "./attachments/sent-files.js";
import { drawWhenNear } from "./near.js";
import { QuestionView } from "./question-view.js";

export class Thread {
  #answers = new Map(); // id -> AnswerView
  #questions = new Map(); // id -> QuestionView
  #lent = new Map(); // id -> AnswerView, of answers that are shown beside one of this path
  #pending = new Map(); // client_id -> {question, view, cut}
  #newest = null; // AnswerView

  /** `list` is the element that holds the messages. */
  constructor(list, { online, extras }) {
    this.list = list;
    this.online = online;
    this.extras = extras;
    this.conversation = null; // {id, title}
  }

  show(conversation, messages) {
    this.conversation = conversation;
    this.#answers.clear();
    this.#questions.clear();
    this.#lent.clear();
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
    return (this.#answers.get(id) ?? this.#lent.get(id))?.answer;
  }

  question(id) {
    return this.#questions.get(id);
  }

  /** The id of the last message, if the server knows it. */
  get leaf() {
    return [...this.list.children].findLast(({ dataset }) => dataset.message)?.dataset.message;
  }

  /** Of an answer that is on the page beside the path, so that its sources open. */
  lend(view) {
    this.#lent.set(view.answer.id, view);
  }

  /** Sources of an answer have changed since it was written. */
  changed(id, change) {
    const view = this.#answers.get(id);
    if (!view) return;
    view.answer.changed = change;
    view.update({});
  }

  /** The element of a message, drawn. */
  reveal(id) {
    this.#answers.get(id)?.draw();
    return this.list.querySelector(`[data-message="${CSS.escape(id)}"]`);
  }

  isPending(clientId) {
    return this.#pending.has(clientId);
  }

  /** How the last answer ended, or that it runs; undefined when there is none. */
  get lastStatus() {
    return this.#newest?.answer.status;
  }

  /** The client_id under which the newest question waits to be accepted, or undefined. */
  get waiting() {
    return [...this.#pending].find(([, { view }]) => view === this.#newest)?.[0];
  }

  addQuestion(clientId, text, asOf, attachments = []) {
    this.#add(clientId, { text, as_of: asOf, attachments });
  }

  /** The question in other words takes its place, and what was asked after it leaves the page. */
  replaceQuestion(clientId, id, text) {
    const { element } = this.#questions.get(id);
    const asOf = this.#answers.get(element.nextElementSibling?.dataset.message)?.answer.asOf ?? null;
    const cut = this.#cut(element);
    this.#add(clientId, { text, as_of: asOf }, cut);
  }

  /** A new answer takes the place of one that failed or did not please, and what was asked after it leaves the page. */
  replaceAnswer(clientId, id) {
    const { element, answer } = this.#answers.get(id);
    const cut = this.#cut(element);
    const view = this.#answer(new Answer({ as_of: answer.asOf }));
    view.draw();
    this.list.append(view.element);
    this.#pending.set(clientId, { question: null, view, cut });
  }

  /** An answer that broke off waits to be gone on with. */
  resume(clientId, id) {
    const view = this.#answers.get(id);
    const { status, error } = view.answer;
    view.answer.status = "waiting";
    view.update({});
    this.#pending.set(clientId, { question: null, view, was: { status, error } });
  }

  accepted({ client_id: clientId, question, message, as_of: asOf, asked_with: askedWith, versions, offset }) {
    const pending = this.#pending.get(clientId);
    this.#pending.delete(clientId);
    if (pending?.was || typeof offset === "number") return this.#goOn(message, offset ?? 0);
    if (!pending) return this.#addFromElsewhere(question && { ...question, as_of: asOf, asked_with: askedWith }, message);
    // It had been accepted before, unheard, and the conversation has been loaded with it since.
    if (this.#answers.has(message)) return this.#remove(pending);
    if (question) {
      pending.question.versions = versions?.question ?? [];
      pending.question.id = question.id;
      this.#questions.set(question.id, pending.question);
    }
    pending.view.answer.id = message;
    pending.view.answer.versions = versions?.answer ?? [];
    pending.view.answer.askedWith = askedWith ?? null;
    pending.view.answer.status = "streaming";
    this.#answers.set(message, pending.view);
    pending.view.update({});
  }

  /** Refused or taken back before there was an answer: as if it had never been asked. */
  withdraw(clientId) {
    const pending = this.#pending.get(clientId);
    this.#pending.delete(clientId);
    if (!pending) return;
    if (pending.was) {
      if (pending.view.answer.status === "waiting") Object.assign(pending.view.answer, pending.was);
      return pending.view.update({});
    }
    this.#remove(pending);
  }

  #remove({ view, question, cut }) {
    view.element.remove();
    question?.element.remove();
    if (cut) this.#putBack(cut);
    this.#newest = [...this.#answers.values()].at(-1) ?? null;
  }

  #goOn(message, offset) {
    const view = this.#answers.get(message);
    view?.answer.goOn(offset);
    view?.update({ redraw: true });
  }

  #add(clientId, item, cut = null) {
    const question = this.#question(item);
    const view = this.#answer(new Answer({ as_of: item.as_of }));
    view.files = question.files;
    view.draw();
    this.list.append(question.element, view.element);
    this.#pending.set(clientId, { question, view, cut });
  }

  /** Takes a message and all after it off the page. */
  #cut(first) {
    const elements = [];
    for (let element = first; element; element = element.nextElementSibling) elements.push(element);
    const cut = { elements, answers: [], questions: [] };
    for (const { dataset } of elements) {
      if (this.#answers.has(dataset.message)) cut.answers.push([dataset.message, this.#answers.get(dataset.message)]);
      if (this.#questions.has(dataset.message)) cut.questions.push([dataset.message, this.#questions.get(dataset.message)]);
    }
    for (const element of elements) element.remove();
    for (const [id] of cut.answers) this.#answers.delete(id);
    for (const [id] of cut.questions) this.#questions.delete(id);
    return cut;
  }

  #putBack({ elements, answers, questions }) {
    this.list.append(...elements);
    for (const [id, view] of answers) this.#answers.set(id, view);
    for (const [id, view] of questions) this.#questions.set(id, view);
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
    const view = this.#answer(new Answer({ id: message, status: "streaming", as_of: question.as_of, asked_with: question.asked_with }));
    const asked = this.#question(question);
    view.files = asked.files;
    view.draw();
    this.list.append(asked.element, view.element);
  }

  #question(item) {
    const files = item.attachments?.length ? new SentFiles(item.attachments) : null;
    const view = new QuestionView(item, { files, editable: true });
    if (item.id) this.#questions.set(item.id, view);
    return view;
  }

  #answer(answer) {
    const view = new AnswerView(answer, { online: this.online, extras: this.extras });
    if (answer.id) this.#answers.set(answer.id, view);
    this.#newest = view;
    return view;
  }
}
