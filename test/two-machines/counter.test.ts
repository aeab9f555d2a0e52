/** The short form of `npm run soak` for runners and the service. */
import { expect, it } from 'vitest';
import { titled } from '../bundle.ts';
import { judge, runCounter } from '../soak/counter.ts';
import { guaranteeOfCounter } from '../soak/guarantees.ts';
import { withoutMachines } from './machine.ts';

const without = withoutMachines();
const seed = Math.floor(Math.random() * 2 ** 31);

it.skipIf(without)(
  titled(
    'no increment that was saved is lost, whatever is killed and whichever machine runs the next',
    without,
  ),
  async () => {
    const figures = await runCounter({ kills: 10, seed });
    expect(guaranteeOfCounter(figures).violations, `seed ${seed}`).toEqual([]);
    // Both machines have had a turn.
    expect(figures.rounds).toBeGreaterThan(1);
    expect(figures.kills.runner + figures.kills.service).toBe(10);
  },
);

it('an increment that is lost, counted twice or torn is detected', () => {
  const [one, two, other] = ['1 a', '2 a', '2 b'];
  expect(judge([one], [one, two], '2')).toEqual([]);
  expect(judge([one, two], [one, other], '2')).toHaveLength(1);
  expect(judge([one, two], [one], '1')).toHaveLength(1);
  expect(judge([one], [one, one], '2')).toHaveLength(1);
  expect(judge([one], [one, two], '1')).toHaveLength(1);
});
