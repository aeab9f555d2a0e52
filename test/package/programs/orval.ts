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

const at = 'by-orval';

/** The answer. Throws the refusal. */
const answered = <T extends { status: number; data: unknown }, S extends T['status']>(
  answer: T,
  status: S,
): Extract<T, { status: S }>['data'] => {
  if (answer.status !== status) throw new Error(JSON.stringify(answer.data));
  return answer.data as Extract<T, { status: S }>['data'];
};

for (const kind of ['image', 'task', 'executor'] as const)
  answered(await createLocation({ name: `${kind}s-${at}`, kind }), 201);
const refused = answered(await createLocation({ name: `images-${at}`, kind: 'image' }), 409);

const id = `image://images-${at}/root`;
const made = answered(await createElement({ id, data: { upload: true } }), 201);
answered(await putData('image', `images-${at}`, 'root', new Blob([new Uint8Array(1024)])), 200);
const data = answered(await getData('image', `images-${at}`, 'root'), 200);

const spec = { process: { args: ['/bin/true'] } };
answered(await createElement({ id: `task://tasks-${at}/hello`, spec }), 201);
const executorId = `executor://executors-${at}/one`;
answered(await createElement({ id: executorId }), 201);
let { handle } = answered(await openComposition({ executorId }), 201);
for (const body of [{ id, mount: { path: '/' } }, { id: `task://tasks-${at}/hello` }])
  ({ handle } = answered(await joinElement(handle, body), 200));
({ handle } = answered(await bindElements(handle), 200));
const { composition } = answered(await readComposition(handle), 200);
const plan = answered(await planComposition(handle, { target: 'oci' }), 200);
if (plan.target === 'oci' && plan.storage.length !== 1) throw new Error('there is one storage');

console.log(
  JSON.stringify({
    made: made.kind,
    received: data.size,
    mounted: composition.members.flatMap(({ mount }) => mount?.path ?? []),
    target: plan.target,
    refused: refused.code,
  }),
);
