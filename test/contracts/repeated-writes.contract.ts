import { describe, expect, it } from 'vitest';
import { apiOn } from './api.ts';
import { compositionOperations } from './composition-operations.ts';
import { aftermathOf, aftermathUndisturbed, arranged, operations } from './operations.ts';
import { type Engine, isWrite } from './stores.ts';

const everyOperation = [...operations, ...compositionOperations];

/** The contract of writes that the network delivers twice, at once or late. */
export const repeatedWritesContract = (engine: Engine): void => {
  describe('a write that is delivered twice', () => {
    it.each(everyOperation)(
      'has one effect, even if each request is repeated at once and at the end: $name',
      async (operation) => {
        const stores = await arranged(engine.url(), operation);
        const late: (() => Promise<unknown>)[] = [];
        const repeating = stores.intercepted(async (name, send) => {
          if (!isWrite(name)) return send();
          late.push(send);
          await send();
          return send();
        });
        const answer = await operation.call(apiOn(repeating));
        for (const send of late) await send().catch(() => {});
        expect(await aftermathOf(stores, answer)).toEqual(
          await aftermathUndisturbed(engine.url(), operation),
        );
      },
    );
  });
};
