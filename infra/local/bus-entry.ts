import { randomUUID } from 'node:crypto';
import { isObject } from '../../lib/is-object.ts';
import { localRegion } from './client-config.ts';

/** An event in the form in which EventBridge passes it to a target. */
export interface BridgeEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Record<string, unknown>;
}

/** An entry of PutEvents, not validated yet. */
export interface Entry {
  readonly EventBusName?: unknown;
  readonly Source?: unknown;
  readonly DetailType?: unknown;
  readonly Detail?: unknown;
  readonly Resources?: unknown;
  /** Seconds since 1970. */
  readonly Time?: unknown;
}

export interface EntryProblem {
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}

/** Makes the event of an entry, or tells the problem of the entry. */
export function readEntry(entry: Entry): BridgeEvent | EntryProblem {
  const { Source, DetailType, Detail, Resources, Time } = entry;
  if (!isText(Source)) return required('Source');
  if (!isText(DetailType)) return required('DetailType');
  if (!isText(Detail)) return required('Detail');
  const detail = parseObject(Detail);
  if (!detail) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
  const time = typeof Time === 'number' ? new Date(Time * 1000) : new Date();
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': DetailType,
    source: Source,
    account: '000000000000',
    time: `${time.toISOString().slice(0, 19)}Z`,
    region: localRegion,
    resources: Array.isArray(Resources) ? Resources.map(String) : [],
    detail,
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function required(name: string): EntryProblem {
  return {
    ErrorCode: 'InvalidArgument',
    ErrorMessage: `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
  };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
