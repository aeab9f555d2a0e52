/** Constructs for CDK apps that deploy a Taskport or subscribe to its events. They need `aws-cdk-lib` and `constructs`. */
export type { DetailType } from '../lib/event/catalogue.ts';
export {
  type Destination,
  EventSubscription,
  type EventSubscriptionProps,
} from './stack/event-subscription.ts';
export type { Fargate } from './stack/fargate.ts';
export { Taskport } from './stack/taskport.ts';
export type {
  Auth,
  FargateProps,
  Quotas,
  RestoredTable,
  Retention,
  TaskportProps,
} from './stack/taskport-props.ts';
