// A certified OpenID provider for the tests, as an authority's own would be: PKCE is demanded, staff sign in on
// its page, and no consent is asked for. Started by support/provider.py as `node provider.mjs FOLDER-OF-PACKAGES`.
//
// The first line on its input are settings, and then each line registers a client or an account; each is
// answered by one line. When the input ends, so does this: it cannot outlive who started it.

import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const packages = createRequire(pathToFileURL(`${process.argv[2]}/`));
const { default: Provider } = await import(pathToFileURL(packages.resolve("oidc-provider")));

const accounts = new Map();
const server = createServer();
const lines = createInterface({ input: process.stdin });
let provider;

for await (const line of lines) {
  const order = JSON.parse(line);
  let said = {};
  if (!provider) {
    said = await open(order);
  } else if (order.client) {
    await provider.Client.adapter.upsert(order.client.client_id, order.client);
  } else if (order.account) {
    accounts.set(order.account.sub, order.account);
  }
  console.log(JSON.stringify(said));
}
server.closeAllConnections();
server.close();

async function open({ port = 0, ...settings }) {
  await new Promise((listening) => server.listen(port, "127.0.0.1", listening));
  const issuer = `http://127.0.0.1:${server.address().port}`;
  provider = new Provider(issuer, configuration(settings));
  const answer = provider.callback();
  server.on("request", (request, response) => {
    const [, uid, step] = request.url.match(/^\/interaction\/([\w-]+)(\/end)?$/) ?? [];
    if (request.url === "/favicon.ico") {
      response.writeHead(204).end();
    } else if (!uid) {
      answer(request, response);
    } else {
      (step ? end : ask)(request, response).catch((error) => response.writeHead(400).end(`${error}`));
    }
  });
  return { issuer };
}

function configuration(settings) {
  return {
    jwks: { keys: [newKey("rsa", { modulusLength: 2048 }, "RS256"), newKey("ec", { namedCurve: "P-256" }, "ES256")] },
    cookies: { keys: ["made up for the tests"] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    claims: { openid: ["sub"], profile: ["name"] },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 3600, IdToken: 600, Interaction: 600, Session: 3600 },
    findAccount: (_, sub) => accounts.has(sub) && { accountId: sub, claims: () => accounts.get(sub) },
    loadExistingGrant,
    renderError: (ctx, { error, error_description }) => {
      ctx.type = "html";
      ctx.body = page(`<h1>${escaped(error)}</h1><p>${escaped(error_description ?? "")}</p>`);
    },
    ...settings,
  };
}

function newKey(type, options, alg) {
  const key = generateKeyPairSync(type, options).privateKey.export({ format: "jwk" });
  return { ...key, alg, use: "sig" };
}

// Who works for an authority is not asked whether its own service may know it.
async function loadExistingGrant({ oidc }) {
  const grant = new provider.Grant({ accountId: oidc.session.accountId, clientId: oidc.client.clientId });
  grant.addOIDCScope([...oidc.requestParamScopes].join(" "));
  grant.addOIDCClaims([...oidc.requestParamClaims]);
  await grant.save();
  return grant;
}

async function ask(request, response) {
  const { uid } = await provider.interactionDetails(request, response);
  const each = [...accounts.values()].map(
    ({ sub, name }) => `<button name="sub" value="${escaped(sub)}">${escaped(name ?? sub)}</button>`,
  );
  response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
  response.end(
    page(`<h1>统一身份认证</h1>
      <form method="post" action="/interaction/${uid}/end">${each.join("\n")}<button name="sub" value="">取消</button></form>`),
  );
}

async function end(request, response) {
  let body = "";
  for await (const piece of request) body += piece;
  const sub = new URLSearchParams(body).get("sub");
  const result = accounts.has(sub)
    ? { login: { accountId: sub, amr: ["pwd"] } }
    : { error: "access_denied", error_description: "the person cancelled" };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

function page(content) {
  return `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>统一身份认证</title><main>${content}</main></html>`;
}

function escaped(text) {
  return String(text).replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
}
