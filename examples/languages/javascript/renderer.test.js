// The renderer without a sandbox: `npm test`, in a tenth of a second.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { configure, rendering } from './renderer.js';

const SENDER = { locale: 'en', signature: 'Lantern Bank:', hotline: '+965 1800 800' };
const ABOUT = {
  roles: ['cardholder', 'merchant'],
  channels: ['sms'],
  counters: [],
  senders: [SENDER],
};
const TEXTS = readFileSync(new URL('texts.json', import.meta.url), 'utf8');
const VIEW = {
  role: 'cardholder',
  event: {
    amount: { minorUnits: 123450n, currency: 'JPY', exponent: 0 },
    time: { unixSeconds: 1795176300n, utcOffsetMinutes: 540 },
  },
  card: { last4: 42 },
  merchantName: 'Station Café',
};

function read(texts) {
  return configure([{ path: 'texts.json', contents: new TextEncoder().encode(texts) }], ABOUT);
}

test('a text has its fields, and leaves out what is absent', () => {
  read(TEXTS);
  const text = rendering.render('purchase', 'en-GB', VIEW);
  const expected =
    'Lantern Bank: Purchase JPY 123,450 at Station Café on 20 Nov 21:05, card 0042. ' +
    'Not you? +965 1800 800.';
  assert.equal(text, expected);
});

test('amounts have as many decimals as their currency', () => {
  read('{"sum.cardholder.en": "{amount}"}');
  for (const [minorUnits, exponent, expected] of [
    [5n, 3, 'X 0.005'],
    [-123450n, 2, 'X -1,234.50'],
    [1000000n, 0, 'X 1,000,000'],
  ]) {
    const event = { ...VIEW.event, amount: { minorUnits, currency: 'X', exponent } };
    assert.equal(rendering.render('sum', 'en', { ...VIEW, event }), expected);
  }
});

test('what the router may ask for and nobody wrote is named', () => {
  read(TEXTS);
  const asked = (template, locale) => () => rendering.render(template, locale, VIEW);
  assert.throws(asked('transfer', 'en'), { tag: 'unknown-template', val: 'transfer' });
  assert.throws(asked('purchase', 'zh-CN'), { tag: 'unknown-locale', val: 'zh-CN' });
});

test('a wrong text is refused with its place', () => {
  for (const [from, to, line, detail] of [
    ['{rrn}', '{pan}', 3, 'purchase.merchant.en: no field {pan}'],
    ['[ Bal', ' Bal', 2, 'purchase.cardholder.en: a brace or bracket stands alone'],
    ['purchase.cardholder.en', 'purchase', 2, 'expected a name such as "purchase.cardholder.en"'],
  ]) {
    const val = { file: 'texts.json', line, detail };
    assert.throws(() => read(TEXTS.replace(from, to)), { tag: 'invalid', val });
  }
});

test('somebody must send', () => {
  assert.throws(() => configure([], { ...ABOUT, senders: [] }), { tag: 'missing', val: 'sender' });
});

test('the host is told of each text, and of what it says whatever happens', () => {
  const [template, literal] = read(TEXTS);
  assert.deepEqual([template.sort, template.name], ['template', 'purchase.cardholder.en']);
  assert.equal(template.samples[0].length < 200, true);
  assert.match(literal.samples[0], /^\uFFFC Purchase \uFFFC at \uFFFC on \uFFFC, card \uFFFC\./);
});
