/** Sessions with simulated tasks. */
import { PassThrough } from 'node:stream';
import type { Exit } from '../../lib/execution/attempt.ts';
import type { Talk, TalkRequest } from '../../lib/execution/talk.ts';

const talkOver = (
  end: Talk['end'],
  onInput: (bytes: Uint8Array) => void,
  onInputEnd: () => void = () => {},
) => {
  const output = new PassThrough({ objectMode: true });
  const say = (stream: 'stdout' | 'stderr', bytes: Uint8Array): void => {
    if (output.writable) output.write({ stream, bytes });
  };
  const talk: Talk = {
    output,
    write: async (bytes) => {
      say('stdout', bytes);
      onInput(bytes);
    },
    endInput: onInputEnd,
    resize: async () => {},
    end,
    close: () => void output.destroy(),
  };
  return { talk, say, endOutput: () => void output.end() };
};

/** Any command: it prints `said` on standard error and its input on standard output, and exits with 7. */
export const echoing = ({ stdin }: TalkRequest): Talk => {
  const { talk, say, endOutput } = talkOver(
    async () => ({ exitCode: 7 }),
    () => {},
    () => endOutput(),
  );
  say('stderr', Buffer.from('said'));
  if (!stdin) endOutput();
  return talk;
};

/** The streams of a task that prints its input until it ends. */
export const attached = (ended: Promise<Exit>, onLine: (line: string) => void): Talk => {
  const { talk, endOutput } = talkOver(
    async () => {
      const { exitCode } = { exitCode: undefined, ...(await ended) };
      return exitCode === undefined ? { failed: 'it was ended' } : { exitCode };
    },
    (bytes) => onLine(Buffer.from(bytes).toString()),
  );
  void ended.then(endOutput);
  return talk;
};
