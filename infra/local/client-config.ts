import { STORE_PATIENCE } from '../../lib/adapters/store-patience.ts';

/** How AWS SDK clients reach the embedded engines: no engine checks a signature, but the SDK insists on making one. */

export const localRegion = 'eu-west-1';

/** s3rver knows no other account; the metadata engines take any. */
const localCredentials = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' } as const;

/** Environment for clients that are made without settings, as a Lambda function makes them. */
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
