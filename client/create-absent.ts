import type { NewElement } from './elements.ts';
import type { CallOptions } from './http.ts';
import { isCode } from './problem-error.ts';
import type { Taskport } from './taskport.ts';

/** Creates an element, unless another caller has created it meanwhile. */
export const createAbsent = async (
  { elements }: Pick<Taskport, 'elements'>,
  element: NewElement,
  call?: Pick<CallOptions, 'signal'>,
): Promise<void> => {
  try {
    await elements.create(element, call);
  } catch (error) {
    if (!isCode(error, 'name-collision')) throw error;
  }
};
