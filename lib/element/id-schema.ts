import * as z from 'zod/mini';
import { described } from '../facts.ts';
import { type Kind, kinds, runKinds, storageKinds } from '../kind/index.ts';
import { LOCATION_NAME } from '../location/location.ts';
import { ELEMENT_NAME, SCRATCH } from './id.ts';

const inner = ({ source }: RegExp): string => source.replace(/^\^|\$$/g, '');
const idOf = (...of: readonly Kind[]): string =>
  `(${of.join('|')})://${inner(LOCATION_NAME)}/${inner(ELEMENT_NAME)}`;

/** IDs, which `parseId` judges where they are asked. */
export const elementId = described(z.string(), { pattern: `^${idOf(...kinds)}$` });
export const parentId = described(z.string(), { pattern: `^(${SCRATCH}|${idOf(...kinds)})$` });
export const executorId = described(z.string(), { pattern: `^${idOf('executor')}$` });
export const imageId = described(z.string(), { pattern: `^${idOf('image')}$` });
export const taskId = described(z.string(), { pattern: `^${idOf(...runKinds)}$` });
export const storageId = described(z.string(), { pattern: `^${idOf(...storageKinds)}$` });
