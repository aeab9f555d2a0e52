/** What wakes the function that has tasks run, in place of what the cloud lacks: its clock, and events of its ECS. */
import type { Cloud } from './cloud.ts';
import { invoke } from './lambda.ts';

/** What EventBridge calls the function with every ten minutes. */
export const strike = (cloud: Cloud, functionName: string): Promise<unknown> =>
  invoke(cloud, functionName, { source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} });

/** What it calls it with once ECS has told of a task: the detail is what `DescribeTasks` answers (developer guide). Nobody but ECS may put such an event. */
export const tellOf = (cloud: Cloud, functionName: string, detail: object): Promise<unknown> =>
  invoke(cloud, functionName, { source: 'aws.ecs', 'detail-type': 'ECS Task State Change', detail });
