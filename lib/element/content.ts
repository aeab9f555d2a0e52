import type { Checksum } from './checksum.ts';
import type { ElementRecord } from './element.ts';

/** Something of an image element that has a digest, by which it is found within its location. */
export interface Content {
  /** The element. */
  readonly id: string;
  readonly part: 'layer' | 'manifest' | 'config' | 'blob';
  readonly digest: Checksum;
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
  /** The object of the store that has the bytes, from the offset `at` on; absent where they are made of the element's record. */
  readonly blob?: string;
  readonly at?: number;
}

/** What of an element has a digest: nothing before it is ready. */
export const contentsOf = ({ attributes: { id, state }, layer, blob }: ElementRecord): readonly Content[] => {
  if (state !== 'ready' || !layer || blob === undefined) return [];
  const { digest, mediaType, size } = layer;
  return [{ id, part: 'layer', digest, mediaType, size, blob, at: 0 }];
};
