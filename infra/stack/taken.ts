import { inspect } from 'node:util';
import { type Duration, Token } from 'aws-cdk-lib';
import * as z from 'zod/mini';

const format = new Intl.NumberFormat('en').format;

/** Accepts whole numbers from `least` to `most`. As for all schemas here, the message says which values are accepted. */
export const whole = (least: number, most: number) => {
  const taken = `a whole number from ${format(least)} to ${format(most)}`;
  return z.int(taken).check(z.minimum(least, taken), z.maximum(most, taken));
};

/** Accepts text that matches a pattern. */
export const text = (taken: string, pattern: RegExp) => z.string(taken).check(z.regex(pattern, taken));

/** Accepts lists that are not empty. */
export const someOf = <S extends z.ZodMiniType>(taken: string, item: S) =>
  z.array(item, taken).check(z.minLength(1, taken));

/** Accepts durations for which `holds` is true. */
export const duration = (taken: string, holds: (seconds: number) => boolean) =>
  z.custom<Duration>(
    // An app may have another copy of the CDK than this package.
    (given) =>
      typeof (given as Duration | undefined)?.toSeconds === 'function' &&
      ((given as Duration).isUnresolved() || holds((given as Duration).toSeconds({ integral: false }))),
    taken,
  );

type Path = readonly PropertyKey[];

/** The value at each step of a path. */
const alongPath = (given: unknown, path: Path): unknown[] => {
  let value = given;
  return path.map((step) => {
    value = (value as Record<PropertyKey, unknown> | undefined)?.[step];
    return value;
  });
};

/**
 * Validates `given` by a schema. The error names each wrong setting, its value and the accepted values. Values that only CloudFormation knows
 * pass. Parts of a flag have no names.
 */
export const parse = <S extends z.ZodMiniType>(
  schema: S,
  given: object,
  as: 'props' | 'flags' = 'props',
): z.output<S> => {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.flatMap(({ path, message }) => {
    const steps = as === 'flags' ? path.slice(0, 1) : path;
    const values = alongPath(given, steps);
    if (values.some(Token.isUnresolved)) return [];
    const name = `${as === 'flags' ? '-c ' : ''}${steps.join('.')}`;
    return `${name} is ${inspect(values.at(-1))}, and takes ${message}`;
  });
  if (wrong.length > 0) throw new Error([...new Set(wrong)].join('; '));
  return given as z.output<S>;
};
