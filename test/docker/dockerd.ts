/** An engine for the tests, separate from any other on the machine. */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { PATIENCE } from '../patience.ts';

const run = promisify(execFile);

/** Why no engine can be started here; undefined if one can. */
export const withoutDocker = (): string | undefined => {
  if (process.getuid?.() !== 0) return 'only root may start dockerd';
  const absent = ['dockerd', 'docker', 'ip'].filter(
    (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0,
  );
  return absent.length === 0 ? undefined : `${absent.join(' and ')} not installed`;
};

/**
 * Runs dockerd on its own bridge, and ends it when its standard input closes, also when its parent was killed. Then nothing is left of it,
 * including its containers.
 */
const SCRIPT = `
directory=$1 bridge=$2 address=$3
mkdir -p "$directory"
ip link add "$bridge" type bridge
ip address add "$address" dev "$bridge"
ip link set "$bridge" up
exec 3<&0
shift 3
serve() {
  dockerd --data-root "$directory/data" --exec-root "$directory/exec" --pidfile "$directory/pid" \\
    -H "unix://$directory/docker.sock" --bridge "$bridge" --iptables=false --ip6tables=false \\
    --shutdown-timeout 1 "$@" >>"$directory/log" 2>&1 </dev/null 3<&-
}
serve "$@" &
daemon=$!
echo started
while read -r asked <&3; do
  if [ "$asked" = restart ] || [ "$asked" = crash ]; then
    if [ "$asked" = restart ]; then kill -TERM "$(cat "$directory/pid")"
    else kill -KILL "$(cat "$directory/pid")" "$(cat "$directory/exec/containerd/containerd.pid")"
    fi
    wait $daemon
    # A process that has ended is there until its parent waits for it, and not every parent does.
    rm -f "$directory/exec/containerd/containerd.pid" "$directory/pid"
    serve "$@" &
    daemon=$!
    echo started
  fi
done
kill -TERM "$(cat "$directory/pid")" 2>/dev/null
wait $daemon
ip link delete "$bridge"
umount -R -l "$directory"/exec/netns/* "$directory/data" 2>/dev/null
rm -rf "$directory"
`;

export interface Daemon {
  /** The address for docker: `unix://…`. */
  readonly host: string;
  readonly socket: string;
  /** The address of its containerd. */
  readonly containerd: string;
  /** Restarts it, which ends its containers, as without `live-restore`. */
  restart(): Promise<void>;
  /** The same after a kill: containers end once it is back. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

/** The number started in this process; each project of a run loads this module again. */
const kept = globalThis as { taskportDaemons?: number };

/** Starts one, with further options of dockerd. */
export const startDocker = (...options: readonly string[]): Promise<Daemon> =>
  startWithin([], tmpdir(), options);

/** The same in a network namespace known to `ip netns`. */
export const startDockerIn = (namespace: string): Promise<Daemon> =>
  startWithin(entering(namespace), tmpdir(), []);

/** The same with further environment variables. */
export const startDockerWith = (variables: Readonly<Record<string, string>>): Promise<Daemon> => {
  const said = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  return startWithin(['env', ...said], tmpdir(), []);
};

/** The prefix of a command that runs in a network namespace. */
export const entering = (namespace: string): string[] => ['nsenter', `--net=/run/netns/${namespace}`];

/** Starts one with this many MiB for all its data; `place` is its directory. */
export const startSmallDocker = async (mib: number): Promise<Daemon & { readonly place: string }> => {
  const place = mkdtempSync(join(tmpdir(), 'taskport-small-'));
  await run('mount', ['-t', 'tmpfs', '-o', `size=${mib}m`, 'tmpfs', place]);
  const daemon = await startWithin([], place, []);
  const stop = async (): Promise<void> => {
    await daemon.stop();
    await run('umount', ['-l', place]);
    rmdirSync(place);
  };
  return { ...daemon, place, stop };
};

const startWithin = async (
  within: readonly string[],
  parent: string,
  options: readonly string[],
): Promise<Daemon> => {
  const directory = mkdtempSync(join(parent, 'taskport-docker-'));
  const inside = (name: string): string => join(directory, name);
  const started = kept.taskportDaemons ?? 0;
  kept.taskportDaemons = started + 1;
  const number = process.pid * 8 + (started % 8);
  // Names of interfaces have up to 15 characters, and each daemon has its own 64 addresses.
  const bridge = `tp${number.toString(36)}`;
  const address = `10.${64 + ((number >> 10) % 128)}.${(number >> 2) % 256}.${(number % 4) * 64 + 1}/26`;
  const errors = openSync(inside('script'), 'w');
  const command = [...within, 'sh', '-c', SCRIPT, 'sh', directory, bridge, address, ...options] as const;
  const child = spawn(command[0] as string, command.slice(1), {
    stdio: ['pipe', 'pipe', errors],
    detached: true,
  });
  const ended = new Promise<void>((settle) => child.on('exit', () => settle()));
  await once(child.stdout as Readable, 'data');
  const host = `unix://${inside('docker.sock')}`;
  await answers(child, host, inside('log'));
  const again = async (how: 'restart' | 'crash'): Promise<void> => {
    child.stdin?.write(`${how}\n`);
    await once(child.stdout as Readable, 'data');
    await answers(child, host, inside('log'));
  };
  return {
    host,
    socket: inside('docker.sock'),
    containerd: inside('exec/containerd/containerd.sock'),
    restart: () => again('restart'),
    crash: () => again('crash'),
    stop: async () => {
      child.stdin?.end();
      await ended;
    },
  };
};

/** Settles once the engine answers. */
const answers = async (child: ChildProcess, host: string, log: string): Promise<void> => {
  for (const until = Date.now() + PATIENCE.timeout; ; await sleep(PATIENCE.interval)) {
    if (child.exitCode !== null || Date.now() > until)
      throw new Error(`dockerd: ${readFileSync(log, 'utf8')}`);
    if (await run('docker', ['-H', host, 'version']).catch(() => undefined)) return;
  }
};
