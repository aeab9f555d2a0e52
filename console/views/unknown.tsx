import { Heading } from '../parts/heading.tsx';
import { links } from '../route.ts';

export const UnknownView = () => (
  <>
    <Heading title="There is nothing here" />
    <p>
      The address leads nowhere. <a href={links.overview}>All locations</a>
    </p>
  </>
);
