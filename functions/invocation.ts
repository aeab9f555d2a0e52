import { type Fields, type Metrics, tellError, toLine, writeLine } from '../lib/telemetry.ts';

/** The log line of an invocation that ended. */
export interface Account {
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly metrics: readonly Metrics[];
}

interface LambdaContext {
  readonly awsRequestId?: string;
}

type Handler<E, R> = (event: E) => Promise<R>;

/**
 * A handler that logs the result of each invocation in one line. An error is logged with its stack and thrown
 * again, so that Lambda counts a failure.
 */
export const accountFor =
  <E, R>(name: string, handle: Handler<E, R>, account: (event: E, result: R) => Account) =>
  async (event: E, context: LambdaContext = {}): Promise<R> => {
    const startedAt = Date.now();
    const say = (fields: Partial<Fields>, metrics: readonly Metrics[]): void => {
      const shared = { message: name, function: name, requestId: context.awsRequestId };
      writeLine(toLine({ ...shared, milliseconds: Date.now() - startedAt, ...fields }, metrics));
    };
    try {
      const result = await handle(event);
      const { fields, metrics } = account(event, result);
      say({ ...fields }, metrics);
      return result;
    } catch (error) {
      say({ level: 'ERROR', error: tellError(error) }, []);
      throw error;
    }
  };
