/**
 * The package as published, installed by npm in an empty project, without this repository. It needs the npm registry, and says so if that does
 * not answer.
 */
import { afterAll, beforeAll, describe, vi } from 'vitest';
import { titled } from '../bundle.ts';
import { startHost } from '../host-bundle.ts';
import { describeApps } from './apps.ts';
import { describeClients } from './clients.ts';
import { describeImports } from './imports.ts';
import { withoutPackages } from './packages.ts';
import { Project } from './project.ts';

const without = withoutPackages();

describe.skipIf(without !== undefined)(titled('the package', without), () => {
  let project: Project;
  let url: string;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    vi.spyOn(console, 'info').mockImplementation(() => {});
    project = await Project.install();
    ({ url, stop } = await startHost({ port: 0, onEvent: () => {} }));
  });
  afterAll(async () => {
    project.remove();
    await stop();
  });
  const given = () => ({ project, url });

  describeImports(given);
  describeApps(given);
  describeClients(given);
});
