/** Two versions of the functions on one table, as during an upgrade: each continues the work of the other, reads its data, and loses nothing. */

import { randomUUID } from 'node:crypto';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { createApp } from '../../functions/api/app.ts';
import { createHandler as createAudit } from '../../functions/audit/handler.ts';
import { createDependencies, type Dependencies } from '../../functions/dependencies.ts';
import { createHandler as createPublish } from '../../functions/publish/handler.ts';
import { createDynamoClient } from '../../lib/adapters/dynamodb/engine/client.ts';
import type { Item } from '../../lib/adapters/dynamodb/engine/expression.ts';
import { Table } from '../../lib/adapters/dynamodb/engine/table.ts';
import { EventLogTable } from '../../lib/adapters/dynamodb/event-log-table.ts';
import { elementKey, locationKey } from '../../lib/adapters/dynamodb/keys.ts';
import { GONE_LOCATION } from '../../lib/adapters/dynamodb/location-table.ts';
import { Sweeper } from '../../lib/adapters/dynamodb/sweeper.ts';
import { logTableSchema } from '../../lib/adapters/dynamodb/table-schema.ts';
import { defined } from '../../lib/defined.ts';
import { verifyUpload } from '../../lib/element/upload/verify-upload.ts';
import type { BusMessage } from '../../lib/event/event-bus.ts';
import { CLOSING_MS } from '../../lib/location/locations.ts';
import { titled } from '../bundle.ts';
import { Composer, type Post, reportsPath } from '../composing.ts';
import { TEST_BUCKET } from '../engine-setup.ts';
import { pathOf } from '../functions/api/support.ts';
import { writtenPath } from '../saving.ts';
import { openTable } from '../tables.ts';
import { AUDIT_DAYS, logTableOf, useEngines } from '../taskport.ts';
import { digest, sendAll, someArchive } from '../uploading.ts';
import { loadFormer, type Version, withoutFormer } from './former.ts';

const present: Version = {
  createApp,
  createAudit,
  createDependencies,
  createPublish,
  createDynamoClient,
  EventLogTable,
  Sweeper,
  Table,
  verifyUpload,
};

interface Answered {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read any member of an answer.
  readonly body: any;
}

/** The attempt to verify the data of an element. */
const attemptOf = ({ upload, reading }: Item): string =>
  ((upload as { verification?: { attempt: string } })?.verification ?? (reading as { attempt: string }))
    .attempt;

/** A process of one version on the table. */
class Running {
  readonly #version: Version;
  readonly #dependencies: Dependencies;
  readonly #rows: Table;
  readonly #app: ReturnType<typeof createApp>;

  constructor(version: Version, table: string) {
    this.#version = version;
    this.#dependencies = version.createDependencies({
      table,
      log: logTableOf(table),
      bucket: TEST_BUCKET,
      administrators: ['local'],
      store: 'trusting',
    });
    this.#rows = new version.Table(version.createDynamoClient(), table);
    this.#app = version.createApp(this.#dependencies, { localPrincipal: 'local', log: () => {} });
  }

  async call(method: string, path: string, body?: object, headers = {}): Promise<Answered> {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const answer = await this.#app.request(path, {
      method,
      headers: { ...defined({ 'content-type': body ? type : undefined }), ...headers },
      ...defined({ body: body ? JSON.stringify(body) : undefined }),
    });
    const text = await answer.text();
    return {
      status: answer.status,
      headers: answer.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
  }

  async done(status: number, ...asked: Parameters<Running['call']>): Promise<Answered['body']> {
    const answer = await this.call(...asked);
    expect({ asked, status: answer.status, body: answer.body }).toMatchObject({ status });
    return answer.body;
  }

  post: Post<Answered> = (path, body, headers) => this.call('POST', path, body, headers);

  /** Verifies the uploaded data of an element. */
  async verify(id: string): Promise<void> {
    const row = (await this.#rows.get(elementKey(id))) as Item;
    await this.#version.verifyUpload(this.#dependencies, id, attemptOf(row));
  }

  sweep(aheadMs: number) {
    return new this.#version.Sweeper(
      this.#rows,
      this.#dependencies.blobs,
      () => Date.now() + aheadMs,
      AUDIT_DAYS,
    ).run();
  }
}

