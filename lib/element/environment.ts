import { isObject } from '../is-object.ts';
import { mergePatch } from './merge-patch.ts';

type Named = { readonly name: string };

/** Merges variables of the environment: those in `said` come first, and replace others of the same names. */
export const envOver = <V extends Named>(said: readonly V[], others: readonly V[]): V[] => {
  const names = new Set(said.map((variable) => variable?.name));
  return [...said, ...others.filter(({ name }) => !names.has(name))];
};

/** A value of `null` removes a variable, as in every merge patch. */
const isKept = (variable: Named & { readonly value?: unknown }): boolean => variable?.value !== null;

const envOf = (spec: unknown): Named[] | undefined => {
  const process = isObject(spec) ? spec.process : undefined;
  return isObject(process) && Array.isArray(process.env) ? process.env : undefined;
};

/** Applies a merge patch to a specification, in which variables of the environment are merged by name. */
export const mergeSpec = (target: unknown, patch: unknown): unknown => {
  const merged = mergePatch(target, patch);
  const [said, others] = [envOf(patch), envOf(target) ?? []];
  return said ? mergePatch(merged, { process: { env: envOver(said, others).filter(isKept) } }) : merged;
};
