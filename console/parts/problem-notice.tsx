import { useEffect, useRef } from 'preact/hooks';
import { ProblemError } from '../../client/problem-error.ts';
import { links } from '../route.ts';
import { Prose } from './prose.tsx';
import { SaveThere } from './save-there.tsx';

/** A gateway in front of the API sends problems without a code; their status gives the meaning. */
const hintOf = (error: unknown): string | undefined => {
  if (!(error instanceof ProblemError) || error.code !== undefined) return undefined;
  if (error.status === 401) return 'This deployment asks for a token: set one by the button “Token” above.';
  if (error.status !== 403) return undefined;
  return 'This deployment asks for requests signed with AWS credentials, and a page cannot sign. Use `npx taskport` with TASKPORT_AUTH=iam, or deploy with jwtIssuer and jwtAudience and set a token here.';
};

interface ReferenceJson {
  readonly id: string;
  readonly kind: string;
}

const listOf = (value: unknown): readonly Record<string, unknown>[] => (Array.isArray(value) ? value : []);

/** The elements that a problem names: references to this one, or the executor that has it. */
const referencesOf = (error: unknown): readonly ReferenceJson[] => {
  if (!(error instanceof ProblemError)) return [];
  const { references, executorId } = error.problem;
  return [
    ...(listOf(references) as unknown as readonly ReferenceJson[]),
    ...(typeof executorId === 'string' ? [{ id: executorId, kind: 'has it' }] : []),
  ];
};

/** The executor that has the volume for writing, of a refusal for that reason. */
const holderOf = (error: unknown): string | undefined => {
  if (!(error instanceof ProblemError) || error.code !== 'volume-attached') return undefined;
  const { executorId } = error.problem;
  return typeof executorId === 'string' ? executorId : undefined;
};

/** Further details of a problem, in lines. */
const membersOf = (error: unknown): string[] => {
  if (!(error instanceof ProblemError)) return [];
  const { issues, entries, reasons, hidden, requestId } = error.problem;
  return [
    // The detail already contains a single issue.
    ...(listOf(issues).length > 1 ? listOf(issues) : []).map(({ path, message }) => `${path}: ${message}`),
    ...listOf(entries).map(({ key, reason }) => `${key}: ${reason}`),
    ...listOf(reasons).map(({ path, message }) => `${path}: ${message}`),
    ...(typeof hidden === 'number' && hidden > 0 ? [`${hidden} more that you may not read`] : []),
    // With the request ID, operators find the cause of a server error; a refusal needs none.
    ...(requestId === undefined || error.status < 500 ? [] : [`Request ${requestId}`]),
  ];
};

export const codeOf = (error: unknown): string => {
  if (error instanceof ProblemError) return error.code ?? `status ${error.status}`;
  return error instanceof Error ? error.name : 'error';
};

/** An error: its code, its meaning here, and a remedy. After the submit of a form, it takes the focus. */
export const ProblemNotice = ({
  error,
  takesFocus = false,
}: {
  readonly error: unknown;
  readonly takesFocus?: boolean;
}) => {
  const notice = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (takesFocus && error !== undefined) notice.current?.focus();
  }, [error, takesFocus]);
  if (error === undefined) return null;
  const detail = error instanceof ProblemError ? error.detail : (error as Error).message;
  const hint = hintOf(error);
  const references = referencesOf(error);
  const members = membersOf(error);
  const holder = holderOf(error);
  return (
    <div class="problem" role="alert" tabIndex={-1} ref={notice}>
      <p>
        <strong>{codeOf(error)}</strong> <Prose text={detail} />
      </p>
      {hint && (
        <p>
          <Prose text={hint} />
        </p>
      )}
      {references.length > 0 && (
        <ul>
          {references.map(({ id, kind }) => (
            <li key={id}>
              <a href={links.element(id)}>{id}</a> ({kind})
            </li>
          ))}
        </ul>
      )}
      {holder !== undefined && <SaveThere executorId={holder} />}
      {members.length > 0 && (
        <ul>
          {members.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
    </div>
  );
};
