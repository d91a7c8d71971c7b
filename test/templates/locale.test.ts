import { describe, expect, it } from 'vitest';
import { chooseVariant, localeChain } from '../../src/templates/locale.ts';
import { renderEmail } from './render-email.ts';

describe('the languages to look for', () => {
  it.each([
    ['pt-BR', ['pt-BR', 'pt']],
    ['de', ['de']],
    ['zh-Hant-TW', ['zh-Hant-TW', 'zh-Hant']],
    ['zh-Hans-CN', ['zh-Hans-CN', 'zh-Hans', 'zh']],
    ['zh-TW', ['zh-TW']],
    ['zh-CN', ['zh-CN', 'zh']],
    ['sr-Latn-RS', ['sr-Latn-RS', 'sr-Latn']],
    ['EN-us', ['en-US', 'en']],
    ['de-DE-u-co-phonebk', ['de-DE', 'de']],
    ['pt_BR', []],
    ['', []],
  ])('for %s are its shorter forms in the same script', (tag, chain) => {
    expect(localeChain(tag)).toEqual(chain);
  });
});

describe('the variant for a person', () => {
  it.each([
    ['pt-BR', ['pt', 'pt-BR'], 'pt-BR'],
    ['pt-BR', ['en', 'pt'], 'pt'],
    ['pt-BR', ['PT-br'], 'PT-br'],
    ['zh-TW', ['zh', 'zh-Hant'], 'zh-Hant'],
    ['zh-CN', ['zh-Hant', 'zh-Hans'], 'zh-Hans'],
    ['pt', ['pt-BR'], null],
    ['en-GB', ['en-US'], null],
    ['sr-Latn', ['sr'], null],
    ['de', ['not a tag', 'fr'], null],
    ['no tag', ['de'], null],
  ])('of %s among %j is %j', (wanted, available, chosen) => {
    expect(chooseVariant(available, wanted)).toBe(chosen);
  });
});

describe('a template in several languages', () => {
  const template = {
    content: 'Hello',
    subject: 'Greetings',
    html: '<p>Hello</p>',
    locales: {
      de: { content: 'Hallo', subject: 'Grüße', html: '<p>Hallo</p>' },
      fr: { content: 'Bonjour', html: null },
    },
  };

  it('has that of the person', () => {
    const german = { text: 'Hallo', subject: 'Grüße', html: '<p>Hallo</p>' };
    expect(renderEmail(template, {}, { locale: 'de-AT' })).toMatchObject(german);
  });

  it.each([{ locale: 'es' }, {}])('has the default one for %j', (options) => {
    expect(renderEmail(template, {}, options)).toMatchObject({ text: 'Hello', subject: 'Greetings' });
  });

  it('has what a language leaves out from the default', () => {
    expect(renderEmail(template, {}, { locale: 'fr' })).toMatchObject({ text: 'Bonjour', subject: 'Greetings' });
  });

  it('has no HTML where a language says that it has none', () => {
    expect(renderEmail(template, {}, { locale: 'fr' }).html).toBeNull();
  });
});
