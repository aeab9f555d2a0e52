import { Heading } from '../parts/heading.tsx';
import { links } from '../route.ts';

export const UnknownView = () => (
  <>
    <Heading title="There is nothing here" />
    <p>
      The address leads nowhere: it was cut off, or is of another version of this console. Go on with the{' '}
      <a href={links.runs}>runs</a>, the <a href={links.images}>images</a> or the{' '}
      <a href={links.locations}>locations</a>.
    </p>
  </>
);
