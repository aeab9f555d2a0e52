import { inOrder, type Order } from '../in-order.ts';
import type { Location } from './location.ts';

const order: Order<Location> = {
  name: true,
  kind: true,
  type: true,
  policy: true,
  nfs: { server: true, path: true },
  capacity: true,
  indexed: true,
  grants: { principal: true, actions: true },
  owner: true,
  allow: { capabilities: true, networks: true, logs: true, secrets: true, nfs: true },
  state: true,
  revision: true,
  createdAt: true,
  createdBy: true,
  modifiedAt: true,
  modifiedBy: true,
};

/** A location as the API shows it. */
export const presentLocation = (location: Location): Location => inOrder(order, location);
