import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Acknowledgement, acknowledge, findAcknowledgement } from '../service/acknowledge.ts';
import type { ServiceContext } from '../service/context.ts';
import { FORM_LIMIT_BYTES, readFormValue } from './form-value.ts';
import { LINK_ROUTE, type LinkPage, sendPage } from './link-page.ts';

const FIELD = 'acknowledge';
const CONFIRM = 'yes';

const BROKEN_LINK: LinkPage = {
  status: 404,
  title: 'This link does not work',
  text: 'It may have been cut off on its way. Open the whole link from the message.',
};
const BROKEN_FORM: LinkPage = {
  status: 400,
  title: 'That did not work',
  text: 'Nothing has been confirmed. Open the link from the message again and use the button there.',
};

const PAGES: Readonly<Record<Acknowledgement, LinkPage>> = {
  open: {
    ...{ status: 200, title: 'Confirm this message' },
    text: 'Please confirm that the message with this link has reached you. Until then, you may get it again.',
    button: { label: 'Confirm', name: FIELD, value: CONFIRM },
  },
  acknowledged: {
    ...{ status: 200, title: 'Confirmed' },
    text: 'Thank you. You will not get this message again.',
  },
  cancelled: {
    ...{ status: 410, title: 'No longer needed' },
    text: 'The message has been withdrawn, so there is nothing to confirm any more.',
  },
  gone: {
    ...{ status: 410, title: 'Nothing to confirm' },
    text: 'The message has been deleted, so there is nothing to confirm any more.',
  },
  not_asked: {
    ...{ status: 410, title: 'Nothing to confirm' },
    text: 'This message asks for no confirmation.',
  },
};

/** The page on which a person confirms a message. It needs no key: its token is one that only this service can make. */
export function acknowledgeRoutes(context: ServiceContext): FastifyPluginAsyncTypebox {
  return async (app) => {
    readFormValue(app, FIELD);

    // Programs that look at links in advance come here, so nothing is confirmed.
    app.get('/a/:token', LINK_ROUTE, async ({ params }, reply) =>
      sendPage(reply, pageOf(await findAcknowledgement(context, params.token))),
    );

    app.post('/a/:token', { ...LINK_ROUTE, bodyLimit: FORM_LIMIT_BYTES }, async ({ params, body }, reply) =>
      sendPage(reply, body === CONFIRM ? pageOf(await acknowledge(context, params.token)) : BROKEN_FORM),
    );
  };
}

function pageOf(acknowledgement: Acknowledgement | null): LinkPage {
  return acknowledgement === null ? BROKEN_LINK : PAGES[acknowledgement];
}
