import fc from 'fast-check';
import { defined } from '../../../lib/defined.ts';
import type { ImageSpec } from '../../../lib/element/image-spec.ts';
import { signals } from '../../../lib/element/signal-name.ts';

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const printable = (unit: string, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...unit), minLength: 1, maxLength });
const word = fc.string({ unit: 'binary', maxLength: 8 }).map((text) => text.replaceAll('\0', ''));
const name = printable('abcAZ_', 6);
const words = fc.array(word, { minLength: 1, maxLength: 3 });
const path = word.map((text) => `/${text}`);

const user = fc
  .tuple(
    fc.oneof(
      fc.nat().map((uid) => ({ uid })),
      name.map((username) => ({ username })),
    ),
    fc.oneof(
      fc.constant({}),
      fc.nat().map((gid) => ({ gid })),
      name.map((groupname) => ({ groupname })),
    ),
  )
  .map(([who, group]) => ({ ...who, ...group }));

const env = fc.uniqueArray(fc.record({ name: printable('abAB_.-( )1', 6), value: word }), {
  minLength: 1,
  maxLength: 4,
  selector: (variable) => variable.name,
});

const seconds = fc.integer({ min: 1, max: 3600 });

const all = {
  process: maybe(
    fc
      .record({
        entrypoint: maybe(words),
        args: maybe(words),
        env: maybe(env),
        cwd: maybe(path),
        user: maybe(user),
      })
      .map(defined),
  ),
  stop: maybe(fc.record({ signal: fc.constantFrom(...signals) })),
  healthCheck: maybe(
    fc
      .record({
        command: maybe(fc.array(word, { maxLength: 3 })),
        intervalSeconds: maybe(seconds),
        timeoutSeconds: maybe(seconds),
        retries: maybe(fc.integer({ min: 1, max: 100 })),
        startPeriodSeconds: maybe(seconds),
      })
      .map(defined),
  ),
  labels: maybe(fc.dictionary(printable('abc.-/', 6), word, { minKeys: 1, maxKeys: 4 })),
  ports: maybe(
    fc.uniqueArray(
      fc.record({
        port: fc.integer({ min: 1, max: 65_535 }),
        protocol: fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const),
      }),
      { minLength: 1, maxLength: 4, selector: ({ port, protocol }) => `${port}/${protocol}` },
    ),
  ),
  volumes: maybe(fc.uniqueArray(path, { minLength: 1, maxLength: 3 })),
};

/** Specifications of images without empty parts. */
export const anyImageSpec: fc.Arbitrary<ImageSpec> = fc
  .record(all)
  .map(
    (spec) =>
      Object.fromEntries(
        Object.entries(spec).filter(([, part]) => part !== undefined && Object.keys(part).length > 0),
      ) as ImageSpec,
  );
