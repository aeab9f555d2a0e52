/** Calls the dispatching function, instead of the schedule and the ECS events that the cloud lacks. */
import type { Cloud } from './cloud.ts';
import { invoke } from './lambda.ts';

/** The scheduled call of EventBridge, every ten minutes. */
export const strike = (cloud: Cloud, functionName: string): Promise<unknown> =>
  invoke(cloud, functionName, { source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} });

/**
 * The call of EventBridge after an ECS event on a task, whose detail is the answer of `DescribeTasks` (developer guide). Only ECS may put such an
 * event.
 */
export const tellOf = (cloud: Cloud, functionName: string, detail: object): Promise<unknown> =>
  invoke(cloud, functionName, { source: 'aws.ecs', 'detail-type': 'ECS Task State Change', detail });
