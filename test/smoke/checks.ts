/** Checks of a new deployment, from a location to a composition, through its API alone. */
import { createHash, randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { pack } from 'tar-stream';
import type { ClientOptions } from '../../client/http.ts';
import { putSigned } from '../../client/platform/signed-put.ts';
import { StoreError } from '../../client/store-error.ts';
import { Taskport } from '../../client/taskport.ts';
import type { SignedRequest } from '../../lib/element/upload/upload-schema.ts';

export interface SmokeOptions extends ClientOptions {
  /** Whether it runs on AWS, which enables further checks. */
  readonly isDeployed: boolean;
  /** Called after each check. */
  readonly onChecked: (name: string, milliseconds: number, failure?: Error) => void;
}

/** The longest wait for events, verification, and the index of a list. */
const PATIENCE_MS = 60_000;
const LOOK_MS = 250;

const assert = (holds: boolean, otherwise: string): void => {
  if (!holds) throw new Error(otherwise);
};

const eventually = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  const until = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    assert(Date.now() < until, `${what}: not within a minute`);
    await sleep(LOOK_MS);
  }
};

const archive = async (): Promise<Uint8Array> => {
  const tar = pack();
  tar.entry({ name: 'bin/hello' }, '#!/bin/sh\necho hello\n');
  tar.entry({ name: 'noise' }, randomBytes(100_000));
  tar.finalize();
  return buffer(tar);
};

/** Sends bytes by a signed request; answers the status of a refusal, and 200 otherwise. */
const send = async (request: SignedRequest, bytes: Uint8Array): Promise<number> => {
  const body = async function* () {
    yield bytes;
  };
  try {
    await putSigned(request, body(), undefined, () => {});
    return 200;
  } catch (error) {
    if (error instanceof StoreError) return error.status;
    throw error;
  }
};

/** Makes checks in sequence, each with the elements of the earlier ones; removes all elements. Answers whether all checks passed. */
export const checkService = async ({ isDeployed, onChecked, ...options }: SmokeOptions): Promise<boolean> => {
  const taskport = new Taskport(options);
  const { locations, elements, compositions, events } = taskport;
  const mark = `smoke-${randomBytes(4).toString('hex')}`;
  const kinds = ['image', 'task', 'executor'] as const;
  const idOf = (kind: (typeof kinds)[number]): string => `${kind}://${mark}-${kind}/one`;
  const bytes = await archive();
  const checksum = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  let isLeft = false;

  const checks: Readonly<Record<string, () => Promise<void>>> = {
    'it is alive': async () => {
      assert((await taskport.health()).status === 'ok', 'it does not say so');
    },
    ...(isDeployed && {
      'nobody is let in without a name': async () => {
        const { status } = await fetch(`${options.url}/v1/locations`);
        assert(status === 401 || status === 403, `it answered ${status}`);
      },
    }),
    'locations are made': async () => {
      for (const kind of kinds) await locations.create({ name: `${mark}-${kind}`, kind });
    },
    'data goes to the store by a signed request, is read, and comes back': async () => {
      const said = { id: idOf('image'), size: bytes.length, checksum, data: { upload: true } } as const;
      const { upload } = await elements.create(said);
      const [request] = upload?.requests ?? [];
      if (!request) throw new Error('nothing was signed');
      if (isDeployed) {
        const refused = await send(request, randomBytes(bytes.length));
        assert(refused === 400 || refused === 403, `other bytes were answered ${refused}`);
      }
      assert((await send(request, bytes)) === 200, 'the store refused it');
      if (isDeployed) assert((await send(request, bytes)) === 412, 'the store let it be written again');
      await elements.completeUpload(idOf('image'));
      await eventually('the element is ready', async () => {
        const { state, problem } = (await elements.read(idOf('image'))) as {
          state: string;
          problem?: unknown;
        };
        assert(state !== 'failed', `the data was refused: ${JSON.stringify(problem)}`);
        return state === 'ready';
      });
      const { url } = await elements.locateData(idOf('image'));
      const back = new Uint8Array(await (await fetch(url)).arrayBuffer());
      assert(Buffer.from(back).equals(bytes), 'other bytes came back');
    },
    ...(isDeployed && {
      'the caller is who the authorizer says': async () => {
        const { createdBy } = await elements.read(idOf('image'));
        const isPrincipal = /^arn:[^:]+:iam::\d{12}:\S+$|^https?:\S+\|\S+$/.test(createdBy ?? '');
        assert(isPrincipal, `it was ${createdBy}`);
      },
    }),
    'it is listed': () =>
      eventually('it is in the list', async () => {
        for await (const { id } of elements.list({ kind: 'image', location: `${mark}-image` })) {
          if (id === idOf('image')) return true;
        }
        return false;
      }),
    'its event is told, and who did it is kept': async () => {
      await eventually('the event is in the log', async () =>
        (await events.page({ id: idOf('image') })).items.some(
          (event) => event['detail-type'] === 'Image Created',
        ),
      );
      for await (const { actor } of elements.audit(idOf('image'))) {
        assert(actor !== '', 'nobody did it');
        return;
      }
      throw new Error('nothing is kept');
    },
    'a task is composed with it, planned, and taken apart': async () => {
      await elements.create({ id: idOf('task'), spec: { process: { args: ['/bin/hello'] } } });
      await elements.create({ id: idOf('executor') });
      let { handle } = await compositions.open(idOf('executor'));
      const mount = { path: '/', readOnly: true };
      ({ handle } = await compositions.join(handle, { id: idOf('image'), mount }));
      ({ handle } = await compositions.join(handle, { id: idOf('task') }));
      ({ handle } = await compositions.bind(handle));
      const { layers = [] } = (await compositions.plan(handle, 'oci')).storage[0] ?? {};
      assert(layers.length === 1, `its root has ${layers.length} layers`);
      ({ handle } = await compositions.unbind(handle));
      for (const id of [idOf('task'), idOf('image')]) ({ handle } = await compositions.leave(handle, id));
    },
    'all of it is deleted': async () => {
      for (const kind of kinds) {
        await elements.delete(idOf(kind));
        await eventually(`${kind} is empty`, async () => {
          try {
            await locations.delete(`${mark}-${kind}`);
            return true;
          } catch (error) {
            if ((error as { code?: string }).code === 'in-use') return false;
            throw error;
          }
        });
      }
    },
  };

  for (const [name, check] of Object.entries(checks)) {
    const from = performance.now();
    const failure = await check().then(
      () => undefined,
      (error: Error) => error,
    );
    onChecked(name, performance.now() - from, failure);
    isLeft ||= failure !== undefined;
    if (failure) break;
  }
  if (!isLeft) return true;
  for (const kind of kinds) await elements.delete(idOf(kind)).catch(() => {});
  for (const kind of kinds) await locations.delete(`${mark}-${kind}`).catch(() => {});
  return false;
};
