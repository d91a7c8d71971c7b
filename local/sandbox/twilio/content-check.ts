import { isObject } from '../http-server.ts';
import type { ContentDefinition } from './contents.ts';

/** What each type must have: https://www.twilio.com/docs/content/content-types-overview. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  'twilio/text': ['body'],
  'twilio/media': ['media'],
  'twilio/location': ['latitude', 'longitude'],
  'twilio/list-picker': ['body', 'button', 'items'],
  'twilio/call-to-action': ['body', 'actions'],
  'twilio/quick-reply': ['body', 'actions'],
  'twilio/card': ['title'],
  'twilio/catalog': ['body'],
  'twilio/carousel': ['body', 'cards'],
  'twilio/flows': ['body', 'button_text'],
  'twilio/schedule': ['id', 'title', 'timeSlots'],
  'whatsapp/card': ['body'],
  'whatsapp/authentication': ['actions'],
  'whatsapp/flows': ['body', 'button_text'],
};

/** Most entries of a list within a type (the same page). */
const MOST: Readonly<Record<string, number>> = { actions: 10, items: 10, cards: 10, media: 10 };
/** Most characters of a `twilio/text`, and of what has buttons or a list (the same page). */
const TEXT_LIMIT = 1600;
const INTERACTIVE_LIMIT = 1024;
/** Most characters of a placeholder's name, and most placeholders (https://www.twilio.com/docs/content/using-variables-with-content-api). */
const VARIABLE_NAME = /^[A-Za-z0-9]{1,16}$/;
const MAX_VARIABLES = 100;

/** The content in a JSON body of the Content API, or null where there is a fault in it. */
export function readDefinition(body: Record<string, unknown>): ContentDefinition | null {
  const { friendly_name: friendlyName = null, language, variables = {}, types } = body;
  if (typeof language !== 'string' || language === '' || !isObject(variables) || !isObject(types)) return null;
  if (friendlyName !== null && typeof friendlyName !== 'string') return null;
  if (!areVariables(variables) || Object.keys(types).length === 0) return null;
  return areTypes(types) ? { friendlyName, language, variables, types } : null;
}

function areVariables(variables: Record<string, unknown>): variables is Record<string, string> {
  const entries = Object.entries(variables);
  return (
    entries.length <= MAX_VARIABLES &&
    entries.every(([name, value]) => VARIABLE_NAME.test(name) && typeof value === 'string')
  );
}

function areTypes(types: Record<string, unknown>): types is Record<string, Record<string, unknown>> {
  return Object.entries(types).every(([name, type]) => isObject(type) && isType(name, type));
}

function isType(name: string, type: Record<string, unknown>): boolean {
  const required = REQUIRED[name];
  if (required === undefined || !required.every((property) => isGiven(type[property]))) return false;
  const fits = Object.entries(MOST).every(([property, most]) => {
    const list = type[property];
    return !Array.isArray(list) || (list.length > 0 && list.length <= most);
  });
  const { body } = type;
  const limit = name === 'twilio/text' ? TEXT_LIMIT : INTERACTIVE_LIMIT;
  return fits && (typeof body !== 'string' || body.length <= limit);
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}
