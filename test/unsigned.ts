import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

const signer = async () => ({
  sign: async (request: { readonly headers: Record<string, string> }) => {
    request.headers['x-amz-date'] = '20260101T000000Z';
    request.headers.authorization =
      'AWS4-HMAC-SHA256 Credential=S3RVER/20260101/eu-west-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0';
    return request;
  },
});

/**
 * Has a client send one signature for all: no local engine looks at it, and to make one takes a tenth of what a request does. Whatever
 * starts the service, and not its stores alone, signs as the product does.
 */
export const unsigned = (client: DynamoDBClient): DynamoDBClient => {
  Object.assign(client.config, { signer });
  return client;
};
