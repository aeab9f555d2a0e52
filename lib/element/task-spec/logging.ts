import * as z from 'zod/mini';
import { optional } from '../../facts.ts';
import { LOCATION_NAME } from '../../location/location.ts';
import { ELEMENT_NAME } from '../id.ts';

const inner = (pattern: RegExp): string => pattern.source.slice(1, -1);
const SINK = new RegExp(`^(default|none|log://${inner(LOCATION_NAME)}/${inner(ELEMENT_NAME)})$`);

const sink = () => z.string().check(z.regex(SINK, 'must be a log ID, `default` or `none`'));

/** The destinations of output. */
export const logging = z.strictObject({
  stdout: optional(sink(), {
    title: 'Standard output',
    description:
      'The log that gets standard output. `default` is the first log that joined the executor, or the service if none has.',
    source: 'ECS LogConfiguration',
    bounds: '`default`, `none` or the ID of a log',
  }),
  stderr: optional(sink(), {
    title: 'Standard error',
    description: 'The log that gets standard error. `default` is as for standard output.',
    source: 'ECS LogConfiguration',
    bounds: '`default`, `none` or the ID of a log',
  }),
});
