/** Pages of other sites can do nothing to a running Taskport. Tried in Chromium, against every port that it listens on. */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DynamoDBClient, ListTablesCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { clientConfig } from '../../infra/local/client-config.ts';
import { titled } from '../bundle.ts';
import { launch, withoutChromium } from '../console/browser.ts';
import { PATIENCE } from '../patience.ts';
import type { Answer } from '../taskport.ts';
import { digest, someArchive } from '../uploading.ts';
import { type Listener, listenersOf } from './listeners.ts';
import { parseOutput } from './output.ts';
import { familyOf, freshDirectory, type Product, removeDirectory, startProduct } from './product.ts';

interface Attempt {
  readonly path: string;
  readonly method: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

const JSON_BODY = { 'content-type': 'application/json' };
const SIGNED =
  'AWS4-HMAC-SHA256 Credential=S3RVER/20260101/eu-west-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0';
const ofService = (target: string, body: object): Attempt => ({
  path: '/',
  method: 'POST',
  headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target, authorization: SIGNED },
  body: JSON.stringify(body),
});

/** Every port is tried with the requests of all servers. */
const reads: readonly Attempt[] = [
  ...['/v1/locations', '/v1/events', '/v1/elements/image/library/half', '/taskport?list-type=2'].map(
    (path) => ({ path, method: 'GET' }),
  ),
  ofService('DynamoDB_20120810.Scan', { TableName: 'taskport' }),
  ofService('DynamoDB_20120810.ListTables', {}),
];
const due = {
  ScheduleExpression: 'at(2026-01-01T00:00:00)',
  Target: {
    Input: JSON.stringify({ id: 'evil' }),
    EventBridgeParameters: { Source: 'taskport', DetailType: 'Task Created' },
  },
};
const writesTo = (key: string): readonly Attempt[] => [
  {
    path: '/v1/locations',
    method: 'POST',
    headers: JSON_BODY,
    body: JSON.stringify({ name: 'evil', kind: 'task' }),
  },
  { path: '/v1/elements/image/library/half/data/complete', method: 'POST' },
  { path: '/v1/elements/task/jobs/nightly', method: 'DELETE' },
  ofService('DynamoDB_20120810.DeleteTable', { TableName: 'taskport-log' }),
  ofService('DynamoDB_20120810.PutItem', {
    TableName: 'taskport',
    Item: { pk: { S: 'evil' }, sk: { S: 'evil' } },
  }),
  ofService('AWSEvents.PutEvents', {
    Entries: [
      { EventBusName: 'taskport', Source: 'taskport', DetailType: 'Task Created', Detail: '{"id":"evil"}' },
    ],
  }),
  { path: '/taskport/evil', method: 'PUT', body: 'evil' },
  { path: '/taskport/evil?uploads=', method: 'POST' },
  {
    path: '/taskport?delete=',
    method: 'POST',
    body: `<Delete><Object><Key>${key}</Key></Object></Delete>`,
  },
  { path: '/schedules/evil', method: 'POST', headers: JSON_BODY, body: JSON.stringify(due) },
];

const post = async (url: string, path: string, body: object): Promise<Answer['body']> =>
  (await fetch(`${url}${path}`, { method: 'POST', headers: JSON_BODY, body: JSON.stringify(body) })).json();

const without = withoutChromium();

