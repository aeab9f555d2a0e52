/** The properties of the test engine on which tests depend. */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { titled } from '../bundle.ts';
import { type Daemon, startDocker, withoutDocker } from './dockerd.ts';

const without = withoutDocker();

describe.skipIf(without)(titled('an engine of tests', without), () => {
  let daemon: Daemon;
  beforeAll(async () => {
    daemon = await startDocker();
  });
  afterAll(() => daemon.stop());

  it.each(['restart', 'crash'] as const)('has what it had after a %s', async (how) => {
    const docker = (...args: string[]): string =>
      execFileSync('docker', ['-H', daemon.host, ...args], { encoding: 'utf8' });
    docker('volume', 'create', how);
    await daemon[how]();
    expect(docker('volume', 'ls', '-q')).toContain(how);
    // It is a separate engine.
    expect(
      execFileSync('docker', ['-H', inject('dockerHost'), 'volume', 'ls', '-q']).toString(),
    ).not.toContain(how);
  });
});
