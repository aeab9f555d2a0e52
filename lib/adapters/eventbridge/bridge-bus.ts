import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { BusMessage, EventBus } from '../../event/event-bus.ts';
import { EVENT_SOURCE } from '../../event/source.ts';

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
    const command = new PutEventsCommand({
      Entries: events.map(({ detailType, detail, ...event }) => ({
        EventBusName: this.#name,
        Source: 'source' in event ? event.source : EVENT_SOURCE,
        DetailType: detailType,
        Detail: JSON.stringify(detail),
        Resources: [detail.id],
        Time: new Date(detail.at),
      })),
    });
    const { Entries = [] } = await this.#client.send(command);
    return events.map((_, at) => Entries[at]?.EventId !== undefined);
  }
}
