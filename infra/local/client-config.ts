import { STORE_PATIENCE } from '../../lib/adapters/store-patience.ts';

/** Settings of AWS SDK clients for the embedded engines. The engines check no signatures, but the SDK requires credentials. */

export const localRegion = 'eu-west-1';

/** s3rver knows only this account; the metadata engines accept any. */
const localCredentials = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' } as const;

/** The environment of clients without explicit settings, such as those in Lambda functions. */
export const localEnvironment = {
  AWS_REGION: localRegion,
  AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
  // The SDK emits its notice about Node 20 as a plain `Warning`, which `--disable-warning` cannot tell from others.
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  [STORE_PATIENCE]: '60000',
} as const;

/** Settings of an SDK client for the engine at `endpoint`. */
export function clientConfig(endpoint: string) {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  return { endpoint, region: localRegion, credentials: localCredentials };
}
