import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ServiceContext } from '../service/context.ts';
import { type TrackedAct, track } from '../service/track.ts';
import { findSubscription, resubscribe, type Subscription, unsubscribe } from '../service/unsubscribe.ts';
import { FORM_LIMIT_BYTES, readFormValue } from './form-value.ts';
import { LINK_ROUTE, type LinkPage, sendPage } from './link-page.ts';

const ONE_CLICK = 'One-Click';
const UNDO = 'Undo';
/** The field that mail programs post (RFC 8058, section 3.1). */
const FIELD = 'List-Unsubscribe';

/** The smallest image there is: transparent, one pixel (GIF89a). */
const PIXEL = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAEALAAAAAABAAEAAAICTAEAOw==', 'base64');
const PRIVATE = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'x-robots-tag': 'noindex, nofollow' };

const BROKEN_LINK: LinkPage = {
  status: 404,
  title: 'This link does not work',
  text: 'It may have been cut off on its way. Open the whole link from the email.',
};
const BROKEN_FORM: LinkPage = {
  status: 400,
  title: 'That did not work',
  text: 'Nothing has been changed. Open the link from the email again and use the button there.',
};

/** What the links in mails lead to. They need no key: each carries a token that only this service can make. */
export function linkRoutes(context: ServiceContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    readFormValue(app, FIELD);

    // Programs that look at links in advance come here, so nothing is changed (RFC 8058, section 1).
    app.get('/u/:token', LINK_ROUTE, async ({ params }, reply) =>
      sendPage(reply, subscriptionPage(await findSubscription(context, params.token))),
    );

    app.post('/u/:token', { ...LINK_ROUTE, bodyLimit: FORM_LIMIT_BYTES }, async ({ params, body }, reply) => {
      if (body === ONE_CLICK) return sendPage(reply, subscriptionPage(await unsubscribe(context, params.token)));
      if (body === UNDO) return sendPage(reply, subscriptionPage(await resubscribe(context, params.token)));
      return sendPage(reply, BROKEN_FORM);
    });

    // The answer is the same whatever the token, so that nobody can try out tokens here.
    app.get('/t/o/:token', LINK_ROUTE, async (request, reply) => {
      const opened = context.links.read('open', request.params.token);
      reply.headers(PRIVATE).type('image/gif').send(PIXEL);
      if (opened !== null) await trackVisit(context, request, { act: 'opened', ...opened });
      return reply;
    });

    app.get('/t/c/:token', LINK_ROUTE, async (request, reply) => {
      const clicked = context.links.read('click', request.params.token);
      if (clicked === null) return sendPage(reply, BROKEN_LINK);
      redirect(reply, clicked.url);
      await trackVisit(context, request, { act: 'clicked', ...clicked });
      return reply;
    });
  };
}

function subscriptionPage(subscription: Subscription | null): LinkPage {
  if (subscription === null) return BROKEN_LINK;
  switch (subscription.state) {
    case 'subscribed':
      return {
        ...{ status: 200, title: 'Unsubscribe', named: inPlainWords(subscription.category) },
        text: 'You get {} from us. Do you want to stop them? Other messages are not affected.',
        button: { label: 'Unsubscribe', name: FIELD, value: ONE_CLICK },
      };
    case 'unsubscribed':
      return {
        ...{ status: 200, title: 'You are unsubscribed', named: inPlainWords(subscription.category) },
        text: 'You will not get {} from us any more.',
        ...(subscription.canUndo && { button: { label: 'Subscribe again', name: FIELD, value: UNDO } }),
      };
    case 'unknown':
      return {
        ...{ status: 200, title: 'Nothing to unsubscribe from' },
        text: 'What we knew of you has been deleted, and you are on none of our lists.',
      };
    default:
      return subscription satisfies never;
  }
}

function inPlainWords(category: string): string {
  if (category === 'transactional') return 'service emails, such as confirmations and receipts,';
  return `${category.replaceAll(/[_-]+/g, ' ')} emails`;
}

/** Temporary, and never kept: a link that is followed again is to be seen again. */
function redirect(reply: FastifyReply, url: string): void {
  reply
    .code(302)
    .headers({ ...PRIVATE, location: url })
    .send();
}

/** After the answer, which nobody waits for; not where the visitor wants no trace, and not for a look in advance. */
async function trackVisit(context: ServiceContext, request: FastifyRequest, act: TrackedAct): Promise<void> {
  const { headers, method } = request;
  // Global Privacy Control, and its predecessor Tracking Preference Expression.
  const isRefused = headers['sec-gpc'] === '1' || headers.dnt === '1';
  const isPrefetch = String(headers['sec-purpose'] ?? headers.purpose ?? '').includes('prefetch');
  if (method === 'GET' && !isRefused && !isPrefetch) await track(context, act);
}
