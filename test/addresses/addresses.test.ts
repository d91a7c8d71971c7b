import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseEmail } from '../../src/addresses/email.ts';
import { parsePhone } from '../../src/addresses/phone.ts';

/** A number that Ofcom keeps for drama: possible, but in nobody's number plan. */
const DRAMA = '+447700900100';

describe('a phone number whose meaning is plain becomes E.164', () => {
  test.each([
    ['as it is', DRAMA],
    ['with spaces', '+44 7700 900 100'],
    ['with spaces around it', '  +447700900100 '],
    ['with no-break spaces', '+44\u00a07700\u202f900100'],
    ['with a tab and a line break', '+44\t7700\r\n900100'],
    ['with dots', '+44.7700.900100'],
    ['with brackets', '+44 (7700) 900100'],
    ['with brackets around the country code', '(+44) 7700 900100'],
    ['with the national zero in brackets', '+44 (0)7700 900100'],
    ['with 00 in place of the plus', '00447700900100'],
    ['with a zero before the plus', '0+447700900100'],
    ['with zeros and a space before the plus', '00 +447700900100'],
    ['wrapped in zero-width characters', '\u200b\ufeff+447700900100\u200d\u2060'],
    ['with zero-width characters inside', '+44\u200b7700\u200c900100'],
    ['wrapped in marks of direction', '\u202a+447700900100\u202c'],
    ['with a soft hyphen', '+44\u00ad7700900100'],
    ['with a variation selector', '+44\ufe0f7700900100'],
    ['with a filler that nobody sees', '+44\u31647700900100'],
    ['with a hyphen', '+44-7700-900100'],
    ['with a no-break hyphen', '+44\u20117700\u2011900100'],
    ['with dashes', '+44\u20137700\u2014900100'],
    ['with a minus', '+44\u22127700\u2212900100'],
    ['with an Armenian hyphen', '+44\u058a7700900100'],
    ['with a Hebrew hyphen', '+44\u05be7700900100'],
    ['with a Canadian syllabics hyphen', '+44\u14007700900100'],
    ['with a Mongolian hyphen', '+44\u18067700900100'],
    ['with a Japanese double hyphen', '+44\u30a07700900100'],
    ['with a Japanese long-vowel mark as hyphen', '+44\u30fc7700\uff70900100'],
    ['with a full-width hyphen', '+44\uff0d7700900100'],
    ['in full-width digits', '\uff0b\uff14\uff14\uff17\uff17\uff10\uff10\uff19\uff10\uff10\uff11\uff10\uff10'],
    ['in Arabic digits', '+\u0664\u0664\u0667\u0667\u0660\u0660\u0669\u0660\u0660\u0661\u0660\u0660'],
  ])('%s', (_, text) => {
    expect(parsePhone(text)).toEqual({ value: DRAMA });
  });

  test.each([
    ['of Twilio’s test account', '+15005550006'],
    ['for fiction in North America', '+12125550100'],
    ['of an international freephone service', '+80012345678'],
  ])('also one %s', (_, number) => {
    expect(parsePhone(number)).toEqual({ value: number });
  });

  test('what comes out goes in again unchanged', () => {
    fc.assert(
      fc.property(fc.integer({ min: 7_000_000_000, max: 7_999_999_999 }), (national) => {
        const parsed = parsePhone(`+44${national}`);
        expect(parsed).toEqual({ value: `+44${national}` });
      }),
    );
  });
});

describe('a phone number with letters is refused by that word', () => {
  test.each([
    ['the letter O for zero', '+44770O9OO1OO'],
    ['a Cyrillic O for zero', '+447700900\u041e00'],
    ['the letter l for one', '+447700900l00'],
    ['a word', '+1-800-FLOWERS'],
    ['a label', 'whatsapp:+447700900100'],
    ['a link', 'tel:+447700900100'],
  ])('%s', (_, text) => {
    expect(parsePhone(text)).toEqual({
      fault: { code: 'invalid_phone', message: expect.stringContaining('letters') },
    });
  });
});

