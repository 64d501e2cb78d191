// A real OpenID Connect provider over loopback. The test says by POST /control who has an account, which clients there
// are and what is to be wrong; GET /control tells which authorizations were asked for. Each POST starts it anew.
import { createServer } from "node:http";
import { exportJWK, generateKeyPair, SignJWT, decodeJwt } from "jose";
import Provider from "oidc-provider";

const signing = await generateKeyPair("RS256", { extractable: true });
const another = await generateKeyPair("RS256", { extractable: true });
const jwk = { ...(await exportJWK(signing.privateKey)), kid: "one", alg: "RS256", use: "sig" };
let issuer, handler, control, asked, received = [];

function start(next) {
  control = { clients: [], accounts: {}, tamper: {}, discovery: {}, userinfo: {}, ...next };
  asked = [];
  received = [];
  const provider = new Provider(issuer, {
    clients: control.clients,
    jwks: { keys: [jwk] },
    cookies: { keys: ["only for tests"] },
    conformIdTokenClaims: !control.claimsInIdToken,
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "groups", "roles", "hd"] },
    features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true } },
    fetch: (url, { dispatcher, ...options }) => fetch(url, options), // here everything is on loopback, which it bars
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (ctx, id) => control.accounts[id] && { accountId: id, claims: () => ({ sub: id, ...control.accounts[id] }) },
    async loadExistingGrant(ctx) {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client.clientId,
        accountId: ctx.oidc.session.accountId,
      });
      grant.addOIDCScope("openid email profile");
      await grant.save();
      return grant;
    },
  });
  provider.use(tampering);
  provider.use(async (ctx, following) => {
    const [, uid] = ctx.path.match(/^\/interaction\/(.+)/) || [];
    if (!uid) return following();
    if (ctx.method === "POST") {
      const login = new URLSearchParams(await bodyOf(ctx.req)).get("login");
      const result = control.accounts[login] ? { login: { accountId: login } } : { error: "access_denied" };
      await provider.interactionFinished(ctx.req, ctx.res, result);
      ctx.respond = false;
      return undefined;
    }
    ctx.type = "html";
    ctx.body = '<!doctype html><title>Provider</title><form method="post"><label>Account <input name="login" autofocus></label><button>Sign in</button></form>';
    return undefined;
  });
  handler = provider.callback();
}

async function tampering(ctx, following) {
  await following();
  const route = ctx.oidc?.route;
  if (route === "authorization") asked.push({ ...ctx.oidc.params });
  if (route === "discovery") ctx.body = { ...ctx.body, ...control.discovery };
  if (route === "userinfo") ctx.body = { ...ctx.body, ...control.userinfo };
  const { claims, key } = control.tamper;
  if (route === "token" && ctx.body.id_token && (claims || key)) {
    const forged = new SignJWT({ ...decodeJwt(ctx.body.id_token), ...claims });
    const secret = key === "client_secret" ? new TextEncoder().encode(control.clients[0].client_secret) : undefined;
    forged.setProtectedHeader({ alg: secret ? "HS256" : "RS256", kid: "one" });
    ctx.body.id_token = await forged.sign(secret || (key === "another" ? another : signing).privateKey);
  }
}

async function bodyOf(request) {
  let text = "";
  for await (const block of request) text += block;
  return text;
}

// A token with these claims, as this provider or another signs them: what a test has it forge.
async function signed({ claims, key }) {
  const secret = key === "client_secret" ? new TextEncoder().encode(control.clients[0].client_secret) : undefined;
  const token = new SignJWT({ iss: issuer, iat: Math.floor(Date.now() / 1000), ...claims });
  token.setProtectedHeader({ alg: secret ? "HS256" : "RS256", kid: "one", typ: "logout+jwt" });
  return token.sign(secret || (key === "another" ? another : signing).privateKey);
}

const server = createServer(async (request, response) => {
  if (request.url === "/received") {
    received.push(new URLSearchParams(await bodyOf(request)).get("logout_token"));
    return response.end();
  }
  if (request.url === "/sign") return response.end(await signed(JSON.parse(await bodyOf(request))));
  if (request.url !== "/control") return handler(request, response);
  if (request.method === "POST") start(JSON.parse(await bodyOf(request)));
  response.setHeader("Content-Type", "application/json");
  return response.end(JSON.stringify({ asked, received }));
});
server.listen(0, "127.0.0.1", () => {
  issuer = `http://127.0.0.1:${server.address().port}`;
  start({});
  console.log(issuer);
});
