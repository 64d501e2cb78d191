/** The files in what was dropped or chosen, with the folders they lie in. */
import { cleanPath, isJunk } from "./paths.js";

/** {files: [{file, path}], left}; `left` counts what systems and programs leave beside people's files. */
export class Gathered {
  files = [];
  left = 0;

  take(file, path) {
    const cleaned = cleanPath(path);
    if (isJunk(cleaned)) this.left += 1;
    else this.files.push({ file, path: cleaned });
  }
}

export function fromInput(input) {
  const gathered = new Gathered();
  for (const file of input.files) gathered.take(file, file.webkitRelativePath || file.name);
  return gathered;
}

/** Must begin before the drop event is over, since browsers empty its items then. */
export function fromDrop(transfer, onprogress = () => {}) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const plain = entries.length ? [] : [...transfer.files];
  return gather(entries, plain, onprogress);
}

async function gather(entries, plain, onprogress) {
  const gathered = new Gathered();
  for (const file of plain) gathered.take(file, file.name);
  const open = [...entries];
  while (open.length) {
    const entry = open.pop();
    if (entry.isDirectory) open.push(...(await everyEntry(entry.createReader())));
    else await takeEntry(entry, gathered);
    onprogress(gathered.files.length);
  }
  gathered.files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return gathered;
}

async function takeEntry(entry, gathered) {
  try {
    gathered.take(await new Promise((resolve, reject) => entry.file(resolve, reject)), entry.fullPath);
  } catch {
    gathered.left += 1; // vanished, or not to be read by this person
  }
}

/** A reader gives at most a hundred at a time, and none when it is at its end. */
async function everyEntry(reader) {
  const all = [];
  for (;;) {
    const some = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (!some.length) return all;
    all.push(...some);
  }
}
