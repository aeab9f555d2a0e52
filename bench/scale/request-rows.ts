import type { AttributeValue } from '@aws-sdk/client-dynamodb';

type Key = Record<string, AttributeValue>;

/** A row named in a request. */
export interface NamedRow {
  readonly TableName: string;
  readonly Key?: Key;
  readonly Item?: Key;
}

/** The members of a DynamoDB request that tell its partitions. */
export interface Request extends NamedRow {
  readonly IndexName?: string;
  readonly ConsistentRead?: boolean;
  readonly KeyConditionExpression?: string;
  readonly ExpressionAttributeValues?: Key;
  readonly RequestItems?: Readonly<Record<string, { readonly Keys: readonly Key[] }>>;
  readonly TransactItems?: readonly Readonly<Record<string, NamedRow>>[];
}

export const keyOf = ({ Key, Item }: NamedRow): Key => {
  const { pk, sk } = (Key ?? Item) as { pk: AttributeValue; sk: AttributeValue };
  return { pk, sk };
};

export const partitionOf = (row: NamedRow): string => keyOf(row).pk?.S ?? '';

/** The partition that a query reads. */
export const queriedPartition = ({
  KeyConditionExpression = '',
  ExpressionAttributeValues,
}: Request): string => {
  const [, value = ''] = /= (:\w+)/.exec(KeyConditionExpression) ?? [];
  return ExpressionAttributeValues?.[value]?.S ?? '';
};

/** The rows that a request writes, or checks in a transaction. */
export const rowsWritten = (operation: string, request: Request): readonly NamedRow[] => {
  if (operation === 'TransactWriteItems') return (request.TransactItems ?? []).flatMap(Object.values);
  return /^(Put|Update|Delete)Item$/.test(operation) ? [request] : [];
};

/** The rows that a request reads by their keys. */
export const rowsRead = (operation: string, request: Request): readonly NamedRow[] => {
  if (operation === 'TransactGetItems') return (request.TransactItems ?? []).flatMap(Object.values);
  if (operation === 'BatchGetItem')
    return Object.entries(request.RequestItems ?? {}).flatMap(([TableName, { Keys }]) =>
      Keys.map((Key) => ({ TableName, Key })),
    );
  return operation === 'GetItem' ? [request] : [];
};

/** Factor of a transaction: it takes two units of a row where another request takes one. */
export const timesIn = (operation: string): number => (operation.startsWith('Transact') ? 2 : 1);