describe('a phone number is refused by what is too much of it', () => {
  test.each([
    ['other last digits', '+49 30 901820 / 21'],
    ['other last digits without spaces', '+4930901820/21'],
    ['a second number', '+447700900100 / +447700900101'],
    ['a second number after a word', '+447700900100 or +447700900101'],
    ['a second number after a semicolon', '+447700900100; 07700900101'],
    ['a second number after a bar', '+447700900100 | 07700900101'],
    ['a second number on a line of its own', '+447700900100\n+447700900101'],
  ])('two numbers: %s', (_, text) => {
    expect(parsePhone(text)).toEqual({
      fault: { code: 'invalid_phone', message: expect.stringContaining('two phone numbers') },
    });
  });

  test.each(['+12125550100 ext. 5', '+12125550100 x5', '+12125550100 #5', '+12125550100;ext=5'])(
    'an extension: %s',
    (text) => {
      const message = expect.stringMatching(/extension|two phone numbers/);
      expect(parsePhone(text)).toEqual({ fault: { code: 'invalid_phone', message } });
    },
  );

  test.each([
    ['+49 30 / 901820', '+4930901820'],
    ['+49 30/901820', '+4930901820'],
    ['+1 415/555/2671', '+14155552671'],
  ])('a stroke between the parts of one number is none: %s', (text, value) => {
    expect(parsePhone(text)).toEqual({ value });
  });
});

describe('a phone number that is not one complete number is refused', () => {
  test.each([
    ['nothing', ''],
    ['spaces', '   '],
    ['nothing that can be seen', '\u200b\u200b'],
    ['a plus', '+'],
    ['without its country code', '07700 900100'],
    ['without a plus', '447700900100'],
    ['too short', '+44770090'],
    ['too long', '+4477009001001234'],
    ['with an unknown country code', '+99912345678'],
    ['an emergency number', '+44 999'],
    ['two numbers with a comma', '+447700900100, +447700900101'],
    ['two numbers with a slash', '+447700900100 / +447700900101'],
    ['two numbers on two lines', '+447700900100\n+447700900101'],
    ['two plus signs', '++447700900100'],
    ['a number in angle brackets', '<+447700900100>'],
    ['something after the number', '+447700900100!'],
    ['a picture after the number', '+447700900100 \u{1f600}'],
    ['an extension in signs', '+12125550100 #5'],
    ['a pause and more digits', '+12125550100,,5'],
    ['endless text', `+${'4'.repeat(1_000_000)}`],
  ])('%s', (_, text) => {
    expect(parsePhone(text)).toEqual({ fault: { code: 'invalid_phone', message: expect.any(String) } });
  });

  test('whatever is given, the answer is E.164 or a fault', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('', '+44', '0+'), (text, prefix) => {
        const parsed = parsePhone(prefix + text);
        expect('fault' in parsed || /^\+[1-9]\d{3,14}$/.test(parsed.value)).toBe(true);
      }),
    );
  });
});

describe('an email address that can be used', () => {
  test.each([
    ['plain', 'ada@example.com'],
    ['with an apostrophe and a tag', "o'brien+tag@example.com"],
    ['with capitals before the @, which may matter to its server', 'Ada.Lovelace@example.com'],
    ['with every sign that RFC 5322 allows in an atom', "!#$%&'*+-/=?^_`{|}~a@example.com"],
    ['with letters of another alphabet before the @', '用户@example.com'],
    ['with 64 characters before the @', `${'a'.repeat(64)}@example.com`],
  ])('stays as it is: %s', (_, address) => {
    expect(parseEmail(address)).toEqual({ value: address });
  });

  test.each([
    ['spaces around it', '  ada@example.com ', 'ada@example.com'],
    ['a line break after it', 'ada@example.com\r\n', 'ada@example.com'],
    ['capitals in the domain', 'ada@EXAMPLE.com', 'ada@example.com'],
    ['a domain in another script', 'japanese-info@例え.テスト', 'japanese-info@xn--r8jz45g.xn--zckzah'],
    ['a domain with an umlaut', 'ada@bücher.example', 'ada@xn--bcher-kva.example'],
    ['a domain with an ideographic full stop', 'ada@example。com', 'ada@example.com'],
  ])('is tidied: %s', (_, text, address) => {
    expect(parseEmail(text)).toEqual({ value: address });
  });
});

