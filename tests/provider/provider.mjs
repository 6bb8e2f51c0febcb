// An identity provider for the tests: whoever is named in ACCOUNTS signs in with that name and any password.
//   node provider.mjs '{"redirect": ["http://…/sign-in/provider/back"], "accounts": {"erin": {"email": "…"}}}'
// It says on which port it listens, and ends when its input does.
import http from "node:http";
import Provider from "oidc-provider";

const { redirect, signedOut, accounts } = JSON.parse(process.argv[2]);

const server = http.createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "callmark",
        client_secret: "a secret of the tests",
        redirect_uris: redirect,
        post_logout_redirect_uris: signedOut,
      },
    ],
    // Who asks without PKCE is refused.
    pkce: { required: () => true },
    claims: { openid: ["sub"], profile: ["name", "preferred_username"], email: ["email", "email_verified"], groups: ["groups"] },
    findAccount: (_, id) =>
      accounts[id] && { accountId: id, claims: async () => ({ sub: id, ...accounts[id] }) },
    // Nobody is asked whether Callmark may know their name.
    loadExistingGrant: async (asked) => {
      const grant = new asked.oidc.provider.Grant({
        clientId: asked.oidc.client.clientId,
        accountId: asked.oidc.session.accountId,
      });
      grant.addOIDCScope("openid profile email groups");
      await grant.save();
      return grant;
    },
    cookies: { keys: ["only for tests"] },
  });
  server.on("request", provider.callback());
  console.log(issuer);
});
process.stdin.resume();
process.stdin.on("end", () => process.exit());
