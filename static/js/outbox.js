/**
 * Questions that the server has not accepted yet. They survive a lost connection and a reload; each carries a
 * client_id, so that one sent twice is asked once.
 */
export class Outbox {
  #key;
  #storage;
  #frames;

  constructor(storage, key) {
    this.#storage = storage;
    this.#key = key;
    this.#frames = new Map(this.#read().map((frame) => [frame.client_id, frame]));
  }

  add(frame) {
    this.#frames.set(frame.client_id, frame);
    this.#write();
  }

  /** Accepted, refused or withdrawn: it will not be sent again. Gives the frame, or undefined. */
  settle(clientId) {
    const frame = this.#frames.get(clientId);
    if (this.#frames.delete(clientId)) this.#write();
    return frame;
  }

  all() {
    return [...this.#frames.values()];
  }

  #read() {
    try {
      const frames = JSON.parse(this.#storage.getItem(this.#key) ?? "[]");
      return Array.isArray(frames) ? frames.filter((frame) => typeof frame?.client_id === "string") : [];
    } catch {
      return [];
    }
  }

  #write() {
    try {
      this.#storage.setItem(this.#key, JSON.stringify(this.all()));
    } catch {
      // Full or forbidden storage: the question still lives in this page.
    }
  }
}

/** Unguessable and printable; crypto.randomUUID exists only on https. */
export function newClientId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
