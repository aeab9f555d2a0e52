import {
  bindElements,
  createElement,
  createLocation,
  getData,
  joinElement,
  openComposition,
  planComposition,
  putData,
  readComposition,
} from './generated';
import { client } from './generated/client.gen';

client.setConfig({ baseUrl: process.env.TASKPORT_URL as `http://${string}` });
const at = 'by-hey-api';
const throwOnError = true;

for (const kind of ['image', 'task', 'executor'] as const)
  await createLocation({ body: { name: `${kind}s-${at}`, kind }, throwOnError });
const { error } = await createLocation({ body: { name: `images-${at}`, kind: 'image' } });

const id = `image://images-${at}/root`;
const made = await createElement({ body: { id, data: { upload: true } }, throwOnError });
const path = { kind: 'image', location: `images-${at}`, name: 'root' } as const;
await putData({ path, body: new Blob([new Uint8Array(1024)]), throwOnError });
const { data } = await getData({ path, throwOnError });

const spec = { process: { args: ['/bin/true'] } };
await createElement({ body: { id: `task://tasks-${at}/hello`, spec }, throwOnError });
const executorId = `executor://executors-${at}/one`;
await createElement({ body: { id: executorId }, throwOnError });
let { handle } = (await openComposition({ body: { executorId }, throwOnError })).data;
for (const body of [{ id, mount: { path: '/' } }, { id: `task://tasks-${at}/hello` }])
  ({ handle } = (await joinElement({ path: { handle }, body, throwOnError })).data);
({ handle } = (await bindElements({ path: { handle }, throwOnError })).data);
const { composition } = (await readComposition({ path: { handle }, throwOnError })).data;
const { data: plan } = await planComposition({ path: { handle }, query: { target: 'oci' }, throwOnError });
if (plan.target === 'oci' && plan.storage.length !== 1) throw new Error('there is one storage');

console.log(
  JSON.stringify({
    made: made.data.kind,
    received: data.size,
    mounted: composition.members.flatMap(({ mount }) => mount?.path ?? []),
    target: plan.target,
    refused: error?.code,
  }),
);
