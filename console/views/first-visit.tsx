import { Command, taskport } from '../parts/command.tsx';
import { links } from '../route.ts';

/** First steps, shown before the first run. */
export const FirstVisit = ({ hasExecutors }: { readonly hasExecutors: boolean }) => (
  <section class="card" aria-labelledby="first">
    <h2 id="first">Nothing has run yet</h2>
    <p>
      A run is a container that Taskport starts, watches and keeps the output of. Three commands lead to the
      first one; type them in the directory of Taskport.
    </p>
    <ol>
      <li>
        {hasExecutors
          ? 'Run something from a registry, and see what it writes:'
          : 'Make a place for runs (`npm start` makes it by itself):'}
        <Command
          text={
            hasExecutors
              ? taskport('run alpine:3.20 -- echo hello')
              : taskport('location create machines --kind executor')
          }
        />
      </li>
      <li>
        Let a machine with Docker or Podman run what waits in <code>machines</code>, if none does yet:
        <Command text={taskport('runner --executor-location machines')} />
      </li>
      <li>
        {hasExecutors ? 'Put an image of your own into Taskport:' : 'Run something from a registry:'}
        <Command
          text={
            hasExecutors
              ? `docker save app:1 | ${taskport('image push images/app:1 -')}`
              : taskport('run alpine:3.20 -- echo hello')
          }
        />
      </li>
    </ol>
    {hasExecutors && (
      <p>
        Or do it here: <a href={links.newRun}>use a form</a>.
      </p>
    )}
  </section>
);
