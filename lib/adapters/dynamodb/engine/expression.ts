import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { defined } from '../../../defined.ts';

/** A row, or what stands for its values. */
export type Item = Record<string, unknown>;

/** The key of a row. */
export interface RowKey {
  readonly pk: string;
  readonly sk: string;
}

/** A condition or key condition with its names and values. */
export interface Expression {
  readonly expression: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, unknown>>;
}

/** One write of a transaction, or what it only requires of a row. */
export type Write =
  | { readonly check: RowKey; readonly condition: Expression }
  | { readonly put: Item; readonly condition?: Expression }
  | { readonly update: RowKey; readonly set: Expression; readonly condition?: Expression }
  | { readonly remove: RowKey; readonly condition?: Expression };

/** A map may have a key `constructor`: the SDK then takes it for an instance of some class. */
export const toAttributes = (item: Item) =>
  marshall(item, { removeUndefinedValues: true, convertClassInstanceToMap: true });

/** Names and values of expressions as a command takes them. */
export const parameters = (...expressions: (Expression | undefined)[]) => {
  const names = Object.assign({}, ...expressions.map((expression) => expression?.names));
  const values = Object.assign({}, ...expressions.map((expression) => expression?.values));
  return defined({
    ExpressionAttributeNames: Object.keys(names).length > 0 ? (names as Record<string, string>) : undefined,
    ExpressionAttributeValues: Object.keys(values).length > 0 ? toAttributes(values as Item) : undefined,
  });
};

/** A condition as a command takes it. */
export const conditional = (condition: Expression | undefined) =>
  condition ? { ConditionExpression: condition.expression } : {};

/** A write as a transaction takes it; the row in its way is asked for. */
export const toTransactItem = (tableName: string, write: Write): TransactWriteItem => {
  const condition = write.condition;
  const shared = {
    TableName: tableName,
    ...conditional(condition),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  };
  if ('check' in write) {
    const { condition: required } = write;
    const check = { ConditionExpression: required.expression, Key: toAttributes({ ...write.check }) };
    return { ConditionCheck: { ...shared, ...check, ...parameters(required) } };
  }
  if ('put' in write) return { Put: { ...shared, Item: toAttributes(write.put), ...parameters(condition) } };
  if ('remove' in write) {
    return { Delete: { ...shared, Key: toAttributes({ ...write.remove }), ...parameters(condition) } };
  }
  return {
    Update: {
      ...shared,
      Key: toAttributes({ ...write.update }),
      UpdateExpression: write.set.expression,
      ...parameters(write.set, condition),
    },
  };
};
