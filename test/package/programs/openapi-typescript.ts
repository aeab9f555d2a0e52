import createClient from 'openapi-fetch';
import type { paths } from './generated.ts';

const { GET, POST, PUT } = createClient<paths>({ baseUrl: process.env.TASKPORT_URL });
const at = 'by-openapi-typescript';

/** The answer. Throws the refusal. */
const answered = <T>({ data, error }: { data?: T; error?: unknown }): T => {
  if (data === undefined) throw new Error(JSON.stringify(error));
  return data;
};

for (const kind of ['image', 'task', 'executor'] as const)
  answered(await POST('/v1/locations', { body: { name: `${kind}s-${at}`, kind } }));
const { error } = await POST('/v1/locations', { body: { name: `images-${at}`, kind: 'image' } });

const id = `image://images-${at}/root`;
const { kind } = answered(await POST('/v1/elements', { body: { id, data: { upload: true } } }));
const path = { kind: 'image', location: `images-${at}`, name: 'root' } as const;
const bytes = new Uint8Array(1024);
// It types bytes as text, but has an option for their encoding.
const sent = {
  body: bytes as unknown as string,
  bodySerializer: (body: unknown) => body as Uint8Array<ArrayBuffer>,
};
const headers = { 'content-type': 'application/octet-stream' };
answered(await PUT('/v1/elements/{kind}/{location}/{name}/data', { params: { path }, ...sent, headers }));
const data = await GET('/v1/elements/{kind}/{location}/{name}/data', {
  params: { path },
  parseAs: 'arrayBuffer',
});

const spec = { process: { args: ['/bin/true'] } };
answered(await POST('/v1/elements', { body: { id: `task://tasks-${at}/hello`, spec } }));
answered(await POST('/v1/elements', { body: { id: `executor://executors-${at}/one` } }));
const executorId = `executor://executors-${at}/one`;
let { handle } = answered(await POST('/v1/compositions', { body: { executorId } }));
const joinings = [{ id, mount: { path: '/' } }, { id: `task://tasks-${at}/hello` }];
for (const body of joinings)
  ({ handle } = answered(
    await POST('/v1/compositions/{handle}/join', { params: { path: { handle } }, body }),
  ));
({ handle } = answered(await POST('/v1/compositions/{handle}/bind', { params: { path: { handle } } })));
const { composition } = answered(await GET('/v1/compositions/{handle}', { params: { path: { handle } } }));
const query = { target: 'oci' } as const;
const plan = answered(await GET('/v1/compositions/{handle}/plan', { params: { path: { handle }, query } }));
if (plan.target === 'oci' && plan.storage.length !== 1) throw new Error('there is one storage');

console.log(
  JSON.stringify({
    made: kind,
    received: answered(data).byteLength,
    mounted: composition.members.flatMap(({ mount }) => mount?.path ?? []),
    target: plan.target,
    refused: error?.code,
  }),
);