describe('what is not one bare email address is refused', () => {
  test.each([
    ['nothing', ''],
    ['no @', 'ada.example.com'],
    ['nothing before the @', '@example.com'],
    ['nothing after the @', 'ada@'],
    ['two @', 'ada@evil.example@example.com'],
    ['another header', 'x@y.zz\r\nBcc: e@e.ee'],
    ['another header after a bare line feed', 'x@y.zz\nBcc: e@e.ee'],
    ['a NUL', 'ada\0@example.com'],
    ['two addresses with a comma', 'a@example.com, b@evil.example'],
    ['two addresses with a semicolon', 'a@example.com;b@evil.example'],
    ['two addresses with a space', 'a@example.com b@evil.example'],
    ['a group', 'friends:a@example.com;'],
    ['a name', 'Contact <o@domain.com>'],
    ['angle brackets', '<o@domain.com>'],
    ['a comment', 'ada(comment)@example.com'],
    ['a comment in the domain', 'ada@(comment)example.com'],
    ['a quoted part with an address in it', '"a@evil.example x"@example.com'],
    ['a quoted part with a comma', '"a,b@evil.example"@example.com'],
    ['a link', 'mailto:ada@example.com'],
    ['a mark of direction at the end', 'user@domain.com\u202c'],
    ['a mark of direction at the start', '\u202euser@domain.com'],
    ['a zero-width space', 'us\u200ber@domain.com'],
    ['a filler that nobody sees', 'us\u3164er@domain.com'],
    ['a no-break space', 'us\u00a0er@domain.com'],
    ['half a character', 'us\ud800er@domain.com'],
    ['two dots in the domain', 'a@b..com'],
    ['two dots before the @', 'a..b@example.com'],
    ['a dot at the start', '.a@example.com'],
    ['a dot at the end', 'ada@example.com.'],
    ['a domain without a dot', 'root@localhost'],
    ['a domain that begins with a hyphen', 'ada@-example.com'],
    ['a domain in broken Punycode', 'ada@xn--iñvalid.com'],
    ['a path after the domain', 'ada@example.com/x'],
    ['a query after the domain', 'ada@example.com?x'],
    ['a fragment after the domain', 'ada@example.com#x'],
    ['a port after the domain', 'ada@example.com:25'],
    ['a backslash in the domain', 'ada@example.com\\x'],
    ['an escaped letter in the domain', 'ada@ex%61mple.com'],
    ['a full-width slash after the domain', 'ada@example.com\uff0fx'],
    ['an IP address', 'ada@127.0.0.1'],
    ['an IP address in brackets', 'ada@[127.0.0.1]'],
    ['an IP address as one number', 'ada@2130706433'],
    ['65 characters before the @', `${'a'.repeat(65)}@example.com`],
    ['a label of 64 characters', `ada@${'a'.repeat(64)}.com`],
    ['more than 254 characters', `ada@${'a.'.repeat(124)}com`],
    ['endless text', `${'a'.repeat(1_000_000)}@example.com`],
  ])('%s', (_, text) => {
    expect(parseEmail(text)).toEqual({ fault: { code: 'invalid_email', message: expect.any(String) } });
  });

  test('whatever is given, the answer has one @, no white space and an ASCII domain, or is a fault', () => {
    const part = fc.string({ unit: 'binary', maxLength: 10 });
    fc.assert(
      fc.property(part, part, (before, after) => {
        const parsed = parseEmail(`a${before}@${after}example.com`);
        expect('fault' in parsed || /^[^\s@,;<>"()]+@[a-z0-9.-]+$/.test(parsed.value)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test('the fault does not repeat the address', () => {
    expect(JSON.stringify(parseEmail('secret name@example.com'))).not.toContain('secret');
  });
});
