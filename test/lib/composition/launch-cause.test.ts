import { expect, it } from 'vitest';
import { launchCauseOf } from '../../../lib/composition/launch-cause.ts';

const RUNC =
  'failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ';

it.each([
  // Docker
  [
    `${RUNC}exec: "migrate": executable file not found in $PATH: unknown`,
    /program migrate is not in the image\. .* sh -c 'migrate …'/,
  ],
  [
    `${RUNC}exec: "/bin/migrate": stat /bin/migrate: no such file or directory: unknown`,
    /program \/bin\/migrate is not/,
  ],
  [
    `${RUNC}exec: "echo \\"it's: a\\"": executable file not found in $PATH: unknown`,
    /program echo "it's: a" is not .* leave out the quotes, or write sh -c 'echo "it'\\''s: a"'\.$/,
  ],
  [
    `${RUNC}exec: "/bin/echo hello": stat /bin/echo hello: no such file or directory: unknown`,
    /leave out the quotes, or write sh -c '\/bin\/echo hello'\.$/,
  ],
  [`${RUNC}exec: "/etc/passwd": permission denied: unknown`, /program \/etc\/passwd is in the image, but/],
  [`${RUNC}exec /run.sh: exec format error`, /another kind of processor/],
  [
    'x is not pulled: (HTTP code 500) server error - Get "https://no.such/v2/": dial tcp: lookup no.such on 127.0.0.1:53: no such host',
    /^the machine cannot find the registry no\.such\. Check/,
  ],
  [
    'x is not pulled: (HTTP code 500) server error - Get "https://a.test:5000/v2/": context deadline exceeded',
    /^the registry a\.test:5000 does not answer/,
  ],
  [
    'x is not pulled: pull access denied for nothing, repository does not exist',
    /registry refuses the image/,
  ],
  ['x is not pulled: manifest for alpine:0 not found: manifest unknown', /no image of this name and tag/],
  // Podman
  [
    'crun: executable file `tool` not found in $PATH: No such file or directory: OCI runtime attempted to invoke a command that was not found',
    /program tool is not in/,
  ],
  [
    'crun: executable file `echo hello` not found in $PATH: No such file or directory: OCI runtime attempted to invoke a command that was not found',
    /program echo hello is not in the image\. Its name has a blank: leave out the quotes, or write sh -c 'echo hello'\.$/,
  ],
  ['crun: open executable: Permission denied: OCI permission denied', /^the program is in the image, but/],
  ['exec /run.sh: Exec format error', /another kind of processor/],
  [
    'x is not pulled: initializing source docker://no.such/x:1: pinging container registry no.such: Get "https://no.such/v2/": dial tcp: lookup no.such: no such host',
    /^the machine cannot find the registry no\.such\./,
  ],
  [
    'x is not pulled: initializing source docker://a.test/x:1: pinging container registry a.test: Get "https://a.test/v2/": dial tcp 192.0.2.1:443: connect: connection refused',
    /^the registry a\.test does not answer/,
  ],
  [
    'x is not pulled: reading manifest latest in docker.io/library/nothing: requested access to the resource is denied',
    /registry refuses the image/,
  ],
  [
    'x is not pulled: reading manifest 0 in docker.io/library/alpine: manifest unknown',
    /no image of this name/,
  ],
])('explains a failed start in plain words, with the engine’s words: %s', (said, words) => {
  expect(launchCauseOf(`${said} \n`)).toEqual({ words: expect.stringMatching(words), engine: said });
});

it.each([
  'something else',
  'error mounting "/a" to rootfs at "/b": operation not permitted: permission denied',
  'port 80 of the machine is taken already at 127.0.0.1',
])('repeats an unknown message of the engine: %s', (said) => {
  expect(launchCauseOf(` ${said}\n`)).toEqual({ words: said });
});
