import { useNow } from '../use-now.ts';
import { between, localTime, tookOf, wholeSpan } from './amounts.ts';

export const Time = ({ at }: { readonly at: string }) => (
  <time dateTime={at} title={at}>
    {localTime(at)}
  </time>
);

/** How long ago that was, kept up to date; the time itself is its title. */
export const Ago = ({ at }: { readonly at: string }) => (
  <time dateTime={at} title={localTime(at)}>
    {wholeSpan(useNow() - Date.parse(at))} ago
  </time>
);

/** How long it has been since. */
export const Lasting = ({
  since,
  until,
}: {
  readonly since: string;
  readonly until?: string | undefined;
}) => {
  const now = useNow();
  return <>{between(since, until ?? now)}</>;
};

/** How long something took. */
export const Took = ({ from, to }: { readonly from: string; readonly to: string }) => (
  <>{tookOf(Date.parse(to) - Date.parse(from))}</>
);
