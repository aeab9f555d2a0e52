import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { propsOfContext } from './context.ts';
import { Taskport } from './taskport.ts';

/** One Taskport in its own stack, configured by the CDK context. */
export class TaskportStack extends Stack {
  readonly taskport: Taskport;

  constructor(scope: Construct, id: string, props: StackProps = {}) {
    super(scope, id, { description: 'Taskport: a control plane for container tasks', ...props });
    // CDK leaves `Default` out of names, so they derive from the stack alone.
    this.taskport = new Taskport(this, 'Default', propsOfContext(this));
  }
}
