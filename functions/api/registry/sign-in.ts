import { readEnvironment } from '../../../lib/adapters/environment.ts';
import { SigningSecret } from '../../../lib/adapters/secretsmanager/signing-secret.ts';
import {
  type Credential,
  type Holder,
  holderOf,
  issueCredential,
  USERNAME,
} from '../../../lib/credential.ts';
import type { Principal } from '../../../lib/principal.ts';
import { toLine } from '../../../lib/telemetry.ts';
import type { Dependencies } from '../../dependencies.ts';
import type { ApiContext, WriteLine } from '../request.ts';
import { RegistryError } from './registry-error.ts';
import type { Asked } from './registry-path.ts';

/** The keys are read by the first call that needs them, and cached with its dependencies. */
const secrets = new WeakMap<Dependencies, SigningSecret>();
const credentialsOf = (deps: Dependencies) => {
  const { deployment, now } = deps;
  const keys = secrets.get(deps) ?? new SigningSecret(readEnvironment('registrySecret').registrySecret, now);
  secrets.set(deps, keys);
  return { keys, deployment, now };
};

const timeOf = ({ expiresAt }: Holder): string => new Date(expiresAt * 1000).toISOString();

/** Answers a credential for the registry to a caller of the API, and logs that. */
export const answerCredentials = async (
  deps: Dependencies,
  c: ApiContext,
  log: WriteLine,
): Promise<Response> => {
  const { principal, requestId } = c.get('caller');
  const issued = await issueCredential(credentialsOf(deps), principal);
  const expiresAt = timeOf(issued);
  log(toLine({ message: 'credential', function: 'api', requestId, principal, expiresAt }, []), false);
  const { password } = issued;
  return c.json({ username: USERNAME, password, expiresAt }, 200, { 'cache-control': 'no-store' });
};

/** The password in an `Authorization`: for Basic the part after the name, for Bearer all of it. */
const passwordOf = (c: ApiContext): string | undefined => {
  const [, scheme, value = ''] = /^(basic|bearer) +(\S+)$/i.exec(c.req.header('authorization') ?? '') ?? [];
  if (scheme?.toLowerCase() !== 'basic') return scheme && value;
  const text = Buffer.from(value, 'base64').toString();
  return text.slice(text.indexOf(':') + 1);
};

/**
 * The scope that a client should request at the token endpoint. Registries distinguish scopes; this one accepts
 * all.
 */
const scopeOf = ({ endpoint, name }: Asked): string | undefined => {
  if (endpoint === 'catalog') return 'registry:catalog:*';
  return name !== undefined && /^[a-z0-9._/-]+$/.test(name) ? `repository:${name}:pull` : undefined;
};

/**
 * The challenge to sign in (RFC 7235, and the Docker Registry's token authentication, since the OCI distribution
 * specification has none).
 */
const challengeOf = (c: ApiContext, asked: Asked | undefined): string => {
  if (asked?.endpoint === 'token') return 'Basic realm="Taskport"';
  const { origin, host } = new URL(c.req.url);
  const scope = asked && scopeOf(asked);
  return `Bearer realm="${origin}/v2/token",service="${host}"${scope === undefined ? '' : `,scope="${scope}"`}`;
};

/**
 * The caller: the holder of the credential in the call. Without a gateway the caller is `local`, and has no
 * credential. Throws `UNAUTHORIZED`.
 */
export const signIn = async (
  deps: Dependencies,
  c: ApiContext,
  asked: Asked | undefined,
  local: Principal | undefined,
): Promise<{ readonly principal: Principal; readonly credential?: Credential }> => {
  const isBehindGateway = (c.env as { event?: unknown } | undefined)?.event !== undefined;
  if (!isBehindGateway && local !== undefined) return { principal: local };
  const password = passwordOf(c);
  const holder = password === undefined ? undefined : await holderOf(credentialsOf(deps), password);
  if (holder && password !== undefined)
    return { principal: holder.principal, credential: { ...holder, password } };
  throw new RegistryError(
    'UNAUTHORIZED',
    password === undefined
      ? 'sign in with the password that `taskport registry password` prints'
      : 'the password has expired, or is not from this deployment: `taskport registry password` prints another',
    { headers: { 'www-authenticate': challengeOf(c, asked) } },
  );
};

/**
 * Answers a token for Bearer: the same credential that the client sent, with the same expiry; on a laptop one
 * for `local`.
 */
export const answerToken = async (deps: Dependencies, c: ApiContext): Promise<Response> => {
  const { password: token, expiresAt } =
    c.get('credential') ?? (await issueCredential(credentialsOf(deps), c.get('caller').principal));
  const expires_in = Math.max(0, Math.ceil(expiresAt - deps.now() / 1000));
  const issued_at = new Date(deps.now()).toISOString();
  return c.json({ token, access_token: token, expires_in, issued_at }, 200, { 'cache-control': 'no-store' });
};
