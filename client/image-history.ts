import { isObject } from '../lib/is-object.ts';
import type { Descriptor } from './image-manifest.ts';

/** A build step of an image, from its config (OCI image specification, `history`). */
export interface ImageStep {
  readonly createdAt?: string;
  /** The command, as the builder recorded it. */
  readonly createdBy?: string;
  readonly comment?: string;
  /** The layer that it added; absent if it changed only the config. */
  readonly layer?: Pick<Descriptor, 'digest' | 'size' | 'mediaType'>;
}

const textOf = <N extends string>(name: N, value: unknown): { readonly [name in N]?: string } =>
  typeof value === 'string' && value !== '' ? ({ [name]: value } as { [name in N]: string }) : {};

/** The steps of an image in order: those in its config, and layers without a history entry. */
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

/** The command of a step, without the prefix that builders add. */
export const commandOf = ({ createdBy }: ImageStep): string | undefined =>
  createdBy?.replace(/^\/bin\/sh -c (#\(nop\) +)?/, '').replaceAll(/\s+/g, ' ');
