import * as z from 'zod/mini';
import { described } from '../facts.ts';
import { type Kind, kinds, runKinds, storageKinds } from '../kind/index.ts';
import { LOCATION_NAME } from '../location/location.ts';
import { ELEMENT_NAME, SCRATCH } from './id.ts';

const inner = ({ source }: RegExp): string => source.replace(/^\^|\$$/g, '');
const idOf = (...of: readonly Kind[]): string =>
  `(${of.join('|')})://${inner(LOCATION_NAME)}/${inner(ELEMENT_NAME)}`;

const inlineTask = `${idOf('executor')}/tasks/${inner(ELEMENT_NAME)}`;

/** IDs. `parseId` and `parseMemberId` validate those in requests. */
export const elementId = described(z.string(), { pattern: `^${idOf(...kinds)}$` });
export const parentId = described(z.string(), { pattern: `^(${SCRATCH}|${idOf(...kinds)})$` });
export const executorId = described(z.string(), { pattern: `^${idOf('executor')}$` });
export const imageId = described(z.string(), { pattern: `^${idOf('image')}$` });
/** The ID of a member of a composition: an element, or an inline task. */
export const memberId = described(z.string(), { pattern: `^(${idOf(...kinds)}|${inlineTask})$` });
export const joinedTaskId = described(z.string(), { pattern: `^(${idOf(...runKinds)}|${inlineTask})$` });
export const taskId = described(z.string(), { pattern: `^${idOf(...runKinds)}$` });
export const storageId = described(z.string(), { pattern: `^${idOf(...storageKinds)}$` });
