import { inOrder } from '../in-order.ts';
import type { Location, ShownLocation } from './location.ts';
import { location as schema } from './location-schema.ts';

/** A location as the API shows it. */
export const showLocation = ({ listShards: _, ...location }: Location): ShownLocation =>
  inOrder(schema, location);
