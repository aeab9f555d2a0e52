import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** An address on which a process listens. */
export interface Listener {
  readonly pid: number;
  readonly host: string;
  readonly port: number;
}

const LISTENS = '0A';

/** The kernel writes an address as words of four bytes in reverse order. */
const hostOf = (hex: string): string => {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, 'hex')].reverse());
  const last = bytes.slice(-4).join('.');
  const isV4 = bytes.length === 4 || bytes.slice(0, -4).every((byte, at) => byte === (at < 10 ? 0 : 0xff));
  return isV4 ? last : bytes.every((byte) => byte === 0) ? '0.0.0.0' : '::1';
};

const socketsOf = (pid: number): string[] =>
  readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
    } catch {
      return [];
    }
  });

/** Every TCP port that one of the processes listens on (proc(5), /proc/net/tcp). */
export const listenersOf = (pids: readonly number[]): Listener[] => {
  const rows = ['tcp', 'tcp6'].flatMap((name) =>
    readFileSync(`/proc/net/${name}`, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/)),
  );
  return pids.flatMap((pid) => {
    const own = new Set(socketsOf(pid));
    return rows.flatMap(([, local = '', , state, , , , , , inode = '']) => {
      if (state !== LISTENS || !own.has(inode)) return [];
      const [host = '', port = ''] = local.split(':');
      return [{ pid, host: hostOf(host), port: Number.parseInt(port, 16) }];
    });
  });
};
