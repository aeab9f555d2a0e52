import { TaskportError } from '../errors.ts';

export const unknownLocation = (name: string): TaskportError =>
  new TaskportError(
    'unknown-location',
    `there is no location ${name}: create it first, or list the locations that exist`,
    { location: name },
  );
