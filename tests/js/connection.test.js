/** The socket of a tab, against a network that says nothing: what is lost without a word is noticed too. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Connection } from "../../static/js/connection.js";

const PONG_WITHIN = 8_000;
const OPEN_WITHIN = 10_000;
const LONGEST_PAUSE = 15_000;

class Socket extends EventTarget {
  static all = [];
  sent = [];
  closed = false;

  constructor() {
    super();
    Socket.all.push(this);
  }

  send(text) {
    this.sent.push(JSON.parse(text).type);
  }

  close() {
    this.closed = true;
  }

  opens() {
    this.dispatchEvent(new Event("open"));
  }

  says(frame) {
    this.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(frame) }));
  }

  closes(code) {
    this.dispatchEvent(Object.assign(new Event("close"), { code }));
  }
}

const newest = () => Socket.all.at(-1);
let states, document, page;

function connect({ stillSignedIn = async () => true } = {}) {
  states = [];
  const connection = new Connection("ws://x", { onframe() {}, onstate: (state) => states.push(state), stillSignedIn });
  connection.start();
  return connection;
}

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  Socket.all = [];
  page = new EventTarget();
  document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  Object.assign(globalThis, { WebSocket: Socket, document, addEventListener: page.addEventListener.bind(page) });
});
afterEach(() => mock.timers.reset());

test("a question into a dead line is noticed within seconds, not with the next ping", () => {
  const connection = connect();
  newest().opens();
  connection.send({ type: "ask" });
  assert.deepEqual(newest().sent, ["ask", "ping"]);
  mock.timers.tick(PONG_WITHIN);
  assert.deepEqual(states, ["open", "lost"]);
  assert.ok(Socket.all[0].closed);
});

test("any frame shows that the line lives", () => {
  const connection = connect();
  newest().opens();
  connection.send({ type: "ask" });
  newest().says({ type: "delta" });
  mock.timers.tick(PONG_WITHIN);
  assert.deepEqual(states, ["open"]);
});

test("a socket that never opens is given up", () => {
  connect();
  mock.timers.tick(OPEN_WITHIN);
  mock.timers.tick(LONGEST_PAUSE);
  assert.equal(Socket.all.length, 2);
});

test("a tab that wakes up asks at once whether its socket still lives", () => {
  connect();
  newest().opens();
  for (const event of ["visibilitychange", "resume"]) document.dispatchEvent(new Event(event));
  assert.deepEqual(newest().sent, ["ping"]);
  mock.timers.tick(PONG_WITHIN);
  assert.deepEqual(states, ["open", "lost"]);
});

test("pauses grow, and a network that is back ends them", () => {
  connect();
  for (const expected of [2, 3, 4]) {
    newest().closes(1006);
    mock.timers.tick(LONGEST_PAUSE);
    assert.equal(Socket.all.length, expected);
  }
  newest().closes(1006);
  page.dispatchEvent(new Event("online"));
  assert.equal(Socket.all.length, 5);
});

test("a session that has ended is not knocked at again", async () => {
  connect();
  newest().opens();
  newest().closes(4401);
  page.dispatchEvent(new Event("online"));
  mock.timers.tick(LONGEST_PAUSE);
  assert.deepEqual([states, Socket.all.length], [["open", "signed-out"], 1]);
});

test("a refused handshake asks after the session now and then", async () => {
  connect({ stillSignedIn: async () => false });
  for (let i = 0; i < 4; i += 1) {
    newest().closes(1006);
    await Promise.resolve();
    await Promise.resolve();
    mock.timers.tick(LONGEST_PAUSE);
  }
  assert.equal(states.at(-1), "signed-out");
  assert.equal(Socket.all.length, 4);
});
