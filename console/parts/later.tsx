import type { ComponentType } from 'preact';
import { loaded } from '../../lib/loaded.ts';
import { useLoad } from '../use-load.ts';
import { Loading } from './loading.tsx';

type Secondary = typeof import('../views/secondary.ts');

const read = loaded<Secondary>(() => import('../views/secondary.ts'));

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
