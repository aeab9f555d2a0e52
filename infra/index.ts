/** What CDK apps are made of that deploy a Taskport, or listen to one. They need `aws-cdk-lib` and `constructs`. */
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
