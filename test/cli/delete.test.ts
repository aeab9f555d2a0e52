/** A delete of several elements on the command line: its dry run, and its effect. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Taskport } from '../../client/taskport.ts';
import { type Run, startCommandLine } from './command-line.ts';

let run: Run;
let stop: () => Promise<void>;
let taskport: Taskport;
beforeAll(async () => {
  let url: string;
  ({ url, run, stop } = await startCommandLine());
  taskport = new Taskport({ url });
  for (const kind of ['volume', 'executor']) await run(['location', 'create', `${kind}s`, '--kind', kind]);
  await run(['location', 'create', 'frozen', '--kind', 'volume']);
  await run(['executor', 'create', 'executors/one']);
});
afterAll(() => stop());

interface Told {
  readonly id: string;
  readonly code?: string;
  readonly references: unknown;
  readonly hidden: number;
}
const toTold = ({ id, code, detail, references = [], hidden = 0 }: Told & { detail?: string }) =>
  ({ id, code, detail, references, hidden }) as Told;
const lines = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => toTold(JSON.parse(line)));
const byId = (a: Told, b: Told) => (a.id < b.id ? -1 : a.id > b.id ? 1 : Number(!!a.code) - Number(!!b.code));

/** Elements, each the child of an earlier one or of none; some in a location that is read-only at the end, some joined. */
const family = fc.array(
  fc.record({
    parent: fc.option(fc.nat({ max: 5 }), { nil: undefined }),
    isFrozen: fc.boolean(),
    isJoined: fc.boolean(),
  }),
  { minLength: 1, maxLength: 6 },
);
/** The deleted elements, in order; a number beyond the last is a missing one. */
const named = fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 8 });

describe('a delete of several', () => {
  it('does what its dry run predicts, for any references, and continues after refusals', async () => {
    let made = 0;
    await fc.assert(
      fc.asyncProperty(family, named, async (members, picks) => {
        made += 1;
        const ids = Array.from({ length: 7 }, (_, at) => {
          const { isFrozen = false } = members[at] ?? {};
          return `volume://${isFrozen ? 'frozen' : 'volumes'}/v${made}-${at}`;
        });
        const { locations, elements, compositions } = taskport;
        await locations.update('frozen', { policy: 'read-write' });
        let { handle } = await compositions.open('executor://executors/one');
        for (const [at, { parent, isJoined }] of members.entries()) {
          const id = ids[at] as string;
          await elements.create({
            id,
            ...(parent !== undefined && parent < at ? { parentId: ids[parent] as string } : {}),
          });
          if (isJoined)
            ({ handle } = await compositions.join(handle, { id, mount: { path: `/v${made}-${at}` } }));
        }
        await locations.update('frozen', { policy: 'read-only' });
        const names = picks.map((pick) => ids[pick] as string);
        const foreseen = await run(['volume', 'delete', ...names, '--dry-run', '--json']);
        const done = await run(['volume', 'delete', ...names, '--json']);
        const real = [...lines(done.out), ...lines(done.err)];
        expect(lines(foreseen.out).sort(byId)).toEqual(real.sort(byId));
        expect(foreseen.err).toBe('');
        const isRefused = real.some(({ code }) => code !== undefined);
        expect([foreseen.code, done.code]).toEqual(isRefused ? [1, 1] : [0, 0]);
        // Joined elements leave, for the next round.
        for (const [at, { isJoined }] of members.entries()) {
          if (isJoined) ({ handle } = await compositions.leave(handle, ids[at] as string));
        }
      }),
      { numRuns: 12 },
    );
  });

  it('reports each element: deleted, or refused with a reason', async () => {
    await run(['volume', 'create', 'volumes/parent']);
    await run(['volume', 'create', 'volumes/child', '--parent', 'volumes/parent']);
    await run(['volume', 'create', 'volumes/alone']);
    const named = ['volumes/parent', 'volumes/none', 'volumes/alone'];
    const foreseen = await run(['volume', 'delete', ...named, '--dry-run']);
    expect(foreseen).toMatchObject({ code: 1, err: '' });
    expect(foreseen.out).toBe(
      [
        'volume://volumes/parent would be refused: in-use: volume://volumes/parent is referred to by others: first delete its children',
        '  volume://volumes/child (child)',
        'volume://volumes/none would be refused: not-found: there is no volume://volumes/none: create it first, or list the elements of its location',
        'volume://volumes/alone would be deleted',
        '',
      ].join('\n'),
    );
    const done = await run(['volume', 'delete', ...named]);
    expect(done).toMatchObject({ code: 1, out: 'volume://volumes/alone is deleted\n' });
    expect(done.err).toContain('taskport: in-use: volume://volumes/parent is referred to by others');
    expect(done.err).toContain('  volume://volumes/child (child)\n');
    expect(done.err).toContain(
      'taskport: not-found: there is no volume://volumes/none: create it first, or list the elements of its location\n',
    );
    const both = ['volumes/child', 'volumes/parent'];
    expect((await run(['volume', 'delete', ...both, '--dry-run'])).code).toBe(0);
    expect((await run(['volume', 'delete', ...both])).code).toBe(0);
  });

  it('predicts a refusal for a caller without the grant', async () => {
    const grants = JSON.stringify([{ principal: 'local', actions: ['admin', 'create', 'read'] }]);
    await run(['location', 'create', 'kept', '--kind', 'volume', '--grants', '-'], { input: grants });
    await run(['volume', 'create', 'kept/one']);
    const [foreseen] = (await run(['volume', 'delete', 'kept/one', '--dry-run', '--json'])).json;
    expect(foreseen).toMatchObject({ wouldDelete: false, code: 'permission-denied' });
    expect((await run(['volume', 'delete', 'kept/one'])).err).toContain('permission-denied');
  });

  it('ends at once if the service does not answer', async () => {
    const nowhere = ['--url', 'http://127.0.0.1:1'];
    const done = await run(['volume', 'delete', 'volumes/a', 'volumes/b', '--json', ...nowhere]);
    expect(done).toMatchObject({ code: 3, out: '' });
    expect(done.err.trim().split('\n')).toHaveLength(1);
  });
});
