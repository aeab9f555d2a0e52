/** A proxy before a service that records requests. */
import type { ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { startAnswering } from '../answering.ts';

interface RecordingProxy {
  readonly url: string;
  /** The changing calls since the last read. */
  writes(): string[];
  /** Runs `act` before the next matching call: `PATCH /v1/elements`. */
  before(call: string | RegExp, act: () => Promise<unknown>): void;
  /** Breaks all connections, until the answered function is called. */
  leave(): () => void;
  stop(): void;
}

export const startRecordingProxy = async (target: string): Promise<RecordingProxy> => {
  const calls: string[] = [];
  const open = new Set<ServerResponse>();
  let isAway = false;
  let awaited: { call: string | RegExp; act: () => Promise<unknown> } | undefined;
  const { url, stop } = await startAnswering(async (asked, answer) => {
    if (isAway) throw new Error('is away');
    open.add(answer);
    answer.once('close', () => open.delete(answer));
    const { method = 'GET', url: path = '', headers } = asked;
    if (method !== 'GET') calls.push(`${method} ${path}`);
    const body = await buffer(asked);
    const isAwaited = ({ call }: { call: string | RegExp }): boolean =>
      typeof call === 'string' ? `${method} ${path}`.startsWith(call) : call.test(`${method} ${path}`);
    if (awaited && isAwaited(awaited)) {
      const { act } = awaited;
      awaited = undefined;
      await act();
    }
    const { host: _, connection: __, 'content-length': ___, ...rest } = headers;
    const answered = await fetch(`${target}${path}`, {
      method,
      headers: rest as Record<string, string>,
      redirect: 'manual',
      ...(body.length > 0 && { body: new Uint8Array(body) }),
    });
    const bytes = Buffer.from(await answered.arrayBuffer());
    answer.writeHead(answered.status, Object.fromEntries(answered.headers));
    answer.end(bytes);
  });
  return {
    url,
    leave: () => {
      isAway = true;
      for (const answer of open) answer.destroy();
      return () => {
        isAway = false;
      };
    },
    writes: () => calls.splice(0),
    before: (call, act) => {
      awaited = { call, act };
    },
    stop,
  };
};
