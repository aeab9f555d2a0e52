import {
  Agent,
  createServer,
  type IncomingMessage,
  request as requestUpstream,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { sendError, sendJson } from './errors.ts';
import {
  type Fault,
  type Gate,
  type Matcher,
  type Occurrence,
  type ProxiedRequest,
  Rule,
  type ServiceError,
} from './fault.ts';
import { splitEntries } from './put-events.ts';
import type { Script } from './script.ts';

export interface FaultProxy {
  readonly url: string;
  /** Every request in order, including refused ones. */
  readonly requests: readonly ProxiedRequest[];
  /** The engine executes the request, but its answer is lost. */
  swallow(matches: Matcher, occurrence?: Occurrence): void;
  /** The connection breaks before the engine gets the request. */
  refuse(matches: Matcher, occurrence?: Occurrence): void;
  /** The service answers an error, and the engine does not get the request. */
  answer(matches: Matcher, error: ServiceError, occurrence?: Occurrence): void;
  /** The request waits before the engine, or its answer before the client. */
  hold(matches: Matcher, occurrence?: Occurrence & { readonly at?: 'request' | 'answer' }): Gate;
  /** Any fault. */
  strike(fault: Fault, matches: Matcher, occurrence?: Occurrence): void;
  /** Lets a script decide about requests without a rule; from then on no request is recorded. */
  follow(script: Script): void;
  /** Forgets all faults and recorded requests. */
  clear(): void;
  /** Settles when no request is under way any more, late ones included. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

/** Matches an operation of DynamoDB. */
export const operation =
  (name: string): Matcher =>
  (request) =>
    request.operation === name;

/** Starts a proxy before an engine, without faults at first. */
export async function startFaultProxy(upstreamUrl: string): Promise<FaultProxy> {
  const requests: ProxiedRequest[] = [];
  let rules: Rule[] = [];
  let script: Script | undefined;
  const gates = new Set<Gate>();
  const underWay = new Set<Promise<void>>();
  const agent = new Agent({ keepAlive: true });
  const upstream = new URL(upstreamUrl);

  const server = createServer((incoming, outgoing) => {
    const serving: Promise<void> = serve(incoming, outgoing)
      .catch(() => void outgoing.destroy())
      .finally(() => underWay.delete(serving));
    underWay.add(serving);
  });

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { request, body } = await read(incoming);
    // A script may decide about hundreds of thousands of requests.
    if (!script) requests.push(request);
    // Every rule counts every request, even if another rule hits it.
    const fault = rules.filter((rule) => rule.hits(request))[0]?.fault ?? script?.decide(request);
    if (fault?.kind === 'refuse') {
      incoming.socket.destroy();
      return;
    }
    if (fault?.kind === 'answer' && !fault.done) {
      sendError(outgoing, request, fault.error);
      return;
    }
    if (fault?.kind === 'late') {
      incoming.socket.destroy();
      await fault.until();
      // An unread body broke with its connection.
      if (body) (await forward(upstream, agent, incoming, body)).resume();
      return;
    }
    await waitAt('request', fault);
    const split = fault?.kind === 'partial' ? splitEntries(request, fault.fails) : undefined;
    if (split && !split.body) {
      sendJson(outgoing, request, 200, split.merge([]));
      return;
    }
    const answer = await forward(upstream, agent, incoming, split?.body ?? body);
    if (fault === undefined) {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      await pipeline(answer, outgoing);
      return;
    }
    // Read to its end, so that the engine has certainly executed the request.
    const content = await buffer(answer);
    if (fault.kind === 'swallow') {
      incoming.socket.destroy();
      return;
    }
    if (fault.kind === 'answer') {
      sendError(outgoing, request, fault.error);
      return;
    }
    if (split) {
      sendJson(outgoing, request, 200, split.merge(JSON.parse(content.toString()).Entries));
      return;
    }
    if (fault.kind === 'delay') await fault.until();
    await waitAt('answer', fault);
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    if (fault.kind === 'reset') {
      outgoing.write(content.subarray(0, Math.floor(content.length / 2)), () =>
        incoming.socket.resetAndDestroy(),
      );
      return;
    }
    outgoing.end(content);
  }

  function hold(
    matches: Matcher,
    { at = 'request', ...occurrence }: Parameters<FaultProxy['hold']>[1] = {},
  ): Gate {
    const gate = newGate();
    rules.push(new Rule({ kind: 'hold', at, arrive: gate.arrive }, matches, occurrence));
    gates.add(gate);
    return gate;
  }

  function clear(): void {
    rules = [];
    script = undefined;
    requests.length = 0;
    for (const gate of gates) gate.open();
    gates.clear();
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    swallow: (matches, occurrence = {}) => rules.push(new Rule({ kind: 'swallow' }, matches, occurrence)),
    refuse: (matches, occurrence = {}) => rules.push(new Rule({ kind: 'refuse' }, matches, occurrence)),
    answer: (matches, error, occurrence = {}) =>
      rules.push(new Rule({ kind: 'answer', error }, matches, occurrence)),
    hold,
    strike: (fault, matches, occurrence = {}) => rules.push(new Rule(fault, matches, occurrence)),
    follow: (followed) => {
      script = followed;
    },
    clear,
    settled: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    stop: () =>
      new Promise((resolve) => {
        clear();
        server.close(() => resolve());
        server.closeAllConnections();
        agent.destroy();
      }),
  };
}

function newGate(): Gate & { readonly arrive: () => Promise<void> } {
  let arrived = () => {};
  let open = () => {};
  const reached = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const arrive = () => {
    arrived();
    return opened;
  };
  return { reached, open: () => open(), arrive };
}

/** Requests of DynamoDB and EventBridge are small and are parsed; those of S3 may be gigabytes and are streamed. */
async function read(
  incoming: IncomingMessage,
): Promise<{ request: ProxiedRequest; body: Buffer | undefined }> {
  const target = incoming.headers['x-amz-target'];
  const body = target === undefined ? undefined : await buffer(incoming);
  const request: ProxiedRequest = {
    method: incoming.method ?? '',
    path: incoming.url ?? '',
    operation:
      String(target ?? '')
        .split('.')
        .at(-1) ?? '',
    body: body && JSON.parse(body.toString()),
  };
  return { request, body };
}

function forward(
  upstream: URL,
  agent: Agent,
  incoming: IncomingMessage,
  body: Buffer | undefined,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { method, url: path } = incoming;
    const { hostname, port } = upstream;
    // The host header is part of the signature, so it stays. No engine here checks the signature.
    const { 'content-length': _, ...others } = incoming.headers;
    const headers = body ? { ...others, 'content-length': body.length } : incoming.headers;
    const request = requestUpstream({ agent, hostname, port, method, path, headers }, resolve);
    request.once('error', reject);
    if (body) request.end(body);
    else pipeline(incoming, request).catch(reject);
  });
}

async function waitAt(point: 'request' | 'answer', fault: Fault | undefined): Promise<void> {
  if (fault?.kind === 'hold' && fault.at === point) await fault.arrive();
}
