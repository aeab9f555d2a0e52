/** The registry below `/v2/`, in one module; the first call of a registry client loads it. */
import type { Principal } from '../../../lib/principal.ts';
import type { Quota } from '../../../lib/quota.ts';
import type { Dependencies } from '../../dependencies.ts';
import { limitCalls } from '../limit-calls.ts';
import type { ApiContext } from '../request.ts';
import { answerBlob, answerLayers } from './blobs.ts';
import { answerCatalog, answerReferrers, answerTags } from './lists.ts';
import { answerManifest, deleteManifest } from './manifests.ts';
import { answerError, RegistryError } from './registry-error.ts';
import { type Asked, type Endpoint, readPath } from './registry-path.ts';
import { answerToken, signIn } from './sign-in.ts';

export { answerCredentials } from './sign-in.ts';

type Answering = (deps: Dependencies, c: ApiContext, asked: Asked) => Response | Promise<Response>;

/** A client that signs in tests by this call whether the host is a registry, and whether it accepts the client. */
const answerVersion: Answering = (_, c) => c.json({});

/** The handler of each method of each endpoint; HEAD is GET without its body. */
const endpoints: Readonly<Record<Endpoint, Readonly<Record<string, Answering>>>> = {
  version: { GET: answerVersion },
  catalog: { GET: answerCatalog },
  token: { GET: answerToken },
  manifests: { GET: answerManifest, DELETE: deleteManifest },
  blobs: { GET: answerBlob },
  layers: { GET: answerLayers },
  uploads: {},
  tags: { GET: answerTags },
  referrers: { GET: answerReferrers },
};

const PUSHES = ['POST', 'PUT', 'PATCH'];

/** Throws for an unknown path or method, and names the known ones. */
const answeringOf = ({ req }: ApiContext, asked: Asked | undefined): Answering => {
  if (!asked) throw new RegistryError('UNSUPPORTED', `there is no ${req.path}`, { status: 404 });
  const methods = endpoints[asked.endpoint];
  const answering = methods[req.method === 'HEAD' ? 'GET' : req.method];
  if (answering) return answering;
  const allow = Object.keys(methods).flatMap((each) => (each === 'GET' ? ['GET', 'HEAD'] : [each]));
  const isPush = asked.endpoint === 'uploads' || (asked.name !== undefined && PUSHES.includes(req.method));
  const message = isPush
    ? 'this registry takes no uploads from registry clients: push by `taskport image push <location>/<repository>:<tag> <path>`'
    : `${req.path} has no ${req.method}`;
  throw new RegistryError('UNSUPPORTED', message, { headers: { allow: allow.join(', ') } });
};

/** Answers any call below `/v2/`, in the form of the OCI distribution specification. */
export const answerRegistry = async (
  deps: Dependencies,
  c: ApiContext,
  { localPrincipal, quota }: { readonly localPrincipal?: Principal; readonly quota?: Quota },
): Promise<Response> => {
  c.header('docker-distribution-api-version', 'registry/2.0');
  const asked = readPath(c.req.path);
  c.set('operation', asked ? `${c.req.method} /v2/ ${asked.endpoint}` : 'unknown');
  try {
    const { principal, credential } = await signIn(deps, c, asked, localPrincipal);
    c.set('credential', credential);
    c.set('caller', { principal, requestId: c.get('requestId') });
    if (quota) await limitCalls(quota, c);
    const answering = answeringOf(c, asked);
    return await answering(deps, c, asked as Asked);
  } catch (error) {
    return answerError(error, c);
  }
};
