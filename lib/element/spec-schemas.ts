/** The schemas of specifications, in one module; the first call that validates one loads it. */
export { emptySpec } from './empty-spec.ts';
export { executorSpec } from './executor-spec.ts';
export { imageSpec } from './image-spec.ts';
export { logSpec } from './log-spec.ts';
export { taskSpec } from './task-spec.ts';
