// A real SAML identity provider over loopback. The test says by POST /control who has an account, which service
// providers there are and what is to be wrong; GET /control tells what was asked. Each POST starts it anew.
import { createServer } from "node:http";
import { inflateRawSync } from "node:zlib";
import samlp from "samlp";
import SessionParticipants from "samlp/lib/sessionParticipants/index.js";

let issuer, control, sessions;
const BINDING = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
const FORMAT = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
const PAGE =
  '<!doctype html><title>Provider</title><form method="post"><label>Account <input name="login" autofocus></label><button>Sign in</button></form>';

// What an account is called in an assertion.
class Mapper {
  constructor(account) {
    this.account = account;
  }
  getClaims() {
    return this.account.attributes;
  }
  getNameIdentifier() {
    return { nameIdentifier: this.account.id, nameIdentifierFormat: this.account.format || FORMAT };
  }
}
Mapper.prototype.metadata = [];

function start(next) {
  control = { key: "", cert: "", accounts: {}, services: {}, tamper: {}, metadata: "", asked: [], ...next };
  sessions = {};
}

const serviceOf = (entity) => control.services[entity];

function signIn(request, response, next, account) {
  const sid = `session-${Math.random().toString(36).slice(2)}`;
  const asked = request.query.SAMLRequest && requestOf(request.query.SAMLRequest);
  const entity = asked ? asked.match(/<(?:saml:)?Issuer>([^<]+)</)[1] : control.unsolicited;
  const service = serviceOf(entity);
  control.asked.push({ request: asked, query: request.query });
  const options = {
    issuer,
    key: control.key,
    cert: control.cert,
    audience: entity,
    recipient: service.acs,
    destination: service.acs,
    sessionIndex: sid,
    lifetimeInSeconds: 300,
    signingCert: service.cert,
    profileMapper: (user) => new Mapper(user),
    getUserFromRequest: () => ({ id: account, ...control.accounts[account] }),
    getPostURL: (audience, dom, req, done) => done(null, service.acs),
    ...control.tamper,
  };
  // As samlp asks for it, a session that signing out has to end.
  sessions[account] = new SessionParticipants([
    {
      serviceProviderId: entity,
      nameId: account,
      nameIdFormat: control.accounts[account].format || FORMAT,
      sessionIndex: sid,
      serviceProviderLogoutURL: service.sls,
      cert: service.cert,
      binding: BINDING,
    },
  ]);
  response.cookie = `idp=${account}; Path=/`;
  samlp.auth(options)(request, response, next);
}

function signOut(request, response, next) {
  const account = (request.headers.cookie || "").match(/idp=([^;]+)/)?.[1] || request.query.account;
  samlp.logout({
    issuer,
    key: control.key,
    cert: control.cert,
    deflate: true,
    protocolBinding: BINDING,
    destination: "",
    sessionParticipants: sessions[account] || new SessionParticipants([]),
    store: store(),
    clearIdPSession: (done) => {
      response.cookie = "idp=; Path=/; Max-Age=0";
      delete sessions[account];
      done();
    },
    ...control.logout,
  })(request, response, next);
}

const kept = {};
function store() {
  return {
    save: (request, state, done) => {
      const id = Math.random().toString(36).slice(2);
      kept[id] = state;
      done(null, id);
    },
    load: (request, id, options, done) => (done || options)(null, kept[id]),
    update: (request, id, state, done) => ((kept[id] = state), done(null)),
    destroy: (request, id, done) => (delete kept[id], done(null)),
  };
}

function requestOf(text) {
  return inflateRawSync(Buffer.from(text, "base64")).toString();
}

// What express would add, as far as samlp asks for it.
function dress(request, response, body) {
  const url = new URL(request.url, issuer);
  request.query = Object.fromEntries(url.searchParams);
  request.body = Object.fromEntries(new URLSearchParams(body));
  request.originalUrl = url.pathname;
  request.protocol = "http";
  request.session = {};
  const finish = (status, text) => {
    if (response.cookie) response.setHeader("Set-Cookie", response.cookie);
    response.statusCode = status;
    response.end(text);
  };
  response.set = (name, value) => response.setHeader(name, value);
  response.redirect = (to) => (response.setHeader("Location", to), finish(302));
  response.send = (answer) => (typeof answer === "number" ? finish(answer, `${answer}`) : finish(200, answer));
  return url.pathname;
}

async function bodyOf(request) {
  let text = "";
  for await (const block of request) text += block;
  return text;
}

const server = createServer(async (request, response) => {
  const body = await bodyOf(request);
  const next = (error) => {
    response.statusCode = 500;
    response.end(`${error?.stack || error}`);
  };
  const path = dress(request, response, body);
  if (path === "/control") {
    if (request.method === "POST") start(JSON.parse(body));
    response.setHeader("Content-Type", "application/json");
    return response.end(JSON.stringify({ asked: control.asked, sessions: Object.keys(sessions) }));
  }
  if (path === "/metadata") {
    if (control.metadata) return response.send(control.metadata);
    const paths = { redirectEndpointPath: "/sso", postEndpointPath: "/sso", logoutEndpointPaths: { redirect: "/slo" } };
    return samlp.metadata({ issuer, cert: control.cert, profileMapper: Mapper, ...paths })(request, response);
  }
  if (path === "/slo") return signOut(request, response, next);
  if (path === "/sso") {
    const account = (request.headers.cookie || "").match(/idp=([^;]+)/)?.[1] || request.body.login;
    if (!control.accounts[account]) return response.set("Content-Type", "text/html"), response.send(PAGE);
    return signIn(request, response, next, account);
  }
  return response.send(404);
});
server.listen(0, "127.0.0.1", () => {
  issuer = `http://127.0.0.1:${server.address().port}`;
  start({});
  console.log(issuer);
});
