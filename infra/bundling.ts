/**
 * What is left out of the functions' bundles: ways to credentials that the SDK loads only where the environment has
 * none, and Lambda always sets them. They would be a sixth of what every cold start reads.
 */
export const unusedCredentials = [
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-web-identity',
  '@aws-sdk/credential-provider-http',
  '@smithy/credential-provider-imds',
];
