/** What can be done to documents, from the menu of a row, the panel or the bar of a selection. */
import { announce } from "../announcer.js";
import { toast } from "../toast.js";
import * as api from "./api.js";
import { askForCollection } from "./move-dialog.js";
import { counted } from "./words.js";

const DONE = {
  retry: (n) => `${counted(n, "document")} ${n === 1 ? "is" : "are"} being read again.`,
  read_again: (n) => `${counted(n, "document")} ${n === 1 ? "is" : "are"} being read again.`,
  cancel: (n) => `${counted(n, "document")} stopped.`,
  move: (n) => `${counted(n, "document")} moved.`,
  delete: (n) => `${counted(n, "document")} deleted.`,
  restore: (n) => `${counted(n, "document")} restored.`,
};
const NOTHING = {
  retry: "Nothing to retry: none of them has failed or was canceled.",
  read_again: "Only documents that are ready can be read again.",
  cancel: "Nothing to stop: none of them waits or is being read.",
  move: "They are in that collection already.",
  delete: "Already deleted.",
  restore: "Too late: its removal has begun. Upload the file again.",
};

export class Verbs {
  /** `onchanged(items)` after a change, `ongone(ids)` after a deletion, `onback()` after one was taken back. */
  constructor({ collections, onchanged, ongone, onback }) {
    Object.assign(this, { collections, onchanged, ongone, onback });
  }

  /** The entries that fit these documents. */
  entries(items) {
    const some = (test) => items.some(test);
    return [
      some((item) => item.retryable) && { label: "Retry", icon: "retry", run: () => this.run("retry", items) },
      some((item) => item.cancelable) && { label: "Stop reading", icon: "stop", run: () => this.run("cancel", items) },
      some((item) => item.state === "ready") && { label: "Read again", icon: "retry", run: () => this.run("read_again", items) },
      { label: "Move…", icon: "folder", run: () => this.move(items) },
      { label: "Delete", icon: "trash", danger: true, run: () => this.run("delete", items) },
    ].filter(Boolean);
  }

  async move(items) {
    const collection = await askForCollection(this.collections(), items);
    if (collection) await this.run("move", items, { collection });
  }

  async run(verb, items, more) {
    try {
      const answer = await api.act(verb, items.map(({ id }) => id), more);
      this.#tell(verb, answer, items);
      if (verb === "delete") this.ongone(answer.done);
      else if (verb === "restore") this.onback();
      else this.onchanged(answer.items);
    } catch (error) {
      toast(error.message, { label: "Try again", run: () => this.run(verb, items, more) });
    }
  }

  #tell(verb, { done, refused }, items) {
    const words = done.length ? DONE[verb](done.length) : refused.length ? "" : NOTHING[verb];
    const why = refused.length ? `${refused[0].text}${refused.length > 1 ? ` (and ${refused.length - 1} more)` : ""}` : "";
    const undo = { label: "Undo", run: () => this.run("restore", items.filter(({ id }) => done.includes(id))) };
    toast([words, why].filter(Boolean).join(" "), verb === "delete" && done.length ? undo : undefined);
    announce(words || why);
  }
}
