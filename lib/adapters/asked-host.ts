import type { S3Client } from '@aws-sdk/client-s3';
import { UnreachableError } from '../unreachable-error.ts';
import { storePatience } from './store-patience.ts';

/** How long a client of a command waits, so that no command hangs on a host that does not answer. Milliseconds. */
export const commandPatience = (requestTimeout = 10_000) => {
  // A user of the command cannot act on the SDK's warning that it will need a newer Node.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  return {
    requestHandler: {
      connectionTimeout: storePatience(5_000),
      requestTimeout: storePatience(requestTimeout),
      throwOnRequestTimeout: true,
    },
  };
};

/** What the act answers. If it throws, nobody gets the client, so this closes its connections. */
export const orDestroy = async <T>(client: { destroy(): void }, act: () => Promise<T>): Promise<T> => {
  try {
    return await act();
  } catch (error) {
    client.destroy();
    throw error;
  }
};

/** The members that all clients of AWS have; each client has types of its own for them. */
interface Client {
  readonly middlewareStack: { readonly add: unknown };
  readonly config: Pick<S3Client['config'], 'region' | 'endpoint'> & {
    readonly endpointProvider: (where: { readonly Region: string }) => { readonly url: URL };
  };
}

/** The origin to which a client sends, as far as it follows from the client's region alone. */
const originOf = async ({ config }: Client): Promise<string> => {
  const { protocol, hostname, port } = (await config.endpoint?.()) ?? {};
  if (hostname !== undefined) return new URL(`${protocol}//${hostname}${port ? `:${port}` : ''}`).origin;
  return config.endpointProvider({ Region: await config.region() }).url.origin;
};

/**
 * Makes a client of AWS throw `UnreachableError`, which names the host, if the host does not answer; the SDK
 * names none. Answers the client.
 */
export const namingHost = <C extends Client>(client: C): C => {
  const { middlewareStack } = client as unknown as S3Client;
  middlewareStack.add(
    (next, context) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
        // The SDK counts how often it sent a request; an error before the first sending has nothing to do with
        // the host.
        const isUnanswered = $metadata !== undefined && $metadata.httpStatusCode === undefined;
        if (name === 'AbortError' || !(isUnanswered || name === 'CredentialsProviderError')) throw error;
        throw new UnreachableError(context.endpointV2?.url.origin ?? (await originOf(client)), error);
      }
    },
    { step: 'initialize', name: 'namingHost' },
  );
  return client;
};
