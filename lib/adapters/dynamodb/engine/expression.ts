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

/** One write of a transaction, or a condition that it only checks. */
export type Write =
  | { readonly check: RowKey; readonly condition: Expression }
  | { readonly put: Item; readonly condition?: Expression }
  | { readonly update: RowKey; readonly set: Expression; readonly condition?: Expression }
  | { readonly remove: RowKey; readonly condition?: Expression };

/** The SDK takes a map with a key `constructor` for an instance of a class. */
export const toAttributes = (item: Item) =>
  marshall(item, { removeUndefinedValues: true, convertClassInstanceToMap: true });

/** Names and values of expressions in the form of a command's parameters. */
export const parameters = (...expressions: (Expression | undefined)[]) => {
  const names = Object.assign({}, ...expressions.map((expression) => expression?.names));
  const values = Object.assign({}, ...expressions.map((expression) => expression?.values));
  return defined({
    ExpressionAttributeNames: Object.keys(names).length > 0 ? (names as Record<string, string>) : undefined,
    ExpressionAttributeValues: Object.keys(values).length > 0 ? toAttributes(values as Item) : undefined,
  });
};

/** A condition in the form of a command's parameters. */
export const conditional = (condition: Expression | undefined) =>
  condition ? { ConditionExpression: condition.expression } : {};

/** A write in the form of a transaction's item. The answer includes the row that fails its condition. */
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
