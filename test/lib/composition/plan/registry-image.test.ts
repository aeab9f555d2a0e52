import { describe, expect, it } from 'vitest';
import { isRegistryImage } from '../../../../lib/composition/plan/registry-image.ts';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('a registry image', () => {
  it.each([
    'docker.io/library/alpine:3.20',
    `docker.io/library/alpine@${digest}`,
    `docker.io/library/alpine:3.20@${digest}`,
    'localhost/a:b',
    'localhost:5000/a/b/c:latest',
    'registry:5000/a:b',
    '123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/app_x.y--z:V1.0_rc-1',
  ])('has a registry, a name and a tag or digest: %s', (text) => {
    expect(isRegistryImage(text)).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['no registry', 'alpine:3.20'],
    ['no registry, but a user', 'library/alpine:3.20'],
    ['no tag and no digest', 'docker.io/library/alpine'],
    ['a port and no tag', 'registry:5000/alpine'],
    ['capitals in its name', 'docker.io/Alpine:3.20'],
    ['an empty tag', 'docker.io/alpine:'],
    ['a digest cut short', 'docker.io/alpine@sha256:00'],
    ['a scheme', 'https://docker.io/alpine:3.20'],
    ['a line more', 'docker.io/alpine:3.20\n'],
    ['a name too long', `docker.io/${'a'.repeat(250)}:1`],
  ])('cannot have %s', (_, text) => {
    expect(isRegistryImage(text)).toBe(false);
  });
});
