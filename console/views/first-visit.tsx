import { Command, taskport } from '../parts/command.tsx';
import { Prose } from '../parts/prose.tsx';
import { isMissing, useLease } from '../parts/runner.tsx';
import { links } from '../route.ts';

/** The location of commands that name none. */
const HOME = 'machines';

/** First steps, shown before the first run. */
export const FirstVisit = ({ hasExecutors }: { readonly hasExecutors: boolean }) => {
  const lease = useLease(HOME);
  return (
    <section class="card" aria-labelledby="first">
      <h2 id="first">Nothing has run yet</h2>
      <p>
        A run is a container that Taskport starts, watches and keeps the output of. Type these commands in the
        directory of Taskport.
      </p>
      <ol>
        <li>
          <Prose
            text={
              hasExecutors
                ? 'Run something from a registry, and see what it writes:'
                : 'Make a place for runs (`npm start` makes it by itself):'
            }
          />
          <Command
            text={
              hasExecutors
                ? taskport('run alpine:3.20 -- echo hello')
                : taskport('location create machines --kind executor')
            }
          />
        </li>
        {!(lease.isLoading || (lease.value && !isMissing(lease.value))) && (
          <li>
            Let a machine with Docker or Podman run what waits in <code>machines</code>:
            <Command text={taskport('runner --executor-location machines')} />
          </li>
        )}
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
};
