import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { onTestFinished, vi } from 'vitest';
import { clientConfig } from '../../infra/local/client-config.ts';
import type { ProcessIdentity } from '../../infra/local/engines/process-table.ts';
import { DOOMED_HOST } from '../host-bundle.ts';
import { PATIENCE } from '../patience.ts';

export const TABLE = 'things';
export const BUCKET = 'things';

/** A directory that is deleted after the test. */
export function freshDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'taskport-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A DynamoDB client that is closed after the test. */
export function dynamodb(url: string): DynamoDBClient {
  const client = new DynamoDBClient(clientConfig(url));
  onTestFinished(() => client.destroy());
  return client;
}

/** An S3 client that is closed after the test. */
export function s3(url: string): S3Client {
  const client = new S3Client({ ...clientConfig(url), forcePathStyle: true });
  onTestFinished(() => client.destroy());
  return client;
}

/** Writes one item. */
export async function put(client: DynamoDBClient, name: string, value = 'v', table = TABLE): Promise<void> {
  const item = { pk: { S: name }, sk: { S: 'thing' }, value: { S: value } };
  await client.send(new PutItemCommand({ TableName: table, Item: item }));
}

/** Reads one item's value back. */
export async function get(client: DynamoDBClient, name: string, table = TABLE): Promise<string | undefined> {
  const key = { pk: { S: name }, sk: { S: 'thing' } };
  const { Item } = await client.send(
    new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true }),
  );
  return Item?.value?.S;
}

/** The processes that use a directory, from their own record. */
export function processesOf(directory: string): { engines: ProcessIdentity; metadata: ProcessIdentity } {
  const { metadata, ...engines } = JSON.parse(readFileSync(join(directory, 'engines.pid'), 'utf8'));
  return { engines, metadata };
}

export interface DoomedHost {
  readonly dynamodbUrl: string;
  readonly s3Url: string;
  readonly pid: number;
}

/** Starts engines in a process that can be killed. */
export async function startDoomedHost(
  directory: string,
  metadata: string,
  env: NodeJS.ProcessEnv = {},
): Promise<DoomedHost> {
  const child = fork(DOOMED_HOST, [directory, metadata], { execArgv: [], env: { ...process.env, ...env } });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const [urls] = await once(child, 'message');
  return { ...urls, pid: child.pid };
}

/** Waits until something holds. */
export async function eventually(holds: () => boolean, what: string): Promise<void> {
  await vi.waitUntil(holds, PATIENCE).catch(() => {
    throw new Error(`never came about: ${what}`);
  });
}
