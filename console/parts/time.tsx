import { useNow } from '../use-now.ts';
import { between, localTime, tookOf, wholeSpan } from './amounts.ts';

export const Time = ({ at }: { readonly at: string }) => (
  <time dateTime={at} title={at}>
    {localTime(at)}
  </time>
);

/** A time ago, kept up to date; its title is the exact time. */
export const Ago = ({ at }: { readonly at: string }) => (
  <time dateTime={at} title={localTime(at)}>
    {wholeSpan(useNow() - Date.parse(at))} ago
  </time>
);

/** The time since then. */
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

/** A duration. */
export const Took = ({ from, to }: { readonly from: string; readonly to: string }) => (
  <>{tookOf(Date.parse(to) - Date.parse(from))}</>
);
