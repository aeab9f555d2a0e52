import { links, shortOf } from '../route.ts';

/** A link to an element, or to a location by its name. It shortens a digest. */
export const IdLink = ({ id }: { readonly id: string }) => (
  <a href={id.includes('://') ? links.element(id) : links.location(id)} title={id}>
    {shortOf(id).replace(/(@sha256:[0-9a-f]{12})[0-9a-f]+$/, '$1…')}
  </a>
);
