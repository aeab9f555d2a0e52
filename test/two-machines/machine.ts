/**
 * A simulated machine: an engine and other processes in a network namespace, whose link to the local host can be cut. Servers on the loopback of
 * the host are reachable on the loopback of the machine, at the same port.
 */
import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { type Daemon, entering, startDockerIn, withoutDocker } from '../docker/dockerd.ts';
import { COMMAND, type RunnerProcess, spawnRunner } from '../runner-process.ts';

const run = promisify(execFile);

/** Why such machines are impossible here; undefined if they are possible. */
export const withoutMachines = (): string | undefined => {
  const without = withoutDocker();
  if (without !== undefined) return without;
  const absent = ['iptables', 'nsenter'].filter(
    (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0,
  );
  if (absent.length > 0) return `${absent.join(' and ')} not installed`;
  probed ??= spawnSync('sh', ['-c', PROBE]).status === 0;
  return probed ? undefined : 'no network namespace can be made, or no address in one be translated';
};

let probed: boolean | undefined;
const PROBE =
  'unshare --net iptables -t nat -A OUTPUT -d 127.0.0.1 -p tcp -j DNAT --to-destination 100.64.0.1';

/** Makes the namespace and its link, and removes both when its standard input closes, also when its parent was killed. */
const SCRIPT = `
set -e
name=$1 here=$2 there=$3
ip netns add "$name"
ip link add "$name" type veth peer name eth0 netns "$name"
ip address add "$here/30" dev "$name"
ip link set "$name" up
echo 1 >"/proc/sys/net/ipv4/conf/$name/route_localnet"
nsenter --net="/run/netns/$name" sh -e -c '
  ip link set lo up
  ip address add "$2/30" dev eth0
  ip link set eth0 up
  ip route add default via "$1"
  echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet
  iptables -w -t nat -A OUTPUT -d 127.0.0.1 -p tcp -j DNAT --to-destination "$1"
  iptables -w -t nat -A POSTROUTING -o eth0 -j MASQUERADE
' sh "$here" "$there"
iptables -w -t nat -A PREROUTING -i "$name" -d "$here" -p tcp -j DNAT --to-destination 127.0.0.1
echo made
while read -r _; do :; done
iptables -w -t nat -D PREROUTING -i "$name" -d "$here" -p tcp -j DNAT --to-destination 127.0.0.1
ip link delete "$name"
ip netns delete "$name"
`;

let made = 0;

export class Machine {
  readonly name: string;
  readonly engine: Daemon;
  /** The address of the local host from the machine. */
  readonly #here: string;
  readonly #leave: () => Promise<void>;
  readonly #runners: RunnerProcess[] = [];

  private constructor(name: string, here: string, engine: Daemon, leave: () => Promise<void>) {
    this.name = name;
    this.#here = here;
    this.engine = engine;
    this.#leave = leave;
  }

  static async start(): Promise<Machine> {
    const number = (process.pid * 8 + (made % 8)) % 2 ** 20;
    made += 1;
    // Names of interfaces have up to 15 characters, and each machine uses four addresses of the shared range of providers.
    const name = `tpm${number.toString(36)}`;
    const address = (last: number): string =>
      `100.${64 + (number >> 14)}.${(number >> 6) % 256}.${(number % 64) * 4 + last}`;
    const script = spawn('sh', ['-c', SCRIPT, 'sh', name, address(1), address(2)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
    });
    const ended = once(script, 'exit');
    const leave = async (): Promise<void> => {
      script.stdin.end();
      await ended;
    };
    const [said] = await Promise.race([once(script.stdout, 'data'), ended]);
    if (!String(said).startsWith('made')) throw new Error(`no namespace ${name}: the script ended`);
    return new Machine(name, address(1), await startDockerIn(name), leave);
  }

  /** Starts a runner on it, with further variables, without waiting for it. */
  runner(
    url: string,
    location: string,
    options: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): RunnerProcess {
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const within = [...entering(this.name), 'env', ...variables];
    const runner = spawnRunner(within, url, this.engine.host, location, ...options);
    this.#runners.push(runner);
    return runner;
  }

  /** Runs the command line on it; answers the output. Throws if it fails. */
  async taskport(url: string, ...args: readonly string[]): Promise<string> {
    const { PATH, HOME } = process.env;
    const env = { PATH, HOME, TASKPORT_URL: url, DOCKER_HOST: this.engine.host };
    const [command = '', ...rest] = [...entering(this.name), process.execPath, COMMAND, ...args];
    return (await run(command, rest, { env })).stdout;
  }

  /** Cuts the link to the local host, in both directions and silently. */
  cut(): void {
    execFileSync('ip', ['link', 'set', this.name, 'down']);
  }

  mend(): void {
    execFileSync('ip', ['link', 'set', this.name, 'up']);
  }

  /** Redirects its requests from one server of the local host to another. */
  reroute(from: string, to: string): void {
    const rule = ['OUTPUT', '-p', 'tcp', '-d', '127.0.0.1', '--dport', new URL(from).port];
    const target = ['-j', 'DNAT', '--to-destination', `${this.#here}:${new URL(to).port}`];
    const [command = '', ...args] = [
      ...entering(this.name),
      'iptables',
      '-w',
      '-t',
      'nat',
      '-I',
      ...rule,
      ...target,
    ];
    execFileSync(command, args);
  }

  /** Whether it can connect to a server here within a second. */
  reaches(url: string): boolean {
    const { hostname, port } = new URL(url);
    const open = ['timeout', '1', 'bash', '-c', `exec 3<>/dev/tcp/${hostname}/${port}`];
    const [command = '', ...args] = [...entering(this.name), ...open];
    return spawnSync(command, args).status === 0;
  }

  docker(...args: readonly string[]): string {
    return execFileSync('docker', ['-H', this.engine.host, ...args], { encoding: 'utf8' });
  }

  /** Ends everything. */
  async stop(): Promise<void> {
    for (const runner of this.#runners) await runner.stop();
    await this.engine.stop();
    await this.#leave();
  }
}
