import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LaunchError } from '../../lib/execution/engine.ts';
import { removeTree } from './mounts.ts';
import { run } from './program.ts';
import { markWhiteouts } from './whiteouts.ts';

/** mount(2) takes a page of options. */
const MAX_OPTIONS = 4000;

/**
 * Mounts layers over each other. All paths but `target` are relative to `directory`: they are short so, and have none of the signs
 * that options cannot. `lowers` are the uppermost first; without `writable`, which has `upper` and `work`, nothing is written.
 */
export const mountOverlay = async (
  directory: string,
  target: string,
  lowers: readonly string[],
  writable: { readonly upper: string; readonly work: string } | undefined,
): Promise<void> => {
  const upper = writable === undefined ? '' : `,upperdir=${writable.upper},workdir=${writable.work}`;
  const options = `lowerdir=${lowers.join(':')}${upper}`;
  if (options.length > MAX_OPTIONS)
    throw new LaunchError(`${lowers.length} layers are more than one mount takes`);
  await run('mount', ['-t', 'overlay', '-o', options, 'overlay', target], { cwd: directory });
};

/** Whether the machine stacks layers in a directory, and has them take away what is below: tried with real ones. */
export const canOverlay = async (directory: string): Promise<boolean> => {
  const probe = await mkdtemp(join(directory, 'probe-'));
  const at = (name: string): string => join(probe, name);
  try {
    for (const name of ['lower/d', 'middle/d', 'upper', 'work', 'target'])
      await mkdir(at(name), { recursive: true });
    for (const name of ['lower/d/hidden', 'lower/removed', 'lower/kept']) await writeFile(at(name), '');
    await markWhiteouts(at('middle'), { removed: ['removed'], opaque: ['d'] });
    await mountOverlay(probe, at('target'), ['middle', 'lower'], { upper: 'upper', work: 'work' });
    await writeFile(at('target/kept'), 'written');
    const sees = async (name: string): Promise<boolean> =>
      readFile(at(`target/${name}`)).then(
        () => true,
        () => false,
      );
    return (await sees('kept')) && !(await sees('removed')) && !(await sees('d/hidden'));
  } catch {
    return false;
  } finally {
    await removeTree(probe);
  }
};
