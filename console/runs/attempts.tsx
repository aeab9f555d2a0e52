import type { Report } from '../../lib/composition/report-request.ts';
import { State } from '../parts/state.tsx';
import { Lasting, Time, Took } from '../parts/time.tsx';
import { useNow } from '../use-now.ts';
import { standingOf, type Told, whyOf } from './standing.ts';

/** An attempt, from its reports, and for the latest also from the composition. */
export interface Attempt extends Told {
  readonly attempt: number;
}

/** The attempts in reports, the earliest first; the composition gives the state of the latest. */
export const attemptsOf = (reports: readonly Report[], latest: Attempt): Attempt[] => {
  const found = new Map<number, Attempt>();
  for (const { at, ...report } of reports) {
    const { startedAt, endedAt } = found.get(report.attempt) ?? {};
    const began = report.state === 'running' ? at : startedAt;
    const ended = report.state === 'exited' || report.state === 'failed' ? at : endedAt;
    found.set(report.attempt, {
      ...(report as Omit<Report, 'at'> & Told),
      bound: true,
      ...(began === undefined ? {} : { startedAt: began }),
      ...(ended === undefined ? {} : { endedAt: ended }),
    });
  }
  if (latest.attempt > 0) found.set(latest.attempt, latest);
  return [...found.values()].sort((a, b) => a.attempt - b.attempt);
};

/** Attempts on a timeline; a press shows the output of an attempt. */
export const Attempts = ({
  of,
  shown,
  onShow,
}: {
  readonly of: readonly Attempt[];
  readonly shown: number;
  readonly onShow: (attempt: number) => void;
}) => {
  const now = useNow();
  const times = of.flatMap(({ startedAt, endedAt, boundAt }) =>
    [startedAt ?? boundAt, endedAt].flatMap((time) => (time === undefined ? [] : [Date.parse(time)])),
  );
  const isOpen = of.some(({ endedAt }) => endedAt === undefined);
  const begin = Math.min(...times);
  const length = Math.max(1, (isOpen ? now : Math.max(...times)) - begin);
  return (
    <ol class="timeline" reversed>
      {of.toReversed().map((each) => {
        const { attempt, startedAt, endedAt, boundAt } = each;
        // The next attempt is in the list, so its time is left out here.
        const { nextAttemptAt: _, ...end } = each;
        const told = attempt === of.at(-1)?.attempt ? each : end;
        const standing = standingOf(told, now);
        const from = Date.parse(startedAt ?? boundAt ?? endedAt ?? '');
        const to = endedAt === undefined ? now : Date.parse(endedAt);
        return (
          <li key={attempt}>
            <button type="button" aria-pressed={attempt === shown} onClick={() => onShow(attempt)}>
              <span class="ends">
                <span>
                  Attempt {attempt} <State of={standing} />
                </span>
                <span class="muted">
                  {startedAt &&
                    (endedAt ? <Took from={startedAt} to={endedAt} /> : <Lasting since={startedAt} />)}
                  {!startedAt && endedAt && 'never started'}
                </span>
              </span>
              {/* A single attempt has no other to compare with. */}
              {of.length > 1 && (
                <span class="track" aria-hidden="true">
                  {/* What never started lasted for no time. */}
                  {(startedAt ?? !endedAt) && (
                    <span
                      class={standing}
                      style={{
                        left: `${(100 * (from - begin)) / length}%`,
                        width: `${(100 * Math.max(0, to - from)) / length}%`,
                      }}
                    />
                  )}
                </span>
              )}
              <span class="muted">
                {startedAt && (
                  <>
                    Started <Time at={startedAt} />.{' '}
                  </>
                )}
                {/* Why the latest ended stands above all. */}
                {each !== of.at(-1) && whyOf(told)}
              </span>
            </button>
          </li>
        );
      })}
    </ol>
  );
};
