/** Views that a first visit does not need. They load as one script, when the first of them is shown. */
export { NewRunView } from '../new-run/new-run.tsx';
export { CompositionView } from './composition.tsx';
export { ElementView } from './element.tsx';
export { LineageView } from './lineage.tsx';
export { LocationView } from './location.tsx';
export { NewElementView } from './new-element.tsx';
export { NewLocationView } from './new-location.tsx';
