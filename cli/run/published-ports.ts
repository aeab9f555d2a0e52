import { isIP } from 'node:net';
import { defined } from '../../lib/defined.ts';
import { UsageError } from '../usage-error.ts';

interface PublishedPort {
  readonly port: number;
  readonly hostPort: number;
  readonly hostAddress?: string;
  readonly protocol?: 'udp' | 'sctp';
}

/** `[address:]hostPort:port[/protocol]`; both may be ranges of the same length. An IPv6 address stands in brackets. */
const PUBLISHED = /^(?:(\[[^\]]+\]|[^:[\]]+):)?(?:([\d-]*):)?([\d-]+)(?:\/(tcp|udp|sctp))?$/;

const HINT = 'write <port of the machine>:<port of the task>, such as 8080:80';

const rangeOf = (text: string, said: string): number[] => {
  const [, low, high = low] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const [from, to] = [Number(low), Number(high)];
  if (!(from >= 1 && to <= 65_535 && from <= to))
    throw new UsageError(`--publish ${said}: ${text} is no port from 1 to 65535, and no range of them`);
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
};

/** The values of `--publish`, as in `docker run`, except that the port of the machine is required. Throws `UsageError`. */
export const parsePublished = (text: string): PublishedPort[] => {
  const [, first, second, inner, protocol] = PUBLISHED.exec(text) ?? [];
  if (inner === undefined) throw new UsageError(`--publish ${text} is no port: ${HINT}`);
  // If there are two parts, the first is a port.
  const isAddress = first !== undefined && second !== undefined;
  const outer = isAddress ? second : (second ?? first);
  const address = isAddress ? first?.replace(/^\[|\]$/g, '') : undefined;
  if (outer === undefined || outer === '')
    throw new UsageError(`--publish ${text} leaves the port of the machine open: ${HINT}`);
  if (address !== undefined && isIP(address) === 0)
    throw new UsageError(`--publish ${text}: ${address} is no address of the machine`);
  const [outside, inside] = [rangeOf(outer, text), rangeOf(inner, text)];
  if (outside.length !== inside.length)
    throw new UsageError(`--publish ${text} has ranges of different lengths`);
  return inside.map((port, at) =>
    defined({
      port,
      hostPort: outside[at] ?? port,
      hostAddress: address,
      protocol: protocol === 'udp' || protocol === 'sctp' ? protocol : undefined,
    }),
  );
};
