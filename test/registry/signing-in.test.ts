/** Clients sign in to a deployment, each in its own way, with the password from the API. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { titled } from '../bundle.ts';
import { type Daemon, startDocker } from '../docker/dockerd.ts';
import { bodyOf, makeLocations } from '../functions/api/support.ts';
import { imageOf, type SomeImage, someLayer } from '../oci.ts';
import { startTaskport, type Taskport } from '../taskport.ts';
import { type Gateway, startGateway } from './gateway.ts';
import { pushTo } from './layout.ts';
import { missing, output } from './tools.ts';

const READER = 'arn:aws:iam::123456789012:role/reader';
const without = missing('openssl');

describe.skipIf(without !== undefined)(titled('a deployment', without), () => {
  const directory = mkdtempSync(join(tmpdir(), 'taskport-signing-in-'));
  const inside = (name: string): string => join(directory, name);
  let taskport: Taskport;
  let gateway: Gateway;
  let image: SomeImage;
  let password: string;
  let name: string;

  beforeAll(async () => {
    writeFileSync(inside('policy.json'), JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }));
    taskport = await startTaskport();
    const grants = [
      { principal: READER, actions: ['read'] },
      { principal: 'local', actions: ['create', 'read', 'write'] },
    ];
    await makeLocations(taskport, { name: 'images', kind: 'image', grants });
    image = imageOf([await someLayer('one'), await someLayer('two')], {
      config: { config: { Cmd: ['/x'] } },
    });
    await pushTo(taskport, 'images/app', image, '1');
    gateway = await startGateway(taskport, directory);
    name = `${gateway.host}/images/app:1`;
    password = (await bodyOf(taskport.callAs(READER, 'POST', '/v1/registry/credentials'), 200)).password;
  });
  afterEach(() => {
    (gateway.asked as string[]).length = 0;
  });
  afterAll(async () => {
    await gateway.stop();
    await taskport.stop();
    rmSync(directory, { recursive: true });
  });

  /** The client has exchanged the password for a token, and used the token for all other requests. */
  const expectBearer = (): void => {
    expect(gateway.asked).toContain('GET /v2/token Basic');
    for (const noun of ['manifests', 'blobs']) {
      const lines = gateway.asked.filter((line) => line.includes(`/${noun}/`));
      expect(lines.filter((line) => line.endsWith(' Bearer'))).not.toEqual([]);
      expect(lines.filter((line) => line.endsWith(' Basic'))).toEqual([]);
    }
  };

  const noSkopeo = missing('skopeo');
  describe.skipIf(noSkopeo !== undefined)(titled('accepts skopeo', noSkopeo), () => {
    const copy = (to: string, ...more: string[]): Promise<string> =>
      output(
        'skopeo',
        ...['--policy', inside('policy.json'), 'copy', '--src-tls-verify=false', ...more],
        ...[`docker://${name}`, `dir:${inside(to)}`],
      );

    it('with the password', async () => {
      await copy('skopeo', '--src-creds', `taskport:${password}`);
      expectBearer();
    });

    it('and refuses it without, and with another', async () => {
      await expect(copy('none', '--src-no-creds')).rejects.toThrow(
        /unauthorized|taskport registry password/i,
      );
      await expect(copy('wrong', '--src-creds', 'taskport:wrong')).rejects.toThrow(
        /unauthorized|invalid|password/i,
      );
    });
  });

  const noPodman = missing('podman');
  it.skipIf(noPodman !== undefined)(titled('accepts podman, after its login', noPodman), async () => {
    const store = ['--storage-driver', 'vfs', '--root', inside('podman'), '--runroot', inside('podman-run')];
    const podman = (...args: string[]): Promise<string> => output('podman', ...store, ...args);
    const file = ['--authfile', inside('auth.json'), '--tls-verify=false'];
    await podman('login', ...file, '--username', 'taskport', '--password', password, gateway.host);
    await podman('pull', ...file, '--signature-policy', inside('policy.json'), name);
    expectBearer();
    const [{ Digest }] = JSON.parse(await podman('image', 'inspect', name));
    expect(Digest).toBe(image.digest);
  });

  const noDocker = missing('dockerd', 'docker', 'ip', 'containerd', 'ctr');
  describe.skipIf(noDocker !== undefined)(titled('accepts a daemon', noDocker), () => {
    let daemon: Daemon;
    beforeAll(async () => {
      daemon = await startDocker();
    });
    afterAll(() => daemon.stop());

    it('docker, after its login', async () => {
      const docker = (...args: string[]): Promise<string> =>
        output('docker', '--config', inside('config'), '-H', daemon.host, ...args);
      await expect(docker('pull', name)).rejects.toThrow(/taskport registry password/);
      await docker('login', '--username', 'taskport', '--password', password, gateway.host);
      await docker('pull', name);
      expectBearer();
      const [{ Id }] = JSON.parse(await docker('image', 'inspect', name));
      expect(Id).toBe(JSON.parse(image.manifest.toString()).config.digest);
    });

    it('ctr, which first tries POST', async () => {
      // It uses TLS with loopback only if configured.
      const hosts = inside('hosts');
      mkdirSync(join(hosts, gateway.host), { recursive: true });
      const [server, capabilities] = [`"https://${gateway.host}"`, 'capabilities = ["pull", "resolve"]'];
      const told = `server = ${server}\n[host.${server}]\n  ${capabilities}\n  skip_verify = true\n`;
      writeFileSync(join(hosts, gateway.host, 'hosts.toml'), told);
      const pull = ['images', 'pull', '--hosts-dir', hosts, '--user', `taskport:${password}`, name];
      await output('ctr', '-a', daemon.containerd, '-n', 'test', ...pull);
      expect(gateway.asked).toContain('POST /v2/token');
      expectBearer();
    });
  });
});
