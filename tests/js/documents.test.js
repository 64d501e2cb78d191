/** The documents page: paths, filters, figures in words, and the queue of uploads. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, filtersOf, isNarrowed, searchOf } from "../../static/js/documents/filters.js";
import { fromDrop, fromInput } from "../../static/js/documents/gather.js";
import { kindOf } from "../../static/js/documents/kinds.js";
import { cleanPath, foldersBelow, isJunk, steps } from "../../static/js/documents/paths.js";
import { PARALLEL, UploadQueue } from "../../static/js/documents/queue.js";
import { Selection } from "../../static/js/documents/selection.js";
import { answerOf, isPassing } from "../../static/js/documents/upload-answer.js";
import { size, timeLeft } from "../../static/js/documents/figures.js";

test("what systems leave beside files is left out, and nothing else", () => {
  for (const path of [".DS_Store", "a/Thumbs.db", "a/~$plan.docx", "__MACOSX/a/b.txt", "a/._b.txt", "x/.git/config"]) assert.ok(isJunk(path), path);
  for (const path of ["a.txt", "my.git/plan.txt", "Thumbs.db.txt", "a/~plan.docx"]) assert.ok(!isJunk(path), path);
});

test("a path keeps its folders and loses the steps that lead elsewhere", () => {
  assert.equal(cleanPath("/Policies/2026/a.txt"), "Policies/2026/a.txt");
  assert.equal(cleanPath("C:\\x\\..\\./a.txt"), "C:/x/a.txt");
  assert.equal(cleanPath("../.."), "unnamed");
});

test("folders are shown one level at a time, with what lies at any depth below", () => {
  const folders = [{ path: "A", count: 1 }, { path: "A/B", count: 2 }, { path: "A/B/C", count: 4 }, { path: "Ab", count: 8 }];
  assert.deepEqual(foldersBelow(folders, "").map(({ path, count }) => [path, count]), [["A", 7], ["Ab", 8]]);
  assert.deepEqual(foldersBelow(folders, "A").map(({ name, path, count }) => [name, path, count]), [["B", "A/B", 6]]);
  assert.deepEqual(steps("A/B"), [{ name: "A", path: "A" }, { name: "B", path: "A/B" }]);
});

test("the address holds the filters, and another collection begins without folder and tag", () => {
  const filters = filtersOf("?state=failed&folder=A%2FB&tag=hr&odd=1");
  assert.equal(searchOf(filters), "?state=failed&folder=A%2FB&tag=hr");
  assert.equal(searchOf(changed(filters, { collection: "c" })), "?collection=c&state=failed");
  assert.equal(searchOf(changed(filters, { text: "ü" })), "?state=failed&folder=A%2FB&tag=hr&text=%C3%BC");
  assert.equal(isNarrowed(filtersOf("?collection=c&order=title")), false);
});

test("time left is told no more exactly than it is known", () => {
  const words = [null, NaN, 4, 40, 61, 185, 3590, 3700, 200_000].map(timeLeft);
  assert.deepEqual(words, ["", "", "a few seconds left", "less than a minute left", "about 1 min left", "about 3 min left", "about 1 h left", "about 1 h left", "about 2 days left"]);
  assert.deepEqual([size(0), size(1536), size(5 * 1048576)], ["0 bytes", "1.5 KB", "5.0 MB"]);
});

test("kinds go by the ending", () => {
  assert.deepEqual(["a.PDF", "b.tar.xlsx", "README", "x.zip"].map((name) => kindOf(name).name), ["pdf", "sheet", "other", "archive"]);
});

test("shift selects all between", () => {
  const selection = new Selection(() => {});
  const order = ["a", "b", "c", "d"];
  selection.toggle("b", { order });
  selection.toggle("d", { order, range: true });
  assert.deepEqual(selection.ids, ["b", "c", "d"]);
  selection.toggle("c", { order });
  assert.deepEqual(selection.ids, ["b", "d"]);
});

/** A dropped folder as a browser gives it: at most a hundred entries at a time. */
function folder(path, names) {
  const files = names.map((name) => ({ isDirectory: false, fullPath: `${path}/${name}`, file: (resolve) => resolve({ name, size: 1 }) }));
  return { isDirectory: true, createReader: () => ({ readEntries: (resolve) => resolve(files.splice(0, 100)) }) };
}

