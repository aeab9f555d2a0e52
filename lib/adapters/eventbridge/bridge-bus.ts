import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { BusMessage, EventBus } from '../../event/event-bus.ts';
import { EVENT_SOURCE } from '../../event/source.ts';
import { requestsOf } from './put-size.ts';

/** The client of the bus; endpoint, region and credentials come from the environment. */
export const createEventBridgeClient = (): EventBridgeClient => new EventBridgeClient({});

/** An EventBridge bus. */
export class BridgeBus implements EventBus {
  readonly #client: EventBridgeClient;
  readonly #name: string;

  constructor(client: EventBridgeClient, name: string) {
    this.#client = client;
    this.#name = name;
  }

  async put(events: readonly BusMessage[]): Promise<readonly boolean[]> {
    const requests = requestsOf(
      events.map(({ detailType, detail, ...event }) => ({
        EventBusName: this.#name,
        Source: 'source' in event ? event.source : EVENT_SOURCE,
        DetailType: detailType,
        Detail: JSON.stringify(detail),
        Resources: [detail.id],
        Time: new Date(detail.at),
      })),
    );
    const answers = await Promise.allSettled(
      requests.map((Entries) => this.#client.send(new PutEventsCommand({ Entries }))),
    );
    const [first] = answers;
    if (first?.status === 'rejected' && answers.every(({ status }) => status === 'rejected'))
      throw first.reason;
    return requests.flatMap((entries, at) => {
      const answer = answers[at];
      const taken = answer?.status === 'fulfilled' ? answer.value.Entries : undefined;
      return entries.map((_, nth) => taken?.[nth]?.EventId !== undefined);
    });
  }
}
