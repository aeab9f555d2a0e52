import type { Descriptor } from '../client/image-manifest.ts';

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

/** The architecture of this machine, as images name it. */
export const ARCHITECTURE = architectures[process.arch] ?? process.arch;

/** The manifest of an index that Linux on an architecture runs; undefined if the index lacks it. */
export const manifestFor = (
  manifests: readonly Descriptor[],
  architecture = ARCHITECTURE,
): Descriptor | undefined =>
  manifests.find(({ platform }) => platform?.os === 'linux' && platform.architecture === architecture);
