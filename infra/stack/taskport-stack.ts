import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { propsOfContext } from './context.ts';
import { Taskport } from './taskport.ts';

/** One Taskport in a stack of its own, as the context says it should be. */
export class TaskportStack extends Stack {
  readonly taskport: Taskport;

  constructor(scope: Construct, id: string, props: StackProps = {}) {
    super(scope, id, { description: 'Taskport: a control plane for container tasks', ...props });
    // `Default` is no part of names, so that they are those of the stack.
    this.taskport = new Taskport(this, 'Default', propsOfContext(this));
  }
}
