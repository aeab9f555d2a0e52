/** Runs the demo by its command, if containers can run. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, inject, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { titled } from '../bundle.ts';
import { withoutDocker } from '../docker/dockerd.ts';

const without = withoutDocker();

it.skipIf(without)(
  titled(
    'the demo takes a directory to a container, and shows its output, its events and its exit code',
    without,
  ),
  async () => {
    const [command = '', ...args] = manifest.scripts.demo.replace(/^exec /, '').split(' ');
    const { stdout } = await promisify(execFile)(command, args, {
      cwd: `${import.meta.dirname}/../..`,
      env: { ...process.env, DOCKER_HOST: inject('dockerHost') },
    });
    const lines = stdout.split('\n');
    expect(lines).toContain('Hello, Ada');
    expect(lines).toContain('Hello, Grace');
    expect(stdout).toMatch(/^1 +exited +\S+ +7 .*failed$/m);
    for (const type of ['Task Joined', 'Task Bound', 'Task Started', 'Task Exited'])
      expect(stdout).toMatch(new RegExp(`${type} +task://jobs/greet`));
  },
);
