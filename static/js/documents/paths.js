/** Names and folders of files that are about to be sent. The server cleans them again. */

const JUNK_NAMES = new Set([".ds_store", "thumbs.db", "desktop.ini", ".localized", ".gitkeep"]);
const JUNK_FOLDERS = new Set(["__macosx", ".git", ".svn", ".spotlight-v100", ".trashes"]);

/** What systems and programs leave beside people's files. */
export function isJunk(path) {
  const steps = path.toLowerCase().split("/");
  const name = steps.at(-1);
  return JUNK_NAMES.has(name) || name.startsWith("~$") || name.startsWith("._") || steps.slice(0, -1).some((step) => JUNK_FOLDERS.has(step));
}

export function cleanPath(path) {
  const steps = path.replaceAll("\\", "/").split("/");
  return steps.filter((step) => step !== "" && step !== "." && step !== "..").join("/") || "unnamed";
}

/** The folders directly below `folder`, with how many documents each holds at any depth. */
export function foldersBelow(folders, folder) {
  const inside = folder ? `${folder}/` : "";
  const counts = new Map();
  for (const { path, count } of folders) {
    if (!path.startsWith(inside) || path === folder) continue;
    const [step] = path.slice(inside.length).split("/");
    counts.set(step, (counts.get(step) ?? 0) + count);
  }
  return [...counts].map(([name, count]) => ({ name, path: inside + name, count }));
}

/** "A/B/C" as its steps: [{name: "A", path: "A"}, {name: "B", path: "A/B"}, …]. */
export function steps(folder) {
  const names = folder ? folder.split("/") : [];
  return names.map((name, i) => ({ name, path: names.slice(0, i + 1).join("/") }));
}
