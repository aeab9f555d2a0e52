import { Taskport } from '../../client/taskport.ts';
import { reachEngine } from '../docker/reach-engine.ts';
import type { Action, Session } from '../session.ts';
import { ToldUnreachable } from '../told-refusal.ts';

/** How long to wait for the service and the engine. */
const PATIENCE_MS = 10_000;

/** Whether the service answers, tried once. */
const serviceOf = async ({ url, io }: Session): Promise<{ status?: string; problem?: string }> => {
  const asked = new Taskport({ url, patience: { attempts: 1, timeoutMs: PATIENCE_MS } });
  try {
    return await asked.health({ signal: io.signal });
  } catch (error) {
    io.signal.throwIfAborted();
    return { problem: (error as Error).message };
  }
};

interface FoundEngine {
  readonly name?: string;
  readonly version?: string;
  readonly api?: string;
  readonly host?: string;
  readonly problem?: string;
}

const engineOf = async ({ io }: Session): Promise<FoundEngine> => {
  const late = new Promise<never>((_, fail) => {
    setTimeout(() => fail(new Error('the engine does not answer')), PATIENCE_MS).unref();
  });
  try {
    const { name, version, api, host } = (await Promise.race([reachEngine(undefined, io.env), late])).facts;
    return { name, version, api, host };
  } catch (error) {
    return { problem: (error as Error).message };
  }
};

/** Prints the versions of the command line, of the service's API, and of the engine of this machine if one answers. Throws `ToldUnreachable` if the service does not answer. */
export const version =
  (own: string): Action =>
  async (session) => {
    const [service, engine] = await Promise.all([serviceOf(session), engineOf(session)]);
    const client = { version: own, node: process.version };
    session.show({ client, service: { url: session.url, api: 'v1', ...service }, engine }, () =>
      [
        `client   ${client.version} (Node ${client.node})`,
        `service  ${service.problem ?? `API v1 at ${session.url}`}`,
        `engine   ${engine.problem ?? `${engine.name} ${engine.version} (API ${engine.api}) at ${engine.host}`}`,
      ].join('\n'),
    );
    if (service.problem !== undefined) throw new ToldUnreachable();
  };
