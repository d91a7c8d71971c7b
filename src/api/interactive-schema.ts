import { Type } from 'typebox';
import { MAX_QUICK_REPLIES } from '../domain/interactive.ts';

const closed = { additionalProperties: false };
const Title = (maxLength: number) => Type.String({ minLength: 1, maxLength });
const ReplyId = Type.String({ minLength: 1, maxLength: 200, description: 'Comes back with the reply' });

/**
 * What a person can tap on below a WhatsApp message; the limits are those of Twilio's Content API
 * (https://www.twilio.com/docs/content/content-types-overview and the page of each type).
 */
export const Interactive = Type.Union(
  [
    Type.Object(
      {
        type: Type.Literal('quick_reply'),
        actions: Type.Array(Type.Object({ id: ReplyId, title: Title(20) }, closed), {
          minItems: 1,
          maxItems: MAX_QUICK_REPLIES,
        }),
      },
      closed,
    ),
    Type.Object(
      {
        type: Type.Literal('list'),
        button: Title(20),
        items: Type.Array(
          Type.Object({ id: ReplyId, title: Title(24), description: Type.Optional(Title(72)) }, closed),
          { minItems: 1, maxItems: 10 },
        ),
      },
      closed,
    ),
    Type.Object(
      {
        type: Type.Literal('call_to_action'),
        actions: Type.Array(
          Type.Union([
            Type.Object({ type: Type.Literal('url'), title: Title(25), url: Type.String({ maxLength: 2000 }) }, closed),
            Type.Object(
              { type: Type.Literal('phone'), title: Title(25), phone: Type.String({ maxLength: 50 }) },
              closed,
            ),
          ]),
          { minItems: 1, maxItems: 2 },
        ),
      },
      closed,
    ),
  ],
  { description: 'WhatsApp only: quick replies, a list or calls to action' },
);
