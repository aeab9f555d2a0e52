/**
 * Default quotas of an AWS account in one region; us-east-1 if regions differ. Source: the quota pages in the guides of the services, as of
 * November 2025.
 */
export const quotas: readonly (readonly [service: string, what: string, value: string])[] = [
  ['API Gateway', 'requests a second of all APIs', '10,000; bursts of 5,000'],
  ['Lambda', 'calls at one time of all functions', '1,000'],
  ['DynamoDB', 'units a second of an on-demand table or index', '40,000 read, 40,000 write'],
  ['EventBridge', '`PutEvents` a second', '10,000; 600 to 2,400 in most other regions'],
  ['EventBridge', 'calls of targets a second', '18,750; 750 to 4,500 in most other regions'],
];
