import type { Kind, Location } from '../../location/location.ts';
import type { KindRules } from '../kind-rules.ts';
import { executor } from './executor.ts';
import { image } from './image.ts';
import { log } from './log.ts';
import { task } from './task.ts';
import { nfsVolume, volume } from './volume.ts';

const rules: Record<Kind, KindRules> = { task, image, volume, executor, log };

/** The rules for what a location keeps. */
export const rulesOf = (location: Pick<Location, 'kind' | 'type'>): KindRules =>
  location.type === 'nfs' ? nfsVolume : rules[location.kind];