const without = withoutFormer();

describe.skipIf(without)(titled('an upgrade without downtime', without), () => {
  let former: Version;
  let table: string;
  let [rows, logged] = [undefined, undefined] as unknown as [Table, Table];

  /** Lets a version log that a location was created. */
  const logLocation = async (version: Version, shards?: number): Promise<void> => {
    const { pk, sk, ...image } = (await rows.get(locationKey('image'))) as Item;
    const dynamodb = {
      SequenceNumber: '1',
      Keys: marshall({ pk, sk }),
      NewImage: marshall({ pk, sk, ...image }),
    };
    const record = { eventID: randomUUID(), eventName: 'INSERT', dynamodb };
    const audit = version.createAudit(new version.EventLogTable(logged, shards), AUDIT_DAYS);
    expect(await (audit as (batch: object) => unknown)({ Records: [record] })).toEqual({
      batchItemFailures: [],
    });
  };
  beforeAll(async () => {
    useEngines();
    former = await loadFormer();
    table = `upgrade-${randomUUID()}`;
    await openTable(inject('dynamodbUrl'), table);
    await openTable(inject('dynamodbUrl'), logTableOf(table), logTableSchema);
    rows = new Table(createDynamoClient(), table);
    logged = new Table(createDynamoClient(), logTableOf(table));
    const opener = new Running(former, table);
    for (const kind of ['image', 'volume', 'task', 'executor', 'log']) {
      const capacity = kind === 'image' ? { capacity: 2 ** 20, indexed: ['rw.tag'] } : {};
      await opener.done(201, 'POST', '/v1/locations', { name: kind, kind, ...capacity });
    }
    // The log has an event, because an empty log gets shards at once.
    await logLocation(former);
  });

  describe.each([
    ['the former', 'the present', 'fp'],
    ['the present', 'the former', 'pf'],
  ])('%s version begins, %s continues', (begins, _, mark) => {
    let [first, second] = [undefined, undefined] as unknown as [Running, Running];
    const id = (kind: string, name: string) => `${kind}://${kind}/${mark}-${name}`;
    beforeAll(() => {
      const running = [new Running(former, table), new Running(present, table)] as const;
      [first, second] = begins === 'the former' ? running : [running[1], running[0]];
    });
    const both = () => [first, second] as const;

    it('locations: owned by their creators, with the same permissions', async () => {
      const path = `/v1/locations/${mark}-boxes`;
      const [old, young] = begins === 'the former' ? [first, second] : [second, first];
      await first.done(201, 'POST', '/v1/locations', { name: `${mark}-boxes`, kind: 'executor' });
      const isOfBefore = begins === 'the former';
      expect(await young.done(200, 'GET', path)).toMatchObject({
        owner: 'local',
        allow: isOfBefore ? 'legacy' : {},
      });
      const allow = { logs: ['s3://lines/'] };
      await young.done(200, 'PATCH', path, { owner: 'heir', allow });
      await old.done(200, 'PATCH', path, { policy: 'create-only' });
      expect(await young.done(200, 'GET', path)).toMatchObject({
        owner: 'heir',
        allow,
        policy: 'create-only',
      });
      await old.done(202, 'DELETE', path);
    });

    it('elements: with metadata, parents, data and space', async () => {
      const bytes = await someArchive();
      const base64 = Buffer.from(bytes).toString('base64');
      const metadata = { ro: { os: 'linux' }, rw: { tag: `${mark}-1`, other: { base64: 'AAECAw==' } } };
      await first.done(201, 'POST', '/v1/elements', { id: id('image', 'base'), metadata, data: { base64 } });
      const child = { id: id('image', 'child'), parentId: id('image', 'base'), freeSpace: 64 };
      await second.done(201, 'POST', '/v1/elements', child);
      const change = { metadata: { rw: { tag: `${mark}-2` } } };
      await second.done(200, 'PATCH', pathOf(id('image', 'base')), change);
      await first.done(200, 'PATCH', pathOf(id('image', 'base')), { metadata: { rw: { other: null } } });
      for (const each of both()) {
        expect(await each.done(200, 'GET', pathOf(id('image', 'base')))).toMatchObject({
          revision: 3,
          checksum: digest('sha256', bytes),
          metadata: { ro: { os: 'linux' }, rw: { tag: `${mark}-2` } },
        });
        const listed = await each.done(
          200,
          'GET',
          `/v1/elements?kind=image&location=image&filter=rw.tag=${mark}-2`,
        );
        expect(listed.items).toMatchObject([{ id: id('image', 'base') }]);
        const { items } = await each.done(200, 'GET', `${pathOf(child.id)}/lineage`);
        expect(items).toMatchObject([{ id: id('image', 'base') }]);
        const refused = await each.done(409, 'DELETE', pathOf(id('image', 'base')));
        expect(refused).toMatchObject({ code: 'in-use', references: [{ id: child.id }] });
      }
      await first.done(204, 'DELETE', pathOf(child.id));
      await second.done(204, 'DELETE', pathOf(id('image', 'base')));
      await first.done(404, 'GET', pathOf(id('image', 'base')));
    });

    it('images from the former version: they get the digests that the present version computes', async () => {
      const [old, young] = begins === 'the former' ? [first, second] : [second, first];
      const bytes = await Promise.all([someArchive(), someArchive()]);
      const make = async (by: Running, name: string) => {
        const names = ['-base', '-top'].map((part) => id('image', `${name}${part}`)) as [string, string];
        for (const [at, each] of names.entries()) {
          const data = { base64: Buffer.from(bytes[at] as Uint8Array).toString('base64') };
          await by.done(201, 'POST', '/v1/elements', {
            id: each,
            data,
            ...(at > 0 ? { parentId: names[0] } : {}),
          });
        }
        return names;
      };
      const [ofBefore, ofPresent] = [await make(old, 'before'), await make(young, 'now')];
      for (const [at, each] of ofBefore.entries()) {
        expect(await young.done(202, 'POST', `${pathOf(each)}/data/verify`)).not.toHaveProperty('digest');
        await young.verify(each);
        const { digest: computed } = await young.done(200, 'GET', pathOf(ofPresent[at] as string));
        expect(computed).toMatch(/^sha256:/);
        expect(await young.done(200, 'GET', pathOf(each))).toMatchObject({ digest: computed });
        // The former version continues with it, and knows no digests.
        expect(await old.done(200, 'GET', pathOf(each))).toMatchObject({ state: 'ready' });
      }
      for (const each of [...ofBefore.toReversed(), ...ofPresent.toReversed()])
        await first.done(204, 'DELETE', pathOf(each));
    });

    it('lists: of a location of either version, by both, and neither deletes it while it has elements', async () => {
      const name = `${mark}-listed`;
      const path = `/v1/locations/${name}`;
      await first.done(201, 'POST', '/v1/locations', { name, kind: 'task', indexed: ['rw.tag'] });
      const ids = Array.from({ length: 9 }, (_, at) => `task://${name}/t${at}`);
      for (const [at, made] of ids.entries())
        await both()[at % 2 ? 0 : 1].done(201, 'POST', '/v1/elements', { id: made });
      for (const [at, made] of ids.entries())
        await both()[at % 2 ? 1 : 0].done(200, 'PATCH', pathOf(made), { metadata: { rw: { tag: 'x' } } });
      for (const each of both()) {
        for (const filter of ['', '&filter=state=ready', '&filter=rw.tag=x', '&filter=name%5E=t']) {
          const listed: string[] = [];
          let next = '';
          do {
            const query = `kind=task&location=${name}&limit=4${filter}${next}`;
            const { items, cursor } = await each.done(200, 'GET', `/v1/elements?${query}`);
            listed.push(...items.map((item: { id: string }) => item.id));
            next = cursor === undefined ? '' : `&cursor=${cursor}`;
          } while (next !== '');
          expect([filter, listed]).toEqual([filter, ids]);
        }
        expect((await each.done(409, 'DELETE', path)).code).toBe('in-use');
      }
    });

    it('space: neither uses more than exists, either frees the other’s, and nothing is inherited', async () => {
      const [name, capacity] = [`${mark}-counted`, 100];
      const [old, young] = begins === 'the former' ? [first, second] : [second, first];
      await first.done(201, 'POST', '/v1/locations', { name, kind: 'volume', capacity });
      const taken: [id: string, kib: number][] = [];
      const take = async (by: Running, freeSpace: number): Promise<Answered> => {
        const made = `volume://${name}/v${taken.length}`;
        const answer = await by.call('POST', '/v1/elements', { id: made, freeSpace });
        if (answer.status === 201) taken.push([made, freeSpace]);
        return answer;
      };
      // The former version may refuse too early, because it knows only one share.
      for (let at = 0; at < 10; at += 1) {
        expect([201, 409]).toContain((await take(old, 3)).status);
        expect((await take(young, 4)).status).toBe(201);
      }
      while ((await take(young, 1)).status === 201);
      expect(taken.reduce((sum, [, kib]) => sum + kib, 0)).toBe(capacity);
      expect((await take(young, 1)).body).toMatchObject({ code: 'insufficient-space', available: 0 });
      expect((await take(old, 1)).body).toMatchObject({ code: 'insufficient-space' });
      for (const [at, [made]] of taken.splice(0).entries())
        await both()[at % 2 ? 0 : 1].done(204, 'DELETE', pathOf(made));
      await old.done(200, 'PATCH', `/v1/locations/${name}`, { capacity: capacity + 10 });
      expect((await take(young, capacity + 11)).body).toMatchObject({ available: capacity + 10 });
      expect((await take(young, capacity + 10)).status).toBe(201);
      await old.done(204, 'DELETE', pathOf(`volume://${name}/v0`));
      await young.done(200, 'PATCH', `/v1/locations/${name}`, { capacity: 5 });
      await old.done(202, 'DELETE', `/v1/locations/${name}`);
      expect(await old.sweep(CLOSING_MS + 1_000)).not.toHaveProperty('failed');
      await second.done(201, 'POST', '/v1/locations', { name, kind: 'volume', capacity });
      expect((await take(young, capacity + 1)).body).toMatchObject({ available: capacity });
    });

    it('uploads: announced, sent, completed, verified and replaced', async () => {
      const [bytes, other] = await Promise.all([someArchive(), someArchive(900)]);
      const what = (data: Uint8Array) => ({ size: data.length, checksum: digest('sha256', data) });
      const volume = id('volume', 'data');
      const path = pathOf(volume);
      await first.done(201, 'POST', '/v1/elements', { id: volume, ...what(bytes), data: { upload: true } });
      await sendAll((await second.done(200, 'GET', `${path}/data/upload`)).requests, bytes);
      await second.done(202, 'POST', `${path}/data/complete`);
      await first.verify(volume);
      const { upload } = await second.done(201, 'POST', `${path}/data/upload`, what(other));
      await sendAll(upload.requests, other);
      await first.done(202, 'POST', `${path}/data/complete`);
      await second.verify(volume);
      for (const each of both()) {
        expect(await each.done(200, 'GET', path)).toMatchObject({ state: 'ready', ...what(other) });
      }
    });

    it('compositions: opened, joined, bound, reported on, planned, unbound and left', async () => {
      const [, young] = begins === 'the former' ? [first, second] : [second, first];
      const spec = { process: { args: ['/bin/true'] } };
      const [executor, image, task] = [id('executor', 'box'), id('image', 'root'), id('task', 'job')];
      const base64 = Buffer.from(await someArchive()).toString('base64');
      await first.done(201, 'POST', '/v1/elements', { id: executor });
      await second.done(201, 'POST', '/v1/elements', { id: image, data: { base64 } });
      await first.done(201, 'POST', '/v1/elements', { id: task, spec });
      await second.done(201, 'POST', '/v1/elements', { id: id('volume', 'alone') });
      let turn = 0;
      const turns: Post<Answered> = (...posted) => {
        turn += 1;
        return both()[turn % 2 ? 0 : 1].post(...posted);
      };
      const composer = await new Composer(turns, executor).open();
      await composer.mount(image, '/');
      await composer.mount(id('volume', 'alone'), '/alone', { persistent: false });
      await composer.join(task, { overrides: { process: { cwd: '/tmp' } } });
      await composer.bind();
      const plans = await Promise.all(
        both().map((each) => each.done(200, 'GET', `/v1/compositions/${composer.handle}/plan?target=oci`)),
      );
      expect(plans[0].config).toEqual(plans[1].config);
      const at = new Date().toISOString();
      const reports = reportsPath(executor, task);
      await second.done(201, 'POST', reports, { attempt: 1, state: 'running', at });
      await first.done(201, 'POST', reports, { attempt: 1, state: 'exited', exitCode: 3, at });
      for (const each of both()) {
        const { items } = await each.done(200, 'GET', reports);
        expect(items).toMatchObject([{ state: 'running' }, { state: 'exited', exitCode: 3 }]);
      }
      // The former version looks for a row that the present one does not write for a volume that is deleted when it leaves.
      await (await new Composer(young.post, executor).open()).unbind();
      await composer.open();
      for (const member of composer.ids()) await composer.leave(member);
      expect(composer.composition.members).toEqual([]);
      await first.done(404, 'GET', pathOf(id('volume', 'alone')));
      await second.done(204, 'DELETE', pathOf(executor));
    });

    it('volumes for writing: either detaches the other’s, and the present version saves', async () => {
      const [old, young] = begins === 'the former' ? [first, second] : [second, first];
      const [executor, volume] = [id('executor', 'writer'), id('volume', 'written')];
      for (const made of [executor, volume]) await young.done(201, 'POST', '/v1/elements', { id: made });
      const on = async (running: Running) => new Composer(running.post, executor).open();
      await (await on(old)).mount(volume, '/data');
      await (await on(first)).bind();
      const other = await new Composer(second.post, id('executor', 'other'));
      await young.done(201, 'POST', '/v1/elements', { id: other.executorId });
      await (await other.open()).mount(volume, '/data');
      expect(await other.attempt('bind')).toMatchObject({ status: 409, body: { code: 'volume-attached' } });
      await (await on(second)).unbind();
      await (await on(second)).bind();
      await (await on(first)).unbind();
      await other.open();
      await other.bind();
      await other.unbind();

      const composer = await on(young);
      const { attachment } = await composer.bind(volume).then(async () => composer.member(volume) as never);
      const path = writtenPath(executor, volume);
      await young.done(200, 'POST', `${path}/attachment`, { attachment, engine: 'engine' });
      await composer.unbind(volume);
      await young.done(200, 'POST', `${path}/saves`, {
        attachment,
        round: 1,
        engine: 'engine',
        unchanged: true,
      });
      await (await on(old)).leave(volume);
    });

    it('reasons of ends: the present version derives them for both, and the former continues', async () => {
      const [old, young] = begins === 'the former' ? [first, second] : [second, first];
      const [executor, image, task] = [id('executor', 'ends'), id('image', 'ends'), id('task', 'ends')];
      const base64 = Buffer.from(await someArchive()).toString('base64');
      const restart = { mode: 'on-failure', attempts: 5, delaySeconds: 3_600 };
      await young.done(201, 'POST', '/v1/elements', { id: executor });
      await young.done(201, 'POST', '/v1/elements', { id: image, data: { base64 } });
      await old.done(201, 'POST', '/v1/elements', { id: task, spec: { restart } });
      const composer = await new Composer(young.post, executor).open();
      await composer.mount(image, '/');
      await composer.join(task);
      const reports = reportsPath(executor, task);
      const at = new Date().toISOString();
      const runOf = async (running: Running) => {
        const { composition } = await running.done(200, 'GET', pathOf(executor));
        return composition.members.find((member: { id: string }) => member.id === task).task;
      };
      let attempt = 0;
      const ends: [Running, string, object][] = [
        [old, 'failed', { state: 'exited', exitCode: 3 }],
        [old, 'launch-error', { state: 'failed', launchError: 'no such file' }],
        [young, 'out-of-memory', { state: 'exited', exitSignal: 'KILL', outOfMemory: true }],
        [young, 'lost', { state: 'failed', lost: 'it was removed' }],
      ];
      for (const [heard, reason, said] of ends) {
        const other = heard === old ? young : old;
        const binding = await new Composer(other.post, executor).open();
        await binding.bind();
        attempt += 1;
        await other.done(201, 'POST', reports, { attempt, state: 'running', at });
        await heard.done(201, 'POST', reports, { attempt, at, ...said });
        expect(await runOf(young)).toMatchObject({ attempt, reason, ...said });
        expect(await runOf(old)).toMatchObject({ attempt, state: (said as { state: string }).state });
        const items = (await young.done(200, 'GET', reports)).items.slice(-2);
        expect(items).toMatchObject([{ state: 'running' }, { attempt, reason, ...said }]);
        expect((await old.done(200, 'GET', reports)).items).toHaveLength(2 * attempt);
        await (await new Composer(other.post, executor).open()).unbind();
      }
    });

    it('image specifications: bound tasks continue, and tasks that join by the present version use the image’s fields', async () => {
      const [old, young] = begins === 'the former' ? [first, second] : [second, first];
      const [image, task] = [id('image', 'app'), id('task', 'app')];
      const bytes = await someArchive();
      const spec = { process: { cwd: '/srv' }, stop: { signal: 'QUIT' } };
      const data = { base64: Buffer.from(bytes).toString('base64') };
      await young.done(201, 'POST', '/v1/elements', { id: image, spec, data });
      await young.done(201, 'POST', '/v1/elements', { id: task, spec: { process: { args: ['/a'] } } });
      const composed = async (name: string, joins: Running, binds: Running) => {
        const executor = id('executor', name);
        await joins.done(201, 'POST', '/v1/elements', { id: executor });
        const joining = await new Composer(joins.post, executor).open();
        await joining.mount(image, '/');
        await joining.join(task);
        const binding = await new Composer(binds.post, executor).open();
        await binding.bind();
        const query = `/v1/compositions/${binding.handle}/plan?target=oci`;
        const { config } = await young.done(200, 'GET', query);
        await binding.unbind();
        return { cwd: config.process.cwd, binding };
      };
      const { cwd, binding } = await composed('said-before', old, young);
      expect(cwd).toBe('/');
      await binding.leave(image);
      const again = await new Composer(young.post, binding.executorId).open();
      await again.mount(image, '/');
      await again.bind();
      expect(again.member(image)).toMatchObject({ image: { id: image, spec } });
      expect((await composed('said-now', young, old)).cwd).toBe('/srv');
    });

    it('a repeated request: either recognises its key', async () => {
      const key = { 'idempotency-key': `${mark}-key` };
      const body = { id: id('task', 'once'), metadata: { rw: { a: 'b' } } };
      await first.done(201, 'POST', '/v1/elements', body, key);
      const again = await second.call('POST', '/v1/elements', body, key);
      expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
      const another = { ...body, metadata: {} };
      expect((await second.call('POST', '/v1/elements', another, key)).body.code).toBe(
        'idempotency-mismatch',
      );
    });

    it('entity tags: one of either version never matches a state of the other', async () => {
      const [task, executor] = [id('task', 'tagged'), id('executor', 'tagged')];
      const name = `${mark}-tagged`;
      await first.done(201, 'POST', '/v1/locations', { name, kind: 'log' });
      for (const each of [task, executor]) await first.done(201, 'POST', '/v1/elements', { id: each });
      await first.done(201, 'POST', '/v1/compositions', { executorId: executor });
      const rw = { metadata: { rw: { a: 'b' } } };
      for (const [path, body] of [
        [pathOf(task), rw],
        [pathOf(executor), rw],
        [`/v1/locations/${name}`, { policy: 'read-only' }],
      ] as const) {
        for (const [from, to] of [
          [first, second],
          [second, first],
        ] as const) {
          const before = await from.call('GET', path);
          const tag = before.headers.get('etag') as string;
          // The former version refuses the form of other tags.
          const refused = [412, 400];
          for (const patch of [body, {}])
            expect(refused).toContain((await to.call('PATCH', path, patch, { 'if-match': tag })).status);
          expect(refused).toContain((await to.call('DELETE', path, undefined, { 'if-match': tag })).status);
          const known = await to.call('GET', path, undefined, { 'if-none-match': tag });
          // The former version shows no owner.
          const shown = [known.body, before.body].map(({ owner: _, ...rest }) => rest);
          expect([known.status, shown[0]]).toEqual([200, shown[1]]);
        }
        const own = (await second.call('GET', path)).headers.get('etag') as string;
        await second.done(200, 'PATCH', path, body, { 'if-match': own });
      }
    });

    it('leftovers: they are swept', async () => {
      const left = { id: id('image', 'never'), size: 1, checksum: digest('sha256', new Uint8Array(1)) };
      await first.done(201, 'POST', '/v1/elements', { ...left, data: { upload: true } });
      expect(await second.sweep(48 * 3600_000)).not.toHaveProperty('failed');
      await first.done(404, 'GET', pathOf(left.id));
    });

    it('a deleted location: it disappears, even if its sweeper is killed, and its name is free', async () => {
      for (const isHalfDone of [false, true]) {
        const name = `${mark}-${isHalfDone ? 'half' : 'whole'}`;
        const path = `/v1/locations/${name}`;
        await first.done(201, 'POST', '/v1/locations', { name, kind: 'task' });
        await first.done(202, 'DELETE', path);
        // The first write of the present sweeper.
        const row = (await rows.get(locationKey(name))) as Item;
        if (isHalfDone) await rows.put({ ...row, row: GONE_LOCATION });
        expect(await second.sweep(CLOSING_MS + 1_000)).not.toHaveProperty('failed');
        for (const each of both()) {
          await each.done(404, 'GET', path);
          const { items } = await each.done(200, 'GET', '/v1/locations');
          expect(items.map((item: { name: string }) => item.name)).not.toContain(name);
        }
        await second.done(201, 'POST', '/v1/locations', { name, kind: 'image' });
        await first.done(200, 'PATCH', path, { policy: 'read-only' });
      }
    });

    it('concurrent changes: each counts once', async () => {
      const counted = id('task', 'counted');
      await first.done(201, 'POST', '/v1/elements', { id: counted });
      const changes = Array.from({ length: 20 }, (_, at) => ({ rw: { [`k${at}`]: String(at) } }));
      await Promise.all(
        changes.map((metadata, at) =>
          both()[at % 2 ? 0 : 1].done(200, 'PATCH', pathOf(counted), { metadata }),
        ),
      );
      for (const each of both()) {
        const { revision, metadata } = await each.done(200, 'GET', pathOf(counted));
        expect([revision, Object.keys(metadata.rw).length]).toEqual([21, 20]);
      }
    });
  });

  it('lists in shards: only for locations created after the log has shards', async () => {
    const [old, young] = [new Running(former, table), new Running(present, table)];
    await logLocation(present, 4);
    await young.done(201, 'POST', '/v1/locations', { name: 'sharded', kind: 'task' });
    expect((await rows.get(locationKey('sharded')))?.attributes).toMatchObject({ listShards: 16 });
    expect((await rows.get(locationKey('task')))?.attributes).not.toHaveProperty('listShards');
    for (const location of ['sharded', 'task']) {
      const id = `task://${location}/since`;
      await young.done(201, 'POST', '/v1/elements', { id });
      const listedBy = async (running: Running): Promise<string[]> => {
        const query = `kind=task&location=${location}&filter=name%5E=since`;
        return (await running.done(200, 'GET', `/v1/elements?${query}`)).items.map(
          (item: { id: string }) => item.id,
        );
      };
      expect(await listedBy(young)).toEqual([id]);
      if (location === 'task') expect(await listedBy(old)).toEqual([id]);
      const shown = await young.done(200, 'GET', `/v1/locations/${location}`);
      expect(shown).not.toHaveProperty('listShards');
      expect((await young.done(409, 'DELETE', `/v1/locations/${location}`)).code).toBe('in-use');
    }
  });

  it('events: both versions derive the same for changes of either', async () => {
    const { Items = [] } = await createDynamoClient().send(new ScanCommand({ TableName: table }));
    const Records = Items.map(({ pk, sk, ...rest }, at) => ({
      eventID: String(at),
      eventName: 'INSERT' as const,
      dynamodb: { SequenceNumber: String(at), Keys: { pk, sk }, NewImage: { pk, sk, ...rest } },
    }));
    const toldBy = async ({ createPublish: create }: Version): Promise<readonly BusMessage[]> => {
      const told: BusMessage[] = [];
      const handler = create({
        put: async (events) => {
          told.push(...events);
          return events.map(() => true);
        },
      });
      expect(await handler({ Records } as never)).toEqual({ batchItemFailures: [] });
      return told.sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
    };
    const told = await toldBy(present);
    expect(told.length).toBeGreaterThan(10);
    expect(await toldBy(former)).toEqual(told);
  });
});
