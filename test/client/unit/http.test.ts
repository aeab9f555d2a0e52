/** Calls to an address at which another server answers. */
import type { ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { reportFailure } from '../../../cli/failure.ts';
import { Taskport } from '../../../client/taskport.ts';
import { InputError } from '../../../lib/input-error.ts';
import { startAnswering } from '../../answering.ts';

const served = async (answer: (to: ServerResponse) => void) => {
  let asked = 0;
  const { url, stop } = await startAnswering(async (_, to) => {
    asked += 1;
    answer(to);
  });
  onTestFinished(stop);
  return { url, taskport: new Taskport({ url }), asked: () => asked };
};

const redirect = (to: ServerResponse): void =>
  void to.writeHead(301, { location: 'https://shop.example/v1/' }).end();
const page = (to: ServerResponse): void => void to.end('<html>Sign in</html>');

describe('another server at the address', () => {
  it.each([
    ['redirects', redirect, '301, a redirect to https://shop.example/v1/'],
    ['answers a page', page, '200'],
    ['answers nothing', (to: ServerResponse) => void to.end(), '200'],
  ])('is named, once, if it %s', async (_, answer, said) => {
    const { url, taskport, asked } = await served(answer);
    const refused = taskport.locations.read('tasks');
    await expect(refused).rejects.toBeInstanceOf(InputError);
    const words = `${url}/v1/locations/tasks answered ${said}, and not with the JSON of Taskport`;
    await expect(refused).rejects.toThrow(words);
    expect(asked()).toBe(1);
    const told: string[] = [];
    const io = { err: (text: string) => void told.push(text), signal: new AbortController().signal };
    expect(reportFailure(await refused.catch((error) => error), io, false)).toBe(2);
    expect(told).toEqual([
      `taskport: ${words}. Correct --url, TASKPORT_URL or the context (\`taskport context use\`)\n`,
    ]);
  });

  it('that redirects has deleted nothing', async () => {
    const { taskport } = await served(redirect);
    await expect(taskport.elements.delete('task://tasks/one')).rejects.toBeInstanceOf(InputError);
    await expect(taskport.compositions.close('handle')).rejects.toBeInstanceOf(InputError);
  });
});
