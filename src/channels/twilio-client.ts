import twilio from 'twilio';
import type RequestClient from 'twilio/lib/base/RequestClient.js';
import type response from 'twilio/lib/http/response.js';
import { answerFailure, connectionFailure } from './twilio-failures.ts';

export interface TwilioOptions {
  readonly accountSid: string;
  readonly authToken: string;
  /** Takes the place of `https://api.twilio.com`; null for the real Twilio. */
  readonly baseUrl: string | null;
  /** Longest wait for one answer. */
  readonly timeoutSeconds: number;
}

export interface TwilioClient {
  /** Every call either gives what Twilio answered or throws a `DeliveryFailure`, never an error of the HTTP client. */
  readonly messages: twilio.Twilio['messages'];
  /** All else that Twilio offers, in the same way. */
  readonly sdk: twilio.Twilio;
  close(): void;
}

/** Opens no connection before the first call. */
export function createTwilioClient(options: TwilioOptions): TwilioClient {
  const httpClient = new GuardedRequestClient(options);
  // Empty, not undefined: otherwise TWILIO_EDGE and TWILIO_REGION of the environment would change the host.
  const client = twilio(options.accountSid, options.authToken, { httpClient, edge: '', region: '' });
  return { messages: client.messages, sdk: client, close: () => httpClient.close() };
}

class GuardedRequestClient extends twilio.RequestClient {
  readonly #baseUrl: string | null;

  constructor({ baseUrl, timeoutSeconds }: TwilioOptions) {
    super({ timeout: timeoutSeconds * 1000, autoRetry: false });
    this.#baseUrl = baseUrl?.replace(/\/+$/, '') ?? null;
  }

  override async request<T>(options: RequestClient.RequestOptions<T>): Promise<response.default<T>> {
    const answer = await super.request({ ...options, uri: this.#redirect(options.uri) }).catch((error: unknown) => {
      throw connectionFailure(error);
    });
    if (answer.statusCode < 200 || answer.statusCode > 299) {
      throw answerFailure(answer.statusCode, answer.body, answer.headers?.['retry-after']);
    }
    return answer;
  }

  close(): void {
    this.axios.defaults.httpsAgent?.destroy();
  }

  #redirect(uri: string): string {
    if (this.#baseUrl === null) return uri;
    const { pathname, search } = new URL(uri);
    return this.#baseUrl + pathname + search;
  }
}
