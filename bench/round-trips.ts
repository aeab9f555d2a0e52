import { createDynamoClient } from '../lib/adapters/dynamodb/engine/client.ts';
import { type Operation, usageBars } from './bars.ts';
import { compositionOperations, prepareComposition } from './composition-operations.ts';
import { exactly, type Figure } from './figures.ts';
import { Meter, type Usage } from './meter.ts';
import { someImage } from './oci-image.ts';
import type { PartitionUnits } from './scale/partition-units.ts';
import { UnitRecorder } from './scale/unit-recorder.ts';
import { LOG_TABLE, type Service, withService } from './service.ts';

const IMAGES = '/v1/elements/image/library';
const PARENT = 'image://library/parent';
const TAG = '/v1/tags/library/app/1.2';
const LIST = '/v1/elements?kind=image&location=library&filter=';

/** A typical element: an indexed key in each map, and one that is not indexed. */
const element = (id: string) => ({
  id,
  metadata: { ro: { os: 'linux' }, rw: { channel: 'stable', note: 'as built' } },
});

/** Makes the elements that operations need, in the order of their making. */
const prepare = async ({ call }: Service): Promise<string> => {
  const location = { kind: 'image', indexed: ['ro.os', 'rw.channel'] };
  await call('POST', '/v1/locations', { body: { ...location, name: 'library' } });
  await call('POST', '/v1/locations', { body: { ...location, name: 'bounded', capacity: 1_000_000 } });
  await call('POST', '/v1/locations', { body: { name: 'jobs', kind: 'task' } });
  await call('POST', '/v1/elements', { body: element(PARENT) });
  await call('POST', '/v1/elements', { body: { ...element('image://library/child'), parentId: PARENT } });
  await call('POST', '/v1/elements', { body: element('image://library/single') });
  // The service remembers the location from here on.
  await call('POST', '/v1/elements', { body: element('image://bounded/first') });
  // With free space left over, as is usual.
  await call('POST', '/v1/elements', { body: { ...element('image://bounded/second'), freeSpace: 1024 } });
  await call('DELETE', '/v1/elements/image/bounded/second');
  await call('POST', '/v1/elements', { body: { id: 'task://jobs/first' } });
  return prepareComposition(call);
};

/** The operations. Each finds its elements, because an earlier one made them. */
const operations = (service: Service, withVolume: string): Record<Operation, () => Promise<unknown>> => {
  const { call, dependencies } = service;
  const create = (name: string, more: object = {}) =>
    call('POST', '/v1/elements', { body: { ...element(`image://library/${name}`), ...more } });
  const list = (filter: string) => call('GET', `${LIST}${encodeURIComponent(filter)}`);
  const update = (rw: object) => call('PATCH', `${IMAGES}/single`, { body: { metadata: { rw } } });
  const data = { base64: Buffer.from('some data').toString('base64') };
  const { layer, image, imagePath } = someImage('library');
  const withColdCache = (run: () => Promise<unknown>) => {
    dependencies.known.forget('library');
    return run();
  };
  return {
    ...compositionOperations(service, withVolume),
    read: () => call('GET', `${IMAGES}/single`),
    'read, location not known yet': () => withColdCache(() => call('GET', `${IMAGES}/single`)),
    'update of a key': () => update({ note: 'as tested' }),
    'update of an indexed key': () => update({ channel: 'beta' }),
    'update of free space': () => call('PATCH', `${IMAGES}/single`, { body: { freeSpace: 1024 } }),
    create: () => create('plain'),
    'create, location not known yet': () => withColdCache(() => create('plain-2')),
    'create with an Idempotency-Key': () =>
      call('POST', '/v1/elements', {
        body: element('image://library/keyed'),
        headers: { 'idempotency-key': 'bench' },
      }),
    'create with a parent': () => create('below', { parentId: PARENT }),
    'create where capacity is counted': () =>
      call('POST', '/v1/elements', { body: { ...element('image://bounded/second'), freeSpace: 1024 } }),
    'create with data': () => call('POST', '/v1/elements', { body: { id: 'task://jobs/second', data } }),
    'create of a layer': () => call('POST', '/v1/elements', { body: layer }),
    'create of an OCI image': () => call('POST', '/v1/elements', { body: image }),
    'delete of an OCI image': () => call('DELETE', imagePath),
    'where the data is': () => call('GET', '/v1/elements/task/jobs/second/data', { status: 307 }),
    'list page': () => call('GET', '/v1/elements?kind=image&location=library'),
    'list page by indexed key': () => list('ro.os=linux'),
    'list page by name prefix': () => list('name^=pl'),
    'list page by parent': () => list(`parent=${PARENT}`),
    'list page by state': () => list('state=ready'),
    lineage: () => call('GET', `${IMAGES}/child/lineage`),
    children: () => call('GET', `${IMAGES}/parent/children`),
    references: () => call('GET', `${IMAGES}/parent/references`),
    tag: () => call('PUT', TAG, { body: { id: PARENT } }),
    'read by a tag': () => call('GET', `${IMAGES}/app:1.2`),
    'read of a tag': () => call('GET', TAG),
    'move of a tag': () => call('PUT', TAG, { body: { id: 'image://library/single' } }),
    'list of the tags of a repository': () => call('GET', '/v1/tags/library/app'),
    'list of the tags of a location': () => call('GET', '/v1/tags/library'),
    'create of a name that tags may have': () =>
      call('POST', '/v1/elements', { body: element('image://library/app:own') }),
    'delete with a tag': () => call('DELETE', `${IMAGES}/single`),
    'refused delete': () => call('DELETE', `${IMAGES}/parent`, { status: 409 }),
    delete: () => call('DELETE', `${IMAGES}/app:own`),
    'delete of a child': () => call('DELETE', `${IMAGES}/child`),
  };
};

const format = ({ roundTrips, calls, readUnits, writeUnits }: Usage): string =>
  `${roundTrips} in sequence, ${calls} in all, ${readUnits} RCU, ${writeUnits} WCU`;

/** Calls and capacity of each operation on DynamoDB Local; for transactions, which it counts differently from AWS, by the size of the rows. */
export const measureRoundTrips = (): Promise<Figure[]> =>
  withService('dynamodb-local', async (service) => {
    const meter = new Meter();
    meter.watch(service.dynamodb);
    meter.watch(service.s3);
    const reader = createDynamoClient();
    const recorder = new UnitRecorder(service.dynamodb, reader, LOG_TABLE);
    const withVolume = await prepare(service);
    const figures: Figure[] = [];
    for (const [name, operation] of Object.entries(operations(service, withVolume))) {
      let units: readonly PartitionUnits[] = [];
      const called = await meter.measure(async () => {
        units = await recorder.record(operation);
      });
      const sum = (of: 'reads' | 'writes') => units.reduce((all, each) => all + each[of], 0);
      const usage = { ...called, readUnits: sum('reads'), writeUnits: sum('writes') };
      figures.push(exactly(`storage: ${name}`, format(usage), format(usageBars[name as Operation])));
    }
    reader.destroy();
    return figures;
  });
