// Tokens as Microsoft Entra ID writes them, for the one client that it knows.
import { OAuth2Server } from 'oauth2-mock-server';

const tenant = '@tenant@';
const server = new OAuth2Server(undefined, undefined, { endpoints: { token: `/${tenant}/oauth2/v2.0/token` } });

server.service.on('beforeTokenSigning', (token) => {
  Object.assign(token.payload, { aud: '@audience@', oid: '00000000-0000-0000-0000-00000000000a', tid: tenant });
  token.payload.exp = token.payload.iat + Number('@life@');
});

// The mock itself gives a token to whoever asks.
server.service.on('beforeResponse', (response, request) => {
  const { client_id: client, client_secret: secret, client_assertion: assertion, scope } = request.body;
  const refuse = (status, error) => Object.assign(response, { statusCode: status, body: { error } });
  if (client !== '@client@' || (secret !== '@secret@' && !assertion)) return refuse(401, 'invalid_client');
  if (!String(scope).endsWith('/.default')) return refuse(400, 'invalid_scope');
  response.body.expires_in = Number('@life@');
});

await server.issuer.keys.generate('RS256');
await server.start(Number('@port@'), '127.0.0.1');
server.issuer.url = `https://sts.windows.net/${tenant}/`;
