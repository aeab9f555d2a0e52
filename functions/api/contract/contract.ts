import { attachmentOperations } from './attachment-operations.ts';
import { compositionOperations } from './composition-operations.ts';
import { dataOperations } from './data-operations.ts';
import { elementOperations } from './element-operations.ts';
import { eventOperations } from './events.ts';
import { locationOperations } from './locations.ts';
import type { Operation } from './operation.ts';
import { runnerOperations } from './runners.ts';
import { serviceOperations } from './service.ts';
import { tagOperations } from './tags.ts';
import { taskOperations } from './task-operations.ts';

/** Every call of the API. To add one, add an entry to the list of its noun. */
export const operations: readonly Operation[] = [
  ...locationOperations,
  ...runnerOperations,
  ...elementOperations,
  ...dataOperations,
  ...attachmentOperations,
  ...tagOperations,
  ...taskOperations,
  ...compositionOperations,
  ...eventOperations,
  ...serviceOperations,
];
