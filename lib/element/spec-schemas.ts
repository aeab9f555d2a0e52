/** The schemas of specifications, in one module: it is loaded by the first call that has one to judge. */
export { emptySpec } from './empty-spec.ts';
export { executorSpec } from './executor-spec.ts';
export { imageSpec } from './image-spec.ts';
export { logSpec } from './log-spec.ts';
export { taskSpec } from './task-spec.ts';
