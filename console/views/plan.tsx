import { useState } from 'preact/hooks';
import { type Target, targetNames, targetTitles } from '../../lib/composition/plan/target.ts';
import type { Plan } from '../../lib/composition/plan/targets.ts';
import { api } from '../api.ts';
import { Choice } from '../parts/choice.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';

/** The plan of an executor's composition for a target, or all reasons why the target cannot run it. */
export const PlanForm = ({ executorId }: { readonly executorId: string }) => {
  const [target, setTarget] = useState<Target>('oci');
  const [plan, setPlan] = useState<Plan>();
  const [error, setError] = useState<unknown>();
  const show = async (event: Event): Promise<void> => {
    event.preventDefault();
    setPlan(undefined);
    setError(undefined);
    try {
      const { handle } = await api.compositions.open(executorId);
      setPlan(await api.compositions.plan(handle, target));
    } catch (thrown) {
      setError(thrown);
    }
  };
  return (
    <>
      <p class="help">What the engine is asked to run.</p>
      <form class="filters" onSubmit={show}>
        <Choice
          id="plan-target"
          label="Target"
          value={target}
          options={targetNames.map((name) => [name, targetTitles[name]])}
          onChoose={setTarget}
        />
        <button type="submit" class="quiet">
          Show plan
        </button>
      </form>
      <ProblemNotice error={error} takesFocus />
      {plan && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keyboard users scroll it.
        <pre class="wide" role="region" aria-label="The plan" tabIndex={0}>
          {JSON.stringify(plan, null, 2)}
        </pre>
      )}
    </>
  );
};
