import type { IncomingMessage } from 'node:http';
import type Dockerode from 'dockerode';
import { LaunchError } from '../../../lib/execution/engine.ts';
import { except } from '../api-error.ts';
import { again } from './engine-call.ts';

/** Bits of a file's mode in the engine's answers (Go, io/fs, FileMode). */
const IS_DIRECTORY = 2 ** 31;
const IS_LINK = 2 ** 27;

/** The missing directories on the path to a mount; none beyond a link, which the engine follows when it mounts. */
export const missingOn = async (
  container: Dockerode.Container,
  root: string,
  path: string,
): Promise<string[]> => {
  const steps = path.split('/');
  for (let count = 1; count <= steps.length; count += 1) {
    const at = steps.slice(0, count).join('/');
    const mode = await modeOf(container, `/${root}/${at}`);
    if (mode === undefined)
      return steps.slice(count - 1).map((_, more) => steps.slice(0, count + more).join('/'));
    if (mode & IS_LINK) return [];
    if (mode < IS_DIRECTORY) throw new LaunchError(`${path} is in the way of a mount: it is no directory`);
  }
  return [];
};

const modeOf = async (container: Dockerode.Container, path: string): Promise<number | undefined> => {
  const found = await again(() => container.infoArchive({ path })).catch(except(404));
  if (!found) return undefined;
  const answer = found as unknown as IncomingMessage;
  answer.resume();
  const stat = String(answer.headers['x-docker-container-path-stat']);
  return JSON.parse(Buffer.from(stat, 'base64').toString('utf8')).mode;
};
