/** What can be done to documents, from the menu of a row, the panel or the bar of a selection. */
import { announce } from "../announcer.js";
import { toast } from "../toast.js";
import * as api from "./api.js";
import { askForCollection } from "./move-dialog.js";
import { n, t } from "../words.js";

const DONE = {
  retry: (count) => n("{count} document is being read again.", "{count} documents are being read again.", count),
  read_again: (count) => n("{count} document is being read again.", "{count} documents are being read again.", count),
  cancel: (count) => n("{count} document stopped.", "{count} documents stopped.", count),
  move: (count) => n("{count} document moved.", "{count} documents moved.", count),
  delete: (count) => n("{count} document deleted.", "{count} documents deleted.", count),
  restore: (count) => n("{count} document restored.", "{count} documents restored.", count),
};
const NOTHING = {
  retry: t("Nothing to retry: none of them has failed or was canceled."),
  read_again: t("Only documents that are ready can be read again."),
  cancel: t("Nothing to stop: none of them waits or is being read."),
  move: t("They are in that collection already."),
  delete: t("Already deleted."),
  restore: t("Too late: its removal has begun. Upload the file again."),
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
      some((item) => item.retryable) && { label: t("Retry"), icon: "retry", run: () => this.run("retry", items) },
      some((item) => item.cancelable) && { label: t("Stop reading"), icon: "stop", run: () => this.run("cancel", items) },
      some((item) => item.state === "ready") && { label: t("Read again"), icon: "retry", run: () => this.run("read_again", items) },
      { label: t("Move…"), icon: "folder", run: () => this.move(items) },
      { label: t("Delete"), icon: "trash", danger: true, run: () => this.run("delete", items) },
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
      toast(error.message, { label: t("Try again"), run: () => this.run(verb, items, more) });
    }
  }

  #tell(verb, { done, refused }, items) {
    const words = done.length ? DONE[verb](done.length) : refused.length ? "" : NOTHING[verb];
    const why = refused.length ? `${refused[0].text}${refused.length > 1 ? ` ${n("(and {count} more)", "(and {count} more)", refused.length - 1)}` : ""}` : "";
    const undo = { label: t("Undo"), run: () => this.run("restore", items.filter(({ id }) => done.includes(id))) };
    toast([words, why].filter(Boolean).join(" "), verb === "delete" && done.length ? undo : undefined);
    announce(words || why);
  }
}
