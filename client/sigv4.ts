import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import { defined } from '../lib/defined.ts';
import { InputError } from '../lib/input-error.ts';

const credentials = defaultProvider();

/**
 * The region in the API's own host name, in any partition; for another host name the region of the environment. Throws `InputError` if neither
 * contains one.
 */
const regionOf = ({ hostname }: URL): string => {
  const [, named] = /\.execute-api\.([a-z0-9-]+)\./.exec(hostname) ?? [];
  const region = named ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
  if (region === undefined) throw new InputError(`the region of ${hostname} is not known; set AWS_REGION`);
  return region;
};

export interface SignableRequest {
  /** By default the region in the API's host name, else that of the environment. */
  readonly region?: string | undefined;
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
}

/** The headers of a request, signed with the credentials of the environment (AWS Signature Version 4). */
export const signIam = async ({
  region,
  url,
  method,
  headers,
  body,
}: SignableRequest): Promise<Record<string, string>> => {
  const signer = new SignatureV4({
    service: 'execute-api',
    region: region ?? regionOf(url),
    credentials,
    sha256: Hash.bind(undefined, 'sha256'),
  });
  const query: Record<string, string[]> = {};
  for (const [name, value] of url.searchParams) query[name] = [...(query[name] ?? []), value];
  const signed = await signer.sign({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    ...defined({ port: url.port === '' ? undefined : Number(url.port) }),
    path: url.pathname,
    query,
    headers: { ...headers, host: url.host },
    ...defined({ body }),
  });
  const { host: _, ...rest } = signed.headers;
  return rest as Record<string, string>;
};
