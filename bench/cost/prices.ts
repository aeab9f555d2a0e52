/**
 * AWS prices in US dollars: us-east-1 (N. Virginia), on demand, no free tier, no volume discount. Source: the pricing pages of the services
 * (aws.amazon.com/<service>/pricing), as of November 2025; DynamoDB's have stood since November 2024.
 */
const MILLION = 1_000_000;

export const prices = {
  /** Amazon DynamoDB, on-demand throughput, Standard table class. Units include secondary indexes. */
  writeUnit: 0.625 / MILLION,
  readUnit: 0.125 / MILLION,
  /** AWS Lambda, Arm. Lambda reads DynamoDB streams for free. */
  invocation: 0.2 / MILLION,
  gigabyteSecond: 0.0000133334,
  /** Amazon API Gateway, HTTP API, per 512 KB of a request. */
  httpRequest: 1 / MILLION,
  /** Amazon EventBridge, custom events, per 64 KB. Rules that match cost nothing more. */
  event: 1 / MILLION,
  /** Amazon EventBridge Scheduler. */
  schedule: 1 / MILLION,
  /** Amazon S3, Standard. */
  objectWrite: 0.005 / 1_000,
  objectRead: 0.0004 / 1_000,
  /** AWS KMS: requests, which a bucket key makes rare, and a month of the key. */
  keyRequest: 0.03 / 10_000,
  keyMonth: 1,
  /** AWS Secrets Manager, one secret for a month. */
  secretMonth: 0.4,
  /** AWS Fargate, Linux on x86, and the public IPv4 address of a task in a public subnet. */
  fargateCpuHour: 0.04048,
  fargateGigabyteHour: 0.004445,
  addressHour: 0.005,
  /** Amazon CloudWatch Logs, Standard class, ingestion. */
  logGigabyte: 0.5,
} as const;
