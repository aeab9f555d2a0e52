import { useState } from 'preact/hooks';
import type { Location } from '../../lib/location/location.ts';
import { api } from '../api.ts';
import { Heading } from '../parts/heading.tsx';
import { Loading } from '../parts/loading.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { NoRunner } from '../parts/runner.tsx';
import { goTo, links, parseQuery } from '../route.ts';
import { useLoad } from '../use-load.ts';
import { type Asked, FieldError, NOTHING, type RunRequest, requestOf } from './request.ts';
import { RunFields } from './run-fields.tsx';
import { startRun } from './start-run.ts';
import type { FormState } from './text-field.tsx';

/** A pasted request: JSON, or YAML, of which the reader comes when it is needed. */
const parsed = async (text: string): Promise<RunRequest> => {
  const { parse } = await import('yaml');
  return parse(text) as RunRequest;
};

const Form = ({ locations }: { readonly locations: readonly Location[] }) => {
  const executors = locations.filter(({ kind }) => kind === 'executor');
  const home = executors.find(({ name }) => name === 'machines') ?? executors[0];
  const [asked, setAsked] = useState<Asked>(() => ({
    ...NOTHING,
    location: home?.name ?? '',
    image: parseQuery(window.location.hash).get('image') ?? '',
  }));
  const [text, setText] = useState<string>();
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  if (!home) {
    return (
      <p>
        Runs need a location of executors, and none is there: <a href={links.newLocation}>make one</a> of the
        kind <code>executor</code>, such as <code>machines</code>.
      </p>
    );
  }
  const form: FormState = {
    asked,
    error: error instanceof FieldError ? error : undefined,
    ask: (changed) => setAsked((before) => ({ ...before, ...changed })),
  };
  const attempt = async (act: () => unknown): Promise<void> => {
    setError(undefined);
    try {
      await act();
    } catch (thrown) {
      setError(thrown);
      if (thrown instanceof FieldError) document.getElementById(`run-${thrown.field}`)?.focus();
    }
  };
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    await attempt(async () => {
      const request = text === undefined ? requestOf(asked) : await parsed(text);
      const { executorId, taskId } = await startRun(request, locations);
      goTo(links.run(executorId, taskId));
    });
    setBusy(false);
  };
  return (
    <form class="form" noValidate onSubmit={submit} aria-busy={isBusy}>
      <ProblemNotice error={form.error ? undefined : error} takesFocus />
      <NoRunner key={asked.location} location={asked.location} />
      {text === undefined ? (
        <RunFields form={form} executors={executors} />
      ) : (
        <section class="card">
          <div class="field">
            <label for="request">Request, as JSON or YAML</label>
            <textarea
              id="request"
              rows={24}
              spellcheck={false}
              value={text}
              aria-describedby="request-help"
              onInput={(event) => setText(event.currentTarget.value)}
            />
            <p class="help" id="request-help">
              What <code>POST /v1/compositions</code> takes. An executor ID that ends with <code>/</code> gets
              a name.
            </p>
          </div>
        </section>
      )}
      <div class="actions">
        <button type="submit" aria-disabled={isBusy}>
          {isBusy ? 'Starting …' : 'Start the run'}
        </button>
        {text === undefined ? (
          <button
            type="button"
            class="quiet"
            onClick={() => void attempt(() => setText(JSON.stringify(requestOf(asked), null, 2)))}
          >
            As JSON or YAML
          </button>
        ) : (
          <button type="button" class="quiet" onClick={() => setText(undefined)}>
            Back to the form
          </button>
        )}
      </div>
    </form>
  );
};

/** Starts a run: an executor with a task of its own, in one call. */
export const NewRunView = () => {
  const locations = useLoad((signal) => api.locations.list({ signal, limit: 1000 }).all(), []);
  return (
    <>
      <Heading title="New run" above={<a href={links.runs}>Runs</a>} />
      <Loading of={locations}>{(all) => <Form locations={all} />}</Loading>
    </>
  );
};
