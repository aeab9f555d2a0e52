import { inOrder } from '../../in-order.ts';
import type { ComposedContainer } from './composed-container.ts';
import { containerPlan } from './container-schema.ts';
import type { Rendered } from './plan-input.ts';
import { render } from './refusal.ts';
import { refuseUnrunnable } from './unrunnable.ts';

/** The composed container itself, for the programs that render it. */
export interface ContainerPlan extends ComposedContainer {
  readonly target: 'container';
}

/** The composition independent of any engine. */
export const renderContainer = (container: ComposedContainer): Rendered<ContainerPlan> =>
  render((refuse) => {
    refuseUnrunnable(container, refuse);
    return inOrder(containerPlan, { target: 'container', ...container });
  });
