import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Run, startCommandLine } from './command-line.ts';

let run: Run;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ run, stop } = await startCommandLine());
  await run(['location', 'create', 'images', '--kind', 'image']);
  for (const name of ['one', 'two']) await run(['image', 'create', `images/${name}`]);
});
afterAll(() => stop());

const said = async (...args: string[]): Promise<string> => {
  const { code, out, err } = await run(args);
  expect({ args, code, err }).toEqual({ args, code: 0, err: '' });
  return out;
};
const rows = (out: string): string[][] =>
  out
    .trim()
    .split('\n')
    .map((line) => line.split(/ {2,}/));

describe('tags on the command line', () => {
  it('are set like with docker: to an image, or to the image of another tag; `latest` by default', async () => {
    expect(await said('image', 'tag', 'images/one', 'images/app:1.2')).toBe(
      'image://images/app:1.2 names image://images/one\n',
    );
    expect(await said('image', 'tag', 'images/app:1.2', 'images/app')).toBe(
      'image://images/app:latest names image://images/one\n',
    );
    expect(await said('image', 'tag', 'image://images/two', 'image://images/app:1.2')).toBe(
      'image://images/app:1.2 names image://images/two\n',
    );
  });

  it('are listed for a location and for a repository, and beside their images', async () => {
    await said('image', 'tag', 'images/one', 'images/tool:9');
    await expect
      .poll(async () => rows(await said('image', 'tags', 'images')).map(([tag, image]) => [tag, image]))
      .toEqual([
        ['TAG', 'IMAGE'],
        ['app:1.2', 'image://images/two'],
        ['app:latest', 'image://images/one'],
        ['tool:9', 'image://images/one'],
      ]);
    expect(rows(await said('image', 'tags', 'images/tool'))).toHaveLength(2);
    const listed = rows(await said('image', 'list', 'images'));
    expect(listed.map((row) => [row[0], row.at(-1)])).toEqual([
      ['NAME', 'TAGS'],
      ['one', 'app:latest, tool:9'],
      ['two', 'app:1.2'],
    ]);
    const json = await run(['image', 'tags', 'images/app', '--json']);
    expect(json.json.map(({ tag, id }) => [tag, id])).toEqual([
      ['image://images/app:1.2', 'image://images/two'],
      ['image://images/app:latest', 'image://images/one'],
    ]);
  });

  it('are shown with their image, by any of its names', async () => {
    for (const name of ['one', 'app', 'app:latest']) {
      const out = await said('image', 'show', `images/${name}`);
      expect(out).toContain('id: image://images/one\n');
      expect(out).toContain('tags: app:latest, tool:9');
    }
  });

  it('do not prevent a delete, as its dry run says, even for a tag alone', async () => {
    await said('image', 'create', 'images/going');
    await said('image', 'tag', 'images/going', 'images/going:1');
    await said('image', 'tag', 'images/going', 'images/going:2');
    await said('image', 'create', 'images/stem');
    await said('image', 'create', 'images/leaf', '--parent', 'images/stem');
    await said('image', 'tag', 'images/stem', 'images/stem:1');
    for (const name of ['going', 'going:1', 'stem:1'])
      expect(await said('image', 'delete', '--dry-run', `images/${name}`)).toBe(
        `image://images/${name} would be deleted\n`,
      );
    const refused = await run(['image', 'delete', '--dry-run', 'images/stem']);
    expect(refused.code).toBe(1);
    expect(refused.out).not.toContain('tag');
    await said('image', 'delete', 'images/stem:1');
    await said('image', 'delete', 'images/going');
    expect((await run(['image', 'show', 'images/going:1'])).err).toContain(
      'there is no image://images/going:1',
    );
    expect((await run(['image', 'show', 'images/stem'])).code).toBe(0);
  });

  it('are removed, and an invalid one is refused with the right form', async () => {
    await said('image', 'tag', 'images/one', 'images/old:1');
    await said('image', 'tag', 'images/one', 'images/old:2');
    expect(await said('image', 'untag', 'images/old:1', 'images/old:2')).toBe(
      'image://images/old:1 is removed\nimage://images/old:2 is removed\n',
    );
    const gone = await run(['image', 'untag', 'images/old:1']);
    expect([gone.code, gone.err]).toEqual([1, expect.stringContaining('not-found')]);
    for (const text of ['images/a:b:c', 'images/a@sha256:1']) {
      const wrong = await run(['image', 'tag', 'images/one', text]);
      expect([text, wrong.code, wrong.err]).toEqual([text, 2, expect.stringContaining('<location>/')]);
    }
    const grammar = await run(['image', 'tag', 'images/one', 'images/App:1']);
    expect([grammar.code, grammar.err]).toEqual([1, expect.stringContaining('lower-case')]);
    expect((await run(['image', 'tags', 'images/app:1'])).code).toBe(2);
  });
});
