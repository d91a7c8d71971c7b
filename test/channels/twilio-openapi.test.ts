import { describe, expect, onTestFinished, test } from 'vitest';
import type { ChannelAdapter, OutgoingMessage } from '../../src/channels/channel.ts';
import { createSmsChannel } from '../../src/channels/sms.ts';
import { createTwilioBills } from '../../src/channels/twilio-bills.ts';
import type { TwilioChannelOptions } from '../../src/channels/twilio-channel.ts';
import type { TwilioOptions } from '../../src/channels/twilio-client.ts';
import { checkTwilioSetup } from '../../src/channels/twilio-setup.ts';
import { createWhatsappChannel } from '../../src/channels/whatsapp.ts';
import { createWhatsappApprovals } from '../../src/channels/whatsapp-approvals.ts';
import type { Interactive } from '../../src/domain/interactive.ts';
import { outgoingMessage } from './outgoing-message.ts';
import { type RecordedRequest, recordRequests } from './recorded-requests.ts';
import { faultsOf, hasDescriptions } from './twilio-description.ts';

const ZEROS = '0'.repeat(32);
const NUMBER = '+15005550006';
const SENDERS = { service: `MG${ZEROS}`, name: 'Keryu' };
const [MESSAGES, CONTENTS, SERVICES] = ['twilio_api_v2010.json', 'twilio_content_v1.json', 'twilio_messaging_v1.json'];

/** Says enough to everybody who asks. */
const ANSWER = { sid: `HX${ZEROS}`, messages: [], status: 'active', type: 'Full', incoming_phone_numbers: [] };

type Create = (options: TwilioChannelOptions) => ChannelAdapter;

const createTexts: Create = (options) => createSmsChannel({ ...options, validitySeconds: 600 });
const createWhatsapp: Create = (options) =>
  createWhatsappChannel({
    ...options,
    contents: { find: async () => null, keep: async () => undefined, forget: async () => undefined },
    allowPrivateMedia: true,
  });

/** The requests that something makes. */
async function requestsOf(act: (twilio: TwilioOptions) => Promise<unknown>): Promise<RecordedRequest[]> {
  const { baseUrl, requests } = await recordRequests(ANSWER, 200);
  await act({ accountSid: `AC${ZEROS}`, authToken: 'secret', baseUrl, timeoutSeconds: 1 });
  return requests;
}

/** What is wrong with the one request that something makes. */
async function faultsOfOne(act: (twilio: TwilioOptions) => Promise<unknown>, file = MESSAGES): Promise<string[]> {
  const requests = await requestsOf(act);
  expect(requests).toHaveLength(1);
  return requests.flatMap((request) => faultsOf(request, file));
}

function adapter(create: Create, twilio: TwilioOptions): ChannelAdapter {
  const channel = create({ twilio, from: NUMBER, senders: SENDERS, publicUrl: 'https://messages.example.com' });
  onTestFinished(() => channel.close());
  return channel;
}

function message(parts: Partial<Parameters<typeof outgoingMessage>[0]> = {}): OutgoingMessage {
  return outgoingMessage({ to: '+4915112345678', ...parts });
}

describe.runIf(hasDescriptions)('by the description that Twilio publishes', () => {
  test.each([
    ['from a number', createTexts, {}],
    ['from a Messaging Service', createTexts, { sender: 'service' }],
    ['from a name', createTexts, { sender: 'name' }],
    ['that is soon of no use', createTexts, { expiresAt: new Date(Date.now() + 60_000) }],
    ['by WhatsApp', createWhatsapp, {}],
    ['by WhatsApp from a Messaging Service', createWhatsapp, { sender: 'service' }],
    ['by WhatsApp with media', createWhatsapp, { content: { mediaUrl: 'https://127.0.0.1:9/a.png' } }],
    [
      'by WhatsApp from an approved template',
      createWhatsapp,
      { content: { contentSid: `HX${ZEROS}`, contentVariables: { '1': 'Ada' } } },
    ],
  ])('a message %s is well asked for', async (_what, create, parts) => {
    expect(await faultsOfOne((twilio) => adapter(create, twilio).send(message(parts)))).toEqual([]);
  });

  test.each<Interactive>([
    { type: 'quick_reply', actions: [{ id: 'yes', title: 'Yes' }] },
    { type: 'list', button: 'Choose', items: [{ id: 'one', title: 'One', description: 'The first' }] },
    {
      type: 'call_to_action',
      actions: [
        { type: 'url', title: 'Open', url: 'https://example.com' },
        { type: 'phone', title: 'Call', phone: NUMBER },
      ],
    },
  ])('a content of the type $type, and the message with it, are well asked for', async (interactive) => {
    const [content, sent] = await requestsOf((twilio) =>
      adapter(createWhatsapp, twilio).send(message({ content: { interactive } })),
    );
    expect(faultsOf(content as RecordedRequest, CONTENTS)).toEqual([]);
    expect(faultsOf(sent as RecordedRequest, MESSAGES)).toEqual([]);
  });

  test.each([
    ['texts', createTexts],
    ['WhatsApp messages', createWhatsapp],
  ])('a list of %s is well asked for', async (_what, create) => {
    expect(await faultsOfOne((twilio) => adapter(create, twilio).findAccepted(message(), new Date()))).toEqual([]);
  });

  test('a bill is well asked for', async () => {
    const asking = async (twilio: TwilioOptions) => {
      const bills = createTwilioBills(twilio);
      onTestFinished(() => bills.close());
      await bills.fetchBill(`SM${ZEROS}`);
    };
    expect(await faultsOfOne(asking)).toEqual([]);
  });

  test('an approval is well asked for', async () => {
    const asking = async (twilio: TwilioOptions) => {
      const approvals = createWhatsappApprovals(twilio);
      onTestFinished(() => approvals.close());
      await approvals.fetchApproval(`HX${ZEROS}`);
    };
    expect(await faultsOfOne(asking, CONTENTS)).toEqual([]);
  });

  test('account, numbers and Messaging Services are well asked for', async () => {
    const requests = await requestsOf((twilio) =>
      checkTwilioSetup({ channel: 'sms', twilio, senders: [NUMBER, SENDERS.service] }),
    );
    const faults = requests.map((request) =>
      faultsOf(request, request.url.pathname.startsWith('/v1/Services/') ? SERVICES : MESSAGES),
    );
    expect(faults).toEqual([[], [], []]);
  });

  test.each([
    ['a parameter that is not known', 'POST', 'Messages.json', 'To=1&Colour=red', ['Colour is unknown']],
    ['a value of another type', 'POST', 'Messages.json', 'To=1&ValidityPeriod=soon', ['ValidityPeriod does not fit']],
    ['a value of another shape', 'POST', 'Messages.json', 'To=1&ContentSid=SM1', ['ContentSid does not fit']],
    ['a value given twice', 'POST', 'Messages.json', 'To=1&Body=a&Body=b', ['Body is repeated', 'Body is repeated']],
    ['a value that is missing', 'POST', 'Messages.json', 'Body=a', ['To is missing']],
    ['another method', 'PUT', 'Messages.json', '', ['there is no PUT /2010-04-01/Accounts/{AccountSid}/Messages.json']],
    ['an id of another kind', 'GET', `Messages/XX${ZEROS}.json`, '', ['Sid does not fit']],
  ])('%s would be noticed', (_what, method, path, form, faults) => {
    const url = new URL(`http://127.0.0.1/2010-04-01/Accounts/AC${ZEROS}/${path}`);
    expect(faultsOf({ method, url, form: new URLSearchParams(form) }, MESSAGES)).toEqual(faults);
  });
});