describe.skipIf(without !== undefined)(titled('a page of another site', without), () => {
  const directory = freshDirectory();
  const script = readFileSync(join(import.meta.dirname, 'hostile-page.mjs'), 'utf8');
  /** A web site that answers for any host name. */
  const site = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<body>'));
  let product: Product;
  let url: string;
  let listeners: readonly Listener[];
  let metadata: DynamoDBClient;
  let browser: Browser;

  beforeAll(async () => {
    product = startProduct({ directory });
    url = await product.listening();
    await post(url, '/v1/locations', { name: 'jobs', kind: 'task' });
    await post(url, '/v1/locations', { name: 'library', kind: 'image' });
    await post(url, '/v1/elements', { id: 'task://jobs/nightly', data: { base64: 'aGk=' } });
    // Sent but not completed: the completion needs a request without a body.
    const bytes = await someArchive();
    const { upload } = await post(url, '/v1/elements', {
      id: 'image://library/half',
      size: bytes.length,
      checksum: digest('sha256', bytes),
      data: { upload: true },
    });
    for (const { url: to, headers } of upload.requests)
      await fetch(to, { method: 'PUT', headers, body: bytes });
    await vi.waitFor(() => expect(parseOutput(product.output()).events).toHaveLength(3), PATIENCE);

    const family = familyOf(product.pid);
    listeners = listenersOf(family);
    const engine = listeners.find(({ pid }) => pid === family.at(-1));
    metadata = new DynamoDBClient(clientConfig(`http://${engine?.host}:${engine?.port}`));
    site.listen(0, '127.0.0.1');
    await once(site, 'listening');
    const rules = listeners.map(({ host }, at) => `MAP host${at}.evil.example ${host}`);
    browser = await launch(`--host-resolver-rules=${[...rules, 'MAP evil.example 127.0.0.1'].join(', ')}`);
  });
  afterAll(async () => {
    await browser.close();
    site.close();
    metadata.destroy();
    await product.stop();
    removeDirectory(directory);
  });

  const openPage = async (): Promise<Page> => {
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE.timeout);
    return page;
  };

  const everything = async () => {
    const { TableNames = [] } = await metadata.send(new ListTablesCommand({}));
    const { Items = [] } = await metadata.send(
      new ScanCommand({ TableName: 'taskport', ConsistentRead: true }),
    );
    const files = readdirSync(join(directory, 's3rver'), { recursive: true }).map(String).sort();
    const schedules = readdirSync(directory).includes('schedules.json')
      ? readFileSync(join(directory, 'schedules.json'), 'utf8')
      : '{}';
    const rows = Object.fromEntries(Items.map((item) => [`${item.pk?.S} ${item.sk?.S}`, item]));
    return { TableNames, rows, files, schedules, printed: product.output() };
  };

  const blob = (): string =>
    String(
      readdirSync(join(directory, 's3rver', 'taskport')).find((name) => name.endsWith('_object')),
    ).replace(/\._S3rver_object$/, '');

  const attackFrom = (
    page: Page,
    bases: readonly string[],
    writes: readonly Attempt[],
    patience = 5_000,
  ): Promise<string[]> =>
    page.evaluate(`${script}\nattack(${JSON.stringify({ bases, reads, writes, patience })})`);

  /** The ports that a page could read, by address or by its own host name. */
  const attackAllFrom = (page: Page): Promise<string[]> =>
    attackFrom(
      page,
      listeners.flatMap(({ host, port }, at) => [
        `http://${host}:${port}`,
        `http://host${at}.evil.example:${port}`,
      ]),
      writesTo(blob()),
    );

  const siteAt = (name: string) => `http://${name}:${(site.address() as AddressInfo).port}/`;

  it('covers all ports: the API, data, metadata, the bus, the scheduler, secrets', () => {
    expect(listeners).toHaveLength(6);
    for (const { host } of listeners) expect(host).toMatch(/^127\./);
  });

  it.each(['evil.example', 'localhost', '127.0.0.1'])(
    'on %s reads nothing and changes nothing',
    async (name) => {
      const before = await everything();
      const page = await openPage();
      await page.goto(siteAt(name));
      expect(await attackAllFrom(page)).toEqual([]);
      await page.close();
      expect(await everything()).toEqual(before);
    },
  );

  it('whose name resolves to this machine reads nothing and changes nothing', async () => {
    const before = await everything();
    // Some listeners end during the start, and other programs may take their ports.
    const present = new Set(listenersOf(familyOf(product.pid)).map(({ port }) => port));
    for (const [at, { port }] of listeners.entries()) {
      if (!present.has(port)) continue;
      const base = `http://host${at}.evil.example:${port}`;
      const page = await openPage();
      // The browser saves the answer of the metadata engine, which is no page.
      const opened = await page.goto(base).catch(() => undefined);
      if (opened && !opened.headers()['content-type']?.startsWith('application/x-amz-json'))
        expect([await attackFrom(page, [base], writesTo(blob())), opened.status()]).toEqual([[], 403]);
      await page.close();
    }
    expect(await everything()).toEqual(before);
  });

  it('that somebody has uploaded cannot use the data engine', async () => {
    // A listening child of the product; the loader of sources is a temporary child too.
    const [, ...others] = familyOf(product.pid);
    const engines = others.find((own) => listeners.some(({ pid }) => pid === own));
    const { host, port } = listeners.find(({ pid }) => pid === engines) as Listener;
    const uploaded = `http://${host}:${port}/taskport/page`;
    await fetch(uploaded, {
      method: 'PUT',
      headers: { 'content-type': 'text/html' },
      body: '<title>still</title><script>document.title = "ran"</script>',
    });
    const page = await openPage();
    await page.goto(uploaded);
    expect(await page.title()).toBe('still');
    await page.close();
  });

  it('gets the reason of its refusal, and a program by that name a remedy', async () => {
    const page = await openPage();
    const { port } = new URL(url);
    const at = listeners.findIndex((listener) => listener.port === Number(port));
    const opened = await page.goto(`http://host${at}.evil.example:${port}/v1/locations`);
    expect(await opened?.json()).toMatchObject({
      code: 'permission-denied',
      status: 403,
      detail: expect.stringContaining(`loopback names only: call ${url}`),
    });
    await page.close();
  });

  it('may link to the console, which works under any name of this machine', async () => {
    const { port } = new URL(url);
    for (const name of ['127.0.0.1', 'localhost', 'taskport.localhost']) {
      const page = await openPage();
      await page.goto(siteAt('evil.example'));
      await page.evaluate(`location.assign('http://${name}:${port}/')`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      const base = `http://${name}:${port}`;
      const found = await attackFrom(page, [base], [], PATIENCE.timeout);
      expect(found).toContain(`fetch GET ${base}/v1/locations`);
      const status = await page.evaluate(
        `fetch('/v1/locations', {method: 'POST', headers: ${JSON.stringify(JSON_BODY)}, body: '{"name":"from-${name.replaceAll('.', '-')}","kind":"task"}'}).then(({status}) => status)`,
      );
      expect(status).toBe(201);
      await page.close();
    }
  });
});
