import type { IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { entrySize, MAX_PUT_BYTES } from '../../lib/adapters/eventbridge/put-size.ts';
import { MAX_EVENTS_A_PUT } from '../../lib/event/event-bus.ts';
import { eventBusName } from '../wiring.ts';
import { type BridgeEvent, type Entry, readEntry } from './bus-entry.ts';
import { type Answer, type LocalServer, refusal, serve } from './local-server.ts';

export type { BridgeEvent } from './bus-entry.ts';

interface Rule {
  readonly name: string;
  readonly source: string;
  /** All types of the source by default. */
  readonly detailTypes?: readonly string[];
  readonly target: string;
}

export interface BusOptions {
  readonly rules: readonly Rule[];
  readonly targets: Readonly<Record<string, (event: BridgeEvent) => void>>;
}

export interface LocalBus extends LocalServer {
  /** Puts an event of this host on the bus. */
  put(event: { readonly source: string; readonly detailType: string; readonly detail: string }): void;
}

/** Starts an event bus for the SDK's EventBridge client. It delivers events by rules. */
export async function startBus({ rules, targets }: BusOptions): Promise<LocalBus> {
  for (const { name, target } of rules) {
    if (!targets[target]) throw new Error(`rule ${name} names the target ${target}, which does not exist`);
  }
  const deliver = (event: BridgeEvent) => {
    for (const { name, source, detailTypes, target } of rules) {
      if (source !== event.source || detailTypes?.includes(event['detail-type']) === false) continue;
      try {
        targets[target]?.(event);
      } catch (error) {
        console.error(`bus: target ${target} of rule ${name} failed`, error);
      }
    }
  };
  return {
    ...(await serve((request) => answer(request, deliver))),
    put: ({ source, detailType, detail }) => {
      const event = readEntry({ Source: source, DetailType: detailType, Detail: detail });
      if ('ErrorCode' in event) throw new Error(event.ErrorMessage);
      deliver(event);
    },
  };
}

async function answer(request: IncomingMessage, deliver: (event: BridgeEvent) => void): Promise<Answer> {
  const operation = request.headers['x-amz-target'];
  if (request.method !== 'POST' || operation !== 'AWSEvents.PutEvents') {
    return refusal('UnknownOperationException', `${operation ?? request.method} is not offered here`);
  }
  let body: { Entries?: unknown } | null;
  try {
    body = (await json(request)) as { Entries?: unknown } | null;
  } catch {
    return refusal('SerializationException', 'The request is no JSON.');
  }
  const entries = Array.isArray(body?.Entries) ? (body.Entries as Entry[]) : [];
  if (entries.length === 0 || entries.length > MAX_EVENTS_A_PUT) {
    return invalid(`Member 'entries' must have 1 to ${MAX_EVENTS_A_PUT} members, not ${entries.length}`);
  }
  if (entries.reduce((sum, entry) => sum + entrySize(entry), 0) >= MAX_PUT_BYTES) {
    return invalid('Total size of the entries in the request is over the limit.');
  }
  return { status: 200, body: putEvents(entries, deliver) };
}

function putEvents(entries: readonly Entry[], deliver: (event: BridgeEvent) => void): object {
  let failed = 0;
  const results = entries.map((entry) => {
    const event = readEntry(entry);
    if ('ErrorCode' in event) {
      failed += 1;
      return event;
    }
    // As on AWS, an entry for another bus is accepted. Here it has no reader.
    if (busOf(entry) === eventBusName) deliver(event);
    return { EventId: event.id };
  });
  return { FailedEntryCount: failed, Entries: results };
}

/** The bus of an entry, by its name or ARN; the account's default bus by default. */
function busOf({ EventBusName: name }: Entry): string {
  return typeof name === 'string' ? name.slice(name.indexOf('/') + 1) : 'default';
}

function invalid(message: string): Answer {
  return refusal('ValidationException', `1 validation error detected: ${message}`);
}
