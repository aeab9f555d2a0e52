import { isObject } from '../lib/is-object.ts';
import type { Descriptor } from './image-manifest.ts';

/** A step by which an image was made, as far as its config says it (OCI image specification, `history`). */
export interface ImageStep {
  readonly createdAt?: string;
  /** The command, as the tool that made the image wrote it. */
  readonly createdBy?: string;
  readonly comment?: string;
  /** What it added; absent of a step that changed the config alone. */
  readonly layer?: Pick<Descriptor, 'digest' | 'size' | 'mediaType'>;
}

const textOf = <N extends string>(name: N, value: unknown): { readonly [name in N]?: string } =>
  typeof value === 'string' && value !== '' ? ({ [name]: value } as { [name in N]: string }) : {};

/** The steps of an image, the first first: those that its config tells of, and layers that it tells nothing of. */
export const stepsOf = (layers: readonly Descriptor[], config: Record<string, unknown>): ImageStep[] => {
  const told = Array.isArray(config.history) ? config.history.filter(isObject) : [];
  const left = layers.values();
  const next = (): Pick<ImageStep, 'layer'> => {
    const { value } = left.next();
    return value ? { layer: { digest: value.digest, size: value.size, mediaType: value.mediaType } } : {};
  };
  const steps = told.map((step) => ({
    ...textOf('createdAt', step.created),
    ...textOf('createdBy', step.created_by),
    ...textOf('comment', step.comment),
    ...(step.empty_layer === true ? {} : next()),
  }));
  for (let more = next(); more.layer; more = next()) steps.push(more);
  return steps;
};

/** What a step did, without what builders write before each command. */
export const commandOf = ({ createdBy }: ImageStep): string | undefined =>
  createdBy?.replace(/^\/bin\/sh -c (#\(nop\) +)?/, '').replaceAll(/\s+/g, ' ');
