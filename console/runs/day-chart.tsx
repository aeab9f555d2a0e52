import { useMemo } from 'preact/hooks';
import type { ListedRun } from '../../lib/composition/listed-run.ts';
import { counted } from '../parts/amounts.ts';
import { standingOf } from './standing.ts';

const HOUR_MS = 3_600_000;
const HOURS = 24;
const [WIDTH, HEIGHT, GAP] = [10, 40, 2] as const;
const ENDS = ['failed', 'other', 'completed'] as const;
type End = (typeof ENDS)[number];

/** The number of runs that ended in each of the last hours, the oldest first. */
const countByHour = (runs: readonly ListedRun[], now: number): Record<End, number>[] => {
  const hours = Array.from({ length: HOURS }, () => ({ failed: 0, other: 0, completed: 0 }));
  for (const run of runs) {
    const standing = standingOf(run);
    const age = now - Date.parse(run.endedAt ?? '');
    const hour = hours[HOURS - 1 - Math.max(0, Math.floor(age / HOUR_MS))];
    if (!hour) continue;
    if (standing === 'failed' || standing === 'restarting') hour.failed += 1;
    else if (standing === 'completed') hour.completed += 1;
    else if (standing === 'stopped') hour.other += 1;
  }
  return hours;
};

/** Ended runs of the last day, by hour. */
export const DayChart = ({
  runs,
  isPart,
}: {
  readonly runs: readonly ListedRun[];
  readonly isPart: boolean;
}) => {
  const hours = useMemo(() => countByHour(runs, Date.now()), [runs]);
  const sum = (end: End) => hours.reduce((total, hour) => total + hour[end], 0);
  const most = Math.max(4, ...hours.map((hour) => hour.failed + hour.other + hour.completed));
  const words = `${counted(sum('completed'), 'run')} completed, ${sum('failed')} failed, ${sum('other')} stopped`;
  return (
    <figure class="card">
      <figcaption>
        <span>Ended in the last 24 hours</span>
        <span>
          {words}
          {isPart && ', as far as the list is loaded'}
        </span>
      </figcaption>
      <svg
        class="chart"
        role="img"
        aria-label={`By hour: ${words}`}
        viewBox={`0 0 ${HOURS * WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
      >
        {hours.map((hour, at) => {
          let y = HEIGHT - 1;
          return ENDS.map((end) => {
            const height = ((HEIGHT - 2) * hour[end]) / most;
            y -= height;
            return height === 0 ? null : (
              <rect
                class={end}
                key={end}
                x={at * WIDTH + GAP / 2}
                y={y}
                width={WIDTH - GAP}
                height={height}
              />
            );
          });
        })}
        <line class="base" x1="0" x2={HOURS * WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
      </svg>
      <figcaption>
        <span>24 hours ago</span>
        <span>now</span>
      </figcaption>
    </figure>
  );
};
