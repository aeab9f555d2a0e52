import { useState } from 'preact/hooks';
import { inShell } from '../../lib/composition/session/engine-sessions.ts';
import type { Location } from '../../lib/location/location.ts';
import { Choice } from '../parts/choice.tsx';
import { IdInput, useChoices } from '../parts/id-picker.tsx';
import { describedBy, type FormState, issueOf, Notes, TextField } from './text-field.tsx';
import { Variables } from './variables.tsx';
import { Volumes } from './volumes.tsx';
import { shellSyntaxOf, wordsOf } from './words.ts';

const IMAGES = ['image'] as const;

const Image = ({ form }: { readonly form: FormState }) => {
  const choices = useChoices(IMAGES);
  const issue = issueOf(form, 'image');
  return (
    <div class="field">
      <label for="run-image">Image</label>
      <IdInput
        id="run-image"
        name="image"
        value={form.asked.image}
        choices={choices}
        placeholder="images/app:1 or alpine:3.20"
        aria-invalid={issue === undefined ? undefined : true}
        aria-describedby={describedBy('run-image', true, issue)}
        onValue={(image) => form.ask({ image })}
      />
      <Notes
        id="run-image"
        issue={issue}
        help="An image in Taskport (recent first), or any registry image such as alpine:3.20."
      />
    </div>
  );
};

const Command = ({ form }: { readonly form: FormState }) => {
  const { command, isList } = form.asked;
  const syntax = isList ? undefined : shellSyntaxOf(command);
  const change = (list: boolean): void => {
    // Keeps the typed command when the user switches between a line and a list.
    try {
      const words = isList ? command.split('\n').filter((line) => line !== '') : wordsOf(command);
      form.ask({ isList: list, command: list ? words.join('\n') : inShell(words) });
    } catch {
      form.ask({ isList: list });
    }
  };
  return (
    <>
      <TextField
        form={form}
        of="command"
        label="Command"
        {...(isList ? { rows: 4 } : {})}
        placeholder={isList ? '/bin/sh\n-c\necho hello' : "/bin/sh -c 'echo hello'"}
        help={
          isList
            ? 'One argument per line. Empty for the command of the image.'
            : "Quotes work as in a shell; $NAME does not: for that, write sh -c '…'. Empty for the command of the image."
        }
      />
      <div role="status">
        {syntax !== undefined && (
          <p class="notice">
            No shell reads this command: the program gets <code>{syntax}</code> as it is. For a shell, write{' '}
            <code>sh -c '…'</code>.
          </p>
        )}
      </div>
      <label class="check">
        <input type="checkbox" checked={isList} onChange={(event) => change(event.currentTarget.checked)} />{' '}
        one argument per line
      </label>
    </>
  );
};

const Restart = ({ form }: { readonly form: FormState }) => (
  <>
    <Choice
      id="run-restart"
      label="Restart"
      value={form.asked.restart}
      options={[
        ['never', 'never'],
        ['on-failure', 'if it failed'],
        ['always', 'always'],
      ]}
      onChoose={(restart) => form.ask({ restart })}
    />
    {form.asked.restart === 'on-failure' && (
      <TextField form={form} of="restarts" label="Restarts at most" placeholder="no limit" />
    )}
  </>
);

const ADVANCED = ['name', 'entrypoint', 'cwd', 'user', 'log'] as const;

/** The folded fields; they unfold for a message. */
const Advanced = ({ form }: { readonly form: FormState }) => {
  const [isOpen, setOpen] = useState(false);
  return (
    <details
      class="group"
      open={isOpen || ADVANCED.some((field) => issueOf(form, field) !== undefined)}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>Advanced</summary>
      <div class="line">
        <TextField form={form} of="name" label="Name" placeholder="generated" />
      </div>
      <TextField
        form={form}
        of="entrypoint"
        label="Entrypoint"
        help="Replaces the entrypoint of the image."
      />
      <div class="line">
        <TextField form={form} of="cwd" label="Working directory" placeholder="/" />
        <TextField form={form} of="user" label="User" placeholder="1000:1000" />
        <TextField form={form} of="log" label="Log" placeholder="logs/main" />
      </div>
    </details>
  );
};

/** All fields of a run; advanced ones are folded. */
export const RunFields = ({
  form,
  executors,
}: {
  readonly form: FormState;
  readonly executors: readonly Location[];
}) => (
  <>
    <section class="card">
      <Image form={form} />
      <Command form={form} />
      {executors.length > 1 && (
        <Choice
          id="run-location"
          label="Where it runs"
          value={form.asked.location}
          options={executors.map(({ name }) => [name])}
          onChoose={(location) => form.ask({ location })}
        />
      )}
    </section>
    <section class="card">
      <Variables form={form} />
      <Volumes form={form} />
    </section>
    <section class="card">
      <div class="line">
        <TextField form={form} of="memory" label="Memory" placeholder="512 MiB" />
        <TextField form={form} of="cpus" label="CPUs" placeholder="0.5" />
        <TextField form={form} of="timeout" label="Time limit" placeholder="10 min" />
        <Restart form={form} />
      </div>
    </section>
    <Advanced form={form} />
  </>
);
