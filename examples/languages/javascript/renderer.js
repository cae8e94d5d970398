// A renderer: the words of a message, from the texts in texts.json.
//
// A text holds fields in braces, {amount}; what stands in brackets is left out where one of
// its fields is absent: "[ at {merchant-name}]". There is no clock, no random number and no
// network here: what a text may say is in the view.

/** What a text may name, and how it is written. */
const FIELDS = {
  signature: () => sender.signature,
  hotline: () => sender.hotline,
  amount: (view) => money(view.event.amount),
  'original-amount': (view) => money(view.event.originalAmount),
  fee: (view) => money(view.fee),
  balance: (view) => money(view.balance),
  last4: (view) => String(view.card.last4).padStart(4, '0'),
  time: (view) => moment(view.event.time),
  'merchant-name': (view) => view.merchantName,
  'merchant-city': (view) => view.merchantCity,
  counterparty: (view) => view.counterparty,
  rrn: (view) => view.rrn,
};
/** Where a field stands in a text that the host looks at when the bundle is baked. */
const PLACE = '\uFFFC';
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The bank's own signature and number. */
let sender;
/** Texts by "template.role.locale"; none until configured. */
let texts;

/** Reads the texts, once, when the bundle is baked. */
export function configure(files, about) {
  // The first signs what no other does: a bank of one signature has it alone.
  sender = about.senders[0];
  if (!sender) throw { tag: 'missing', val: 'sender' };
  const file = files.find(({ path }) => path.endsWith('.json'));
  if (!file) throw { tag: 'missing', val: 'file of texts (*.json)' };
  const source = new TextDecoder().decode(file.contents);
  const lines = source.split('\n');
  let read;
  try {
    read = JSON.parse(source);
  } catch (error) {
    const line = Number(/line (\d+)/.exec(error.message)?.[1] ?? 0);
    throw invalid(file, line, 'is not JSON');
  }
  texts = new Map();
  const configured = [];
  for (const [name, text] of Object.entries(read)) {
    const line = lines.findIndex((line) => line.includes(JSON.stringify(name))) + 1;
    if (!/^[a-z-]+\.(cardholder|merchant)\.[A-Za-z0-9-]+$/.test(name)) {
      throw invalid(file, line, `expected a name such as "purchase.cardholder.en"`);
    }
    texts.set(name, parse(text, (detail) => invalid(file, line, `${name}: ${detail}`)));
    const at = { name, file: file.path, line };
    configured.push({ sort: 'template', ...at, samples: [written(texts.get(name), SAMPLE)] });
    const literal = written(texts.get(name), null);
    configured.push({ sort: 'literal', ...at, samples: [literal] });
  }
  return configured;
}

export const rendering = {
  /** Writes one message. */
  render(template, locale, view) {
    if (!texts) throw { tag: 'not-configured' };
    // What the locale is part of, from "en-GB" to "en".
    for (let tag = locale; tag; tag = tag.slice(0, Math.max(tag.lastIndexOf('-'), 0))) {
      const text = texts.get(`${template}.${view.role}.${tag}`);
      if (text) return written(text, view);
    }
    const prefix = `${template}.${view.role}.`;
    const known = [...texts.keys()].some((name) => name.startsWith(prefix));
    throw known ? { tag: 'unknown-locale', val: locale } : { tag: 'unknown-template', val: template };
  },
};

function invalid(file, line, detail) {
  return { tag: 'invalid', val: { file: file.path, line, detail } };
}

/** Splits a text into clauses; each is [whether it may be left out, words and fields in turn]. */
function parse(text, wrong) {
  if (typeof text !== 'string') throw wrong('expected a text');
  const clauses = text.split(/(\[[^[\]]*\])/).filter((clause) => clause !== '');
  return clauses.map((clause) => {
    const optional = clause.startsWith('[');
    const parts = (optional ? clause.slice(1, -1) : clause).split(/\{([a-z0-9-]+)\}/);
    parts.forEach((part, at) => {
      if (at % 2 === 0 && /[{}[\]]/.test(part)) throw wrong('a brace or bracket stands alone');
      if (at % 2 === 1 && !Object.hasOwn(FIELDS, part)) throw wrong(`no field {${part}}`);
    });
    return [optional, parts];
  });
}

/** Writes a text with the fields of a view, or with a mark in the place of each. */
function written(text, view) {
  let whole = '';
  for (const [optional, parts] of text) {
    let clause = '';
    let absent = false;
    for (let at = 0; at < parts.length; at += 1) {
      const part = at % 2 === 0 ? parts[at] : view ? FIELDS[parts[at]](view) : PLACE;
      absent ||= part === undefined;
      clause += part ?? '';
    }
    if (!(optional && absent)) whole += clause;
  }
  return whole;
}

/** "KWD 12.500" and "CNY 1,234.50". */
function money(value) {
  if (!value) return undefined;
  const { minorUnits, currency, exponent } = value;
  const digits = String(minorUnits < 0n ? -minorUnits : minorUnits).padStart(exponent + 1, '0');
  const whole = digits.slice(0, digits.length - exponent).replace(/\B(?=(\d{3})+$)/g, ',');
  const part = exponent > 0 ? `.${digits.slice(-exponent)}` : '';
  return `${currency} ${minorUnits < 0n ? '-' : ''}${whole}${part}`;
}

/** "20 Nov 09:30", on the wall clock of where it happened. */
function moment({ unixSeconds, utcOffsetMinutes }) {
  const wall = new Date((Number(unixSeconds) + utcOffsetMinutes * 60) * 1000);
  const two = (number) => String(number).padStart(2, '0');
  const [day, month] = [wall.getUTCDate(), MONTHS[wall.getUTCMonth()]];
  return `${day} ${month} ${two(wall.getUTCHours())}:${two(wall.getUTCMinutes())}`;
}

/** A long view, by which the host counts segments when the bundle is baked. */
const SAMPLE = {
  role: 'cardholder',
  event: {
    kind: 'purchase',
    approval: 'approved',
    direction: 'debit',
    amount: { minorUnits: 123456789n, currency: 'KWD', exponent: 3 },
    originalAmount: { minorUnits: 223456789n, currency: 'KWD', exponent: 3 },
    category: '5411',
    entryMode: 'chip',
    time: { unixSeconds: 1795152600n, utcOffsetMinutes: 180 },
    ageSeconds: 0,
  },
  fee: { minorUnits: 1250n, currency: 'KWD', exponent: 3 },
  balance: { minorUnits: 1234567890n, currency: 'KWD', exponent: 3 },
  card: { last4: 4242, brand: 'visa', issuer: '' },
  merchantName: 'A merchant with a long name and more',
  merchantCity: 'Kuwait City',
  counterparty: 'A counterparty of thirty letters',
  rrn: '632400000112',
};
