import { createHash } from 'node:crypto';
import { ConflictException, CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import type { Alarm, WakeUps } from '../../composition/wake-ups.ts';
import { INTERNAL_SOURCE } from '../../event/source.ts';
import { SUPERVISION_DUE } from '../../event/supervision-due.ts';
import { unavailableOf } from '../unavailable.ts';

const unavailable = unavailableOf('scheduler');

/** The client of EventBridge Scheduler; endpoint, region and credentials come from the environment. */
export const createSchedulerClient = (): SchedulerClient => new SchedulerClient({});

export interface AlarmScheduleOptions {
  /** The group of the schedules. */
  readonly alarmGroup: string;
  /** The role with which the scheduler puts events, and the bus to which it puts them. */
  readonly alarmRole: string;
  readonly busArn: string;
}

/**
 * The name of an alarm's schedule, which is always the same (EventBridge Scheduler API, CreateSchedule: up to 64
 * characters).
 */
const nameOf = (alarm: Alarm): string =>
  createHash('sha256')
    .update(JSON.stringify([alarm.executorId, alarm.incarnation, alarm.taskId, alarm.attempt, alarm.state]))
    .digest('hex');

/**
 * `at(2026-01-31T12:00:00)`: UTC in whole seconds, rounded up (EventBridge Scheduler User Guide, one-time
 * schedules).
 */
const expressionOf = (at: number): string =>
  `at(${new Date(Math.ceil(at / 1000) * 1000).toISOString().slice(0, 19)})`;

/** Alarms as schedules. Each puts one event on the bus, and is deleted after it. */
export class AlarmSchedules implements WakeUps {
  readonly #client: SchedulerClient;
  readonly #options: AlarmScheduleOptions;

  constructor(client: SchedulerClient, options: AlarmScheduleOptions) {
    this.#client = client;
    this.#options = options;
  }

  async set(alarm: Alarm, at: number): Promise<void> {
    const { alarmGroup, alarmRole, busArn } = this.#options;
    const { executorId, taskId } = alarm;
    const command = new CreateScheduleCommand({
      GroupName: alarmGroup,
      Name: nameOf(alarm),
      ScheduleExpression: expressionOf(at),
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      Target: {
        Arn: busArn,
        RoleArn: alarmRole,
        Input: JSON.stringify({ executorId, taskId }),
        EventBridgeParameters: { Source: INTERNAL_SOURCE, DetailType: SUPERVISION_DUE },
      },
    });
    try {
      await this.#client.send(command);
    } catch (error) {
      if (error instanceof ConflictException) return;
      throw unavailable(error);
    }
  }
}
