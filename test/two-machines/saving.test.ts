/** Writes of tasks are saved for everybody, for any failures between their machine and the service. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { titled } from '../bundle.ts';
import { type FaultProxy, startFaultProxy } from '../faults/proxy.ts';
import { PATIENCE } from '../patience.ts';
import { type RunnerProcess, runsWhatIsBound, stateDirectory } from '../runner-process.ts';
import { type Machine, withoutMachines } from './machine.ts';
import { Places } from './places.ts';
import { Written } from './written.ts';

const without = withoutMachines();

describe.skipIf(without)(titled('a volume that tasks write', without), () => {
  let places: Places;
  let one: Machine;
  let other: Machine;
  let store: FaultProxy;
  let engineUrl: string;
  const pulled = stateDirectory();
  beforeAll(async () => {
    places = await Places.open();
    [one, other] = places.machines;
    engineUrl = process.env.AWS_ENDPOINT_URL_S3 as string;
    store = await startFaultProxy(engineUrl);
    one.reroute(engineUrl, store.url);
  });
  afterEach(({ task }) => places?.stopRunners(task.result?.state === 'fail'));
  afterAll(async () => {
    await places?.close();
    await store?.stop();
    pulled.remove();
  });

  /** An executor with a volume, and its runner on the first machine. */
  const begun = async (name: string) => {
    const written = new Written(places, name);
    await written.furnish();
    const runner = places.runner(one, name);
    await runsWhatIsBound(runner);
    return { written, runner };
  };
  /** The runner gives its location back, and a runner on the other machine takes it. */
  const move = async (runner: RunnerProcess, location: string): Promise<RunnerProcess> => {
    await one.taskport(places.stage.url, 'runner', 'leave', location);
    await vi.waitUntil(runner.hasEnded, PATIENCE);
    const next = places.runner(other, location);
    await runsWhatIsBound(next);
    return next;
  };
  const isWrite = ({ method }: { readonly method: string }): boolean => method === 'PUT';

  it('has the writes of tasks, on the next machine and for a pull', async () => {
    const { written, runner } = await begun('moved');
    await written.run('echo first >/data/story');
    await written.unbind();
    await written.settles('saved');
    expect(await written.saved(pulled.path, 'story')).toBe('first\n');
    await move(runner, 'moved');
    await written.run('[ "$(cat /data/story)" = first ] && echo second >>/data/story');
    await written.unbind();
    await written.settles('saved');
    expect(await written.saved(pulled.path, 'story')).toBe('first\nsecond\n');
  });

  it('is unchanged without writes', async () => {
    const { written } = await begun('unchanged');
    await written.run('echo once >/data/story');
    await written.unbind();
    await written.settles('saved');
    const { checksum, revision } = await places.stage.taskport.elements.read(written.volumeId);
    await written.run('cat /data/story');
    await written.unbind();
    await written.settles('unchanged');
    expect(await places.stage.taskport.elements.read(written.volumeId)).toMatchObject({ checksum, revision });
  });

  it('is saved by the next runner of the engine after a kill', async () => {
    const { written, runner } = await begun('killed');
    await written.run('echo kept >/data/story');
    const sending = store.hold(isWrite);
    await written.unbind();
    await sending.reached;
    runner.child.kill('SIGKILL');
    sending.open();
    await runsWhatIsBound(places.runner(one, 'killed'));
    await written.settles('saved');
    expect(await written.saved(pulled.path, 'story')).toBe('kept\n');
  });

  it('is saved after the network is back', async () => {
    const { written } = await begun('severed');
    await written.run('echo kept >/data/story');
    one.cut();
    try {
      await written.unbind();
      expect(await written.member()).toMatchObject({ bound: false, saving: {} });
    } finally {
      one.mend();
    }
    await written.settles('saved');
    expect(await written.saved(pulled.path, 'story')).toBe('kept\n');
  });

  it('starts on no other machine while one has unsaved writes, until a release; returning writes are kept aside', async () => {
    const { written, runner } = await begun('lost');
    await written.run('echo saved >/data/story');
    await written.unbind();
    await written.settles('saved');
    await written.run('echo unsaved >/data/story');
    runner.child.kill('SIGSTOP');
    one.cut();
    try {
      await vi.waitFor(() => places.stage.taskport.runners.fence('lost'), PATIENCE);
      await runsWhatIsBound(places.runner(other, 'lost'));
      const refused = await written.start('cat /data/story');
      await written.comesTo(refused, {
        state: 'failed',
        launchError: expect.stringContaining('another engine'),
      });
      await written.leave(refused);
      await written.unbind();
      await places.release(written.volumeId);
      await written.settles('released');
      await written.run('[ "$(cat /data/story)" = saved ] && echo again >>/data/story');
      await written.unbind();
      await written.settles('saved');
    } finally {
      one.mend();
      runner.child.kill('SIGCONT');
    }
    await vi.waitFor(() => expect(places.aside(one, 'lost', written.volumeId)).toHaveLength(1), PATIENCE);
    expect(await written.saved(pulled.path, 'story')).toBe('saved\nagain\n');
  });

  it('keeps its writes on its machine while its location is read-only, and is saved afterwards', async () => {
    const { written } = await begun('closed');
    const { locations } = places.stage.taskport;
    await written.run('echo kept >/data/story');
    await locations.update('data-closed', { policy: 'read-only' });
    await written.unbind();
    await written.fails('invalid-location');
    await locations.update('data-closed', { policy: 'read-write' });
    await written.settles('saved');
    expect(await written.saved(pulled.path, 'story')).toBe('kept\n');
  });

  it('is sent again after a refusal of the store, and after a lost answer', async () => {
    const { written } = await begun('refused');
    await written.run('echo kept >/data/story');
    store.answer(isWrite, { code: 'AccessDenied', status: 403 }, { times: 2 });
    store.swallow(isWrite, { nth: 3 });
    await written.unbind();
    await written.settles('saved');
    expect(await written.saved(pulled.path, 'story')).toBe('kept\n');
  });

  it('is sent again if the service reads other bytes than were sent, and reports that', async () => {
    const { written } = await begun('garbled');
    await written.run('echo kept >/data/story');
    const sent = store.hold(isWrite, { at: 'answer' });
    await written.unbind();
    await sent.reached;
    const path = store.requests.findLast(isWrite)?.path ?? '';
    const size = Number(
      (await fetch(new URL(path, engineUrl), { method: 'HEAD' })).headers.get('content-length'),
    );
    const again = store.hold(isWrite);
    await fetch(new URL(path, engineUrl), { method: 'PUT', body: Buffer.alloc(size, 'x') });
    sent.open();
    await written.fails(/./);
    again.open();
    await written.settles('saved');
    expect(await written.saved(pulled.path, 'story')).toBe('kept\n');
  });

  it('cannot be deleted, replaced or used as a parent with unsaved writes', async () => {
    const { written } = await begun('guarded');
    await written.run('echo kept >/data/story');
    const sending = store.hold(isWrite);
    await written.unbind();
    await sending.reached;
    const { elements, compositions } = places.stage.taskport;
    await expect(elements.delete(written.volumeId)).rejects.toMatchObject({ code: 'volume-attached' });
    await expect(
      elements.create({ id: 'volume://data-guarded/child', parentId: written.volumeId }),
    ).rejects.toMatchObject({ code: 'volume-attached' });
    await expect(
      elements.replaceData(written.volumeId, { size: 1024, checksum: `sha256:${'0'.repeat(64)}` }),
    ).rejects.toMatchObject({ code: expect.stringMatching(/volume-attached|in-use/) });
    const { handle } = await compositions.open(written.executorId);
    await expect(compositions.leave(handle, written.volumeId)).rejects.toMatchObject({
      code: 'volume-attached',
    });
    sending.open();
    await written.settles('saved');
    expect(await written.saved(pulled.path, 'story')).toBe('kept\n');
  });

  it('is written on if the same executor binds it again before the save', async () => {
    const { written } = await begun('rebound');
    await written.run('echo first >/data/story');
    const sending = store.hold(isWrite);
    await written.unbind();
    await sending.reached;
    const going = written.run('[ "$(cat /data/story)" = first ] && echo second >>/data/story');
    await vi.waitFor(async () => expect((await written.member())?.bound).toBe(true), PATIENCE);
    sending.open();
    await going;
    await written.unbind();
    await written.settles('saved');
    expect(await written.saved(pulled.path, 'story')).toBe('first\nsecond\n');
  });
});