test("a dropped folder is read to its end, however many batches it comes in", async () => {
  const names = Array.from({ length: 250 }, (_, n) => `${n}.txt`);
  const item = { webkitGetAsEntry: () => folder("/Plans", [...names, ".DS_Store"]) };
  const { files, left } = await fromDrop({ items: [item], files: [] });
  assert.equal(files.length, 250);
  assert.equal(left, 1);
  assert.ok(files.every(({ path }) => path.startsWith("Plans/")));
});

test("a chosen folder keeps its paths", () => {
  const { files } = fromInput({ files: [{ name: "a.txt", webkitRelativePath: "P/a.txt" }, { name: "b.txt", webkitRelativePath: "" }] });
  assert.deepEqual(files.map(({ path }) => path), ["P/a.txt", "b.txt"]);
});

test("answers of the server are told apart", () => {
  assert.equal(answerOf(201, { document: "1", duplicate: false }).state, "sent");
  assert.equal(answerOf(200, { document: "1", duplicate: true }).state, "duplicate");
  assert.deepEqual(answerOf(422, { error: { code: "empty", text: "It is empty." } }), { state: "refused", text: "It is empty.", retry: false });
  assert.equal(answerOf(422, { error: { code: "quota", text: "Full." } }).retry, true);
  for (const status of [0, 502, 401]) assert.ok(isPassing(answerOf(status, null)));
  assert.equal(answerOf(500, null).state, "refused");
});

/** A queue whose server is this test. */
function queue(answer) {
  const log = { calls: [], most: 0, now: 0, pauses: [] };
  const lost = Object.assign(new Error("lost"), { code: "unreachable" });
  const made = new UploadQueue({
    send: async (entry) => {
      log.calls.push(entry.path);
      log.most = Math.max(log.most, made.sending.length);
      await null;
      log.now += 1000;
      return answer(entry, log.calls.filter((path) => path === entry.path).length, lost);
    },
    isPassing,
    pause: (attempt) => attempt,
    wait: async (ms) => log.pauses.push(ms),
    now: () => log.now,
    onchange: () => {},
    onsettle: () => {},
  });
  return { made, log };
}

const entries = (count) => Array.from({ length: count }, (_, n) => ({ path: `${n}.txt`, file: { size: 10 } }));
const ended = async (made) => {
  while (!made.idle) await new Promise((resolve) => setImmediate(resolve));
};

test("five thousand files go a few at a time, each once", async () => {
  const { made, log } = queue(() => ({ state: "sent" }));
  made.add(entries(5000));
  await ended(made);
  assert.equal(made.counts.sent, 5000);
  assert.equal(new Set(log.calls).size, log.calls.length);
  assert.equal(log.most, PARALLEL);
  assert.equal(made.fraction, 1);
});

test("what the network lost is sent again after growing pauses, and nothing twice that arrived", async () => {
  const { made, log } = queue((entry, time, lost) => {
    if (entry.path === "1.txt" && time < 4) throw lost;
    return { state: "sent" };
  });
  made.add(entries(6));
  await ended(made);
  assert.equal(made.counts.sent, 6);
  assert.deepEqual(log.calls.filter((path) => path !== "1.txt").length, 5);
  assert.equal(log.calls.filter((path) => path === "1.txt").length, 4);
  assert.equal(log.pauses.length, 3);
});

test("a refused file keeps its reason and goes again only when somebody says so", async () => {
  const { made, log } = queue((entry, time) => (entry.path === "2.txt" && time === 1 ? { state: "refused", text: "Full.", retry: true } : { state: "sent" }));
  made.add(entries(4));
  await ended(made);
  assert.deepEqual(made.refused.map(({ path, reason }) => [path, reason]), [["2.txt", "Full."]]);
  assert.equal(log.calls.length, 4);
  made.retryAll();
  await ended(made);
  assert.deepEqual([made.counts.sent, made.counts.refused, made.refused.length], [4, 0, 0]);
});

test("signed out, everything waits until somebody signs in", async () => {
  let signedIn = false;
  const { made } = queue(() => {
    if (!signedIn) throw Object.assign(new Error(), { code: "signed_out" });
    return { state: "sent" };
  });
  made.add(entries(5));
  for (let i = 0; i < 20; i += 1) await null;
  assert.ok(made.blocked && !made.idle);
  signedIn = true;
  made.resume();
  await ended(made);
  assert.equal(made.counts.sent, 5);
});

test("stopping leaves out what has not been sent yet", async () => {
  const { made } = queue(() => ({ state: "sent" }));
  made.add(entries(50));
  made.stop();
  await ended(made);
  assert.equal(made.counts.sent, PARALLEL);
  assert.equal(made.total, PARALLEL);
});
