import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { commandPatience, namingHost } from '../asked-host.ts';

/** Seconds that one request waits for messages, the most that SQS does. */
const WAIT_SECONDS = 20;
const MAX_MESSAGES = 10;

/** The JSON of a message; its text if it is no JSON. */
const read = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
};

/**
 * The messages of a queue until the signal aborts: events that a rule of the bus sends there (`EventSubscription`),
 * and any others. Deletes a message when the consumer asks for the next one; SQS sends an unhandled message again.
 * Endpoint, region and credentials come from the environment. Throws `UnreachableError`, and the errors of AWS.
 */
export const queuedEvents = async function* (
  queueUrl: string,
  signal: AbortSignal,
): AsyncGenerator<unknown, void> {
  const client = namingHost(new SQSClient(commandPatience((WAIT_SECONDS + 10) * 1_000)));
  try {
    while (!signal.aborted) {
      const receive = new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        WaitTimeSeconds: WAIT_SECONDS,
        MaxNumberOfMessages: MAX_MESSAGES,
      });
      const { Messages = [] } = await client.send(receive, { abortSignal: signal });
      for (const { Body = '', ReceiptHandle } of Messages) {
        yield read(Body);
        await client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    client.destroy();
  }
};
