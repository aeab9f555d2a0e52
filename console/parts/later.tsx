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

/** One of the views whose script comes when one of them is shown first. */
export const later = <P extends object>(of: (views: Secondary) => ComponentType<P>): ComponentType<P> => {
  // A component is a function, which a state would call: it stands in a list.
  const Later = (props: P) => (
    <Loading of={useLoad(async () => [of(await read())] as const, [])}>
      {([View]) => <View {...props} />}
    </Loading>
  );
  return Later;
};
