import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { defined } from '../../defined.ts';
import type { Change, Image } from '../../event/change.ts';

/** A record of the table's stream in the shape that Lambda delivers; binary values are base64 there. */
export interface StreamRecord {
  readonly eventID?: string | undefined;
  readonly dynamodb?:
    | {
        readonly SequenceNumber?: string | undefined;
        readonly OldImage?: Record<string, unknown> | undefined;
        readonly NewImage?: Record<string, unknown> | undefined;
      }
    | undefined;
}

/** The part of a row that events are made of. */
export const toImage = ({ spec, composition, ...row }: Readonly<Record<string, unknown>>): Image => {
  return {
    ...row,
    ...defined({
      spec: spec === undefined ? undefined : JSON.parse(spec as string),
      composition: composition === undefined ? undefined : JSON.parse(composition as string),
    }),
  } as Image;
};

const fromAttributes = (image: Record<string, unknown>) =>
  unmarshall(image as Record<string, AttributeValue>);

/** The change that a record of the stream describes. */
export const toChange = ({ eventID = '', dynamodb }: StreamRecord): Change =>
  defined({
    id: eventID,
    before: dynamodb?.OldImage && toImage(fromAttributes(dynamodb.OldImage)),
    after: dynamodb?.NewImage && toImage(fromAttributes(dynamodb.NewImage)),
  });
