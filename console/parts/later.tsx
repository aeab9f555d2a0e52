import type { ComponentType } from 'preact';
import { useLoad } from '../use-load.ts';
import { Loading } from './loading.tsx';

type Secondary = typeof import('../views/secondary.ts');

let reading: Promise<Secondary> | undefined;

const read = (): Promise<Secondary> => {
  reading ??= import('../views/secondary.ts').catch((error) => {
    reading = undefined;
    throw error;
  });
  return reading;
};

/** A view whose script loads when the first of these views is shown. */
export const later = <P extends object>(of: (views: Secondary) => ComponentType<P>): ComponentType<P> => {
  // Wrapped in an array, because the setter of a state calls a bare function.
  const Later = (props: P) => (
    <Loading of={useLoad(async () => [of(await read())] as const, [])}>
      {([View]) => <View {...props} />}
    </Loading>
  );
  return Later;
};
