import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { KeptMap } from './kept-map.ts';
import { type Answer, type LocalServer, refusal, serve } from './local-server.ts';

/** A schedule that puts one event on the bus (EventBridge Scheduler API, CreateSchedule). */
interface Schedule {
  readonly ScheduleExpression: string;
  readonly Target: {
    readonly Input: string;
    readonly EventBridgeParameters: { readonly Source: string; readonly DetailType: string };
  };
}

/** The event of a due schedule, as it goes onto the bus. */
interface DueEvent {
  readonly source: string;
  readonly detailType: string;
  readonly detail: string;
}

export interface SchedulerOptions {
  /** The directory of schedules; without one they are gone after `stop`. */
  readonly directory?: string;
  readonly deliver: (event: DueEvent) => void;
}

export interface LocalScheduler extends LocalServer {
  /** Also delivers the schedules of earlier runs; call it once the consumers run. */
  begin(): void;
}

/** Milliseconds until the scheduler delivers an event again that a consumer could not take. */
const RETRY_AFTER_MS = 60_000;
/** The longest delay of a Node timer. */
const MAX_WAIT = 2 ** 31 - 1;
const AT = /^at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)$/;
const PATH = /^\/schedules\/([0-9A-Za-z_.-]{1,64})$/;

const timeOf = ({ ScheduleExpression }: Schedule): number =>
  Date.parse(`${AT.exec(ScheduleExpression ?? '')?.[1]}Z`);

/**
 * Starts a scheduler in which the SDK's client can create one-time schedules. Each is delivered when it is due, and then deleted. Schedules in a
 * directory survive a restart and are delivered late if necessary.
 */
export const startScheduler = async ({ directory, deliver }: SchedulerOptions): Promise<LocalScheduler> => {
  const schedules = new KeptMap<Schedule>(directory && join(directory, 'schedules.json'));
  const timers = new Map<string, NodeJS.Timeout>();

  const arm = (name: string, schedule: Schedule): void => {
    const wait = Math.max(0, timeOf(schedule) - Date.now());
    const due = wait <= MAX_WAIT ? () => fire(name, schedule) : () => arm(name, schedule);
    timers.set(name, setTimeout(due, Math.min(wait, MAX_WAIT)));
  };
  const fire = (name: string, schedule: Schedule): void => {
    const { Input, EventBridgeParameters } = schedule.Target;
    const { Source: source, DetailType: detailType } = EventBridgeParameters;
    try {
      deliver({ source, detailType, detail: Input });
    } catch (error) {
      // A consumer could not keep the event, perhaps because the disk is full.
      console.error(error);
      timers.set(
        name,
        setTimeout(() => fire(name, schedule), RETRY_AFTER_MS),
      );
      return;
    }
    timers.delete(name);
    schedules.delete(name);
  };
  const create = (name: string, schedule: Schedule): Answer => {
    if (Number.isNaN(timeOf(schedule))) return refusal('ValidationException', 'no such expression');
    if (schedules.has(name)) return refusal('ConflictException', `Schedule ${name} already exists.`, 409);
    schedules.set(name, schedule);
    arm(name, schedule);
    return { status: 200, body: { ScheduleArn: `arn:aws:scheduler:local:0:schedule/local/${name}` } };
  };
  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const [, name] = PATH.exec(request.url ?? '') ?? [];
    if (request.method !== 'POST' || name === undefined)
      return refusal(
        'ResourceNotFoundException',
        `${request.method} ${request.url} is not offered here`,
        404,
      );
    return create(name, (await json(request)) as Schedule);
  };

  const server = await serve(answer);
  return {
    url: server.url,
    begin: () => {
      for (const [name, schedule] of schedules.entries()) if (!timers.has(name)) arm(name, schedule);
    },
    stop: () => {
      for (const timer of timers.values()) clearTimeout(timer);
      return server.stop();
    },
  };
};
