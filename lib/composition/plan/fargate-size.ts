/** The sizes of a Fargate task with this CPU (in units of 1/1024): MiB of memory from, to, in steps of. */
interface Size {
  readonly cpu: number;
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

const GIB = 1024;

/** ECS API, RegisterTaskDefinition, cpu and memory. */
const sizes: readonly Size[] = [
  { cpu: 256, from: 512, to: 512, step: 512 },
  { cpu: 256, from: GIB, to: 2 * GIB, step: GIB },
  { cpu: 512, from: GIB, to: 4 * GIB, step: GIB },
  { cpu: 1024, from: 2 * GIB, to: 8 * GIB, step: GIB },
  { cpu: 2048, from: 4 * GIB, to: 16 * GIB, step: GIB },
  { cpu: 4096, from: 8 * GIB, to: 30 * GIB, step: GIB },
  { cpu: 8192, from: 16 * GIB, to: 60 * GIB, step: 4 * GIB },
  { cpu: 16_384, from: 32 * GIB, to: 120 * GIB, step: 8 * GIB },
];

/** The numbers of CPU units that Fargate offers. */
export const fargateCpus: readonly number[] = [...new Set(sizes.map(({ cpu }) => cpu))];

/** The least memory of a task with this CPU that is at least `mib`; undefined if there is no such size. */
export const fargateMemory = (cpu: number, mib: number): number | undefined => {
  const size = sizes.find((one) => one.cpu === cpu && one.to >= mib);
  return size && size.from + Math.max(0, Math.ceil((mib - size.from) / size.step)) * size.step;
};
