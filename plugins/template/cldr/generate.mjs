// Makes ../src/locale/table.rs of CLDR's data, and ../src/gsm/letters.rs of Unicode's.
//
//     npm install --prefix /tmp/cldr cldr-core@48.2.0 cldr-numbers-full@48.2.0 cldr-dates-full@48.2.0
//     node generate.mjs /tmp/cldr/node_modules        (and rustfmt on the path)
//
// What is left out of CLDR's texts: bidirectional marks, which the host's guard blocks.
// What is replaced: no-break spaces of any width by a plain one, for they would make
// a text of the GSM alphabet UCS-2.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const modules = process.argv[2];
if (!modules) throw new Error("usage: node generate.mjs <node_modules>");
const here = path.dirname(fileURLToPath(import.meta.url));
const json = (file) => JSON.parse(readFileSync(path.join(modules, file), "utf8"));
const version = json("cldr-core/package.json").version;

// Our tag, and CLDR's where it differs.
const LOCALES = [
  ["ar"], ["ar-AE"], ["ar-EG"], ["de"], ["en"], ["en-IN"], ["es"], ["es-419"], ["es-MX"], ["fr"],
  ["hi"], ["id"], ["ja"], ["ko"], ["pt"], ["pt-PT"], ["ru"], ["th"], ["tr"], ["vi"],
  ["zh", "zh-Hans"], ["zh-Hant"],
];

const plain = (text) =>
  text.replace(/[\u200e\u200f\u061c]/g, "").replace(/[\u00a0\u2009\u202f]/g, " ").normalize("NFC");
const quoted = (text) => JSON.stringify(text);
const character = (text) => {
  const one = plain(text);
  if ([...one].length !== 1) throw new Error(`not one character: ${text}`);
  return `'${one === "'" ? "\\'" : one}'`;
};
const joined = (texts) => {
  const all = texts.map(plain);
  if (all.some((text) => text.includes("|"))) throw new Error("a | in a name");
  return quoted(all.join("|"));
};

function numbersOf(cldr) {
  return json(`cldr-numbers-full/main/${cldr}/numbers.json`).main[cldr].numbers;
}

const systems = json("cldr-core/supplemental/numberingSystems.json").supplemental.numberingSystems;

// Decimal separator, separator of groups, zero.
function signs(numbers, system) {
  const symbols = numbers[`symbols-numberSystem-${system}`];
  const zero = [...systems[system]._digits][0];
  return { text: `Signs { decimal: ${character(symbols.decimal)}, group: ${character(symbols.group)}, zero: '${zero}' }`, symbols };
}

// "¤ #,##0.00" and "#,##0.00 ¤": where the currency stands. Negative amounts have a minus
// sign before all of it, in every locale of the list.
function place(pattern) {
  const [positive, negative] = plain(pattern).split(";");
  if (negative !== undefined && negative !== "-" + positive) throw new Error(`negative: ${pattern}`);
  const places = { "¤#": "Before", "¤ #": "BeforeSpaced", "0 ¤": "BehindSpaced" };
  const shape = positive.replace(/#[#,]*0\.00/, (number) => (positive.startsWith("¤") ? "#" : "0"));
  if (!places[shape]) throw new Error(`place: ${pattern}`);
  return places[shape];
}

function groups(pattern) {
  const [last, ...others] = plain(pattern).split(".")[0].split(",").slice(1).reverse();
  if (last.length !== 3) throw new Error(`groups: ${pattern}`);
  return others.length > 0 ? others[0].length : 3;
}

// Currencies that are somewhere in use today.
const regions = json("cldr-core/supplemental/currencyData.json").supplemental.currencyData.region;
const inUse = new Set(Object.values(regions).flatMap((spans) => spans.flatMap((span) =>
  Object.entries(span).filter(([, of]) => !of._to && of._tender !== "false").map(([code]) => code))));

function symbols(cldr) {
  const currencies = json(`cldr-numbers-full/main/${cldr}/currencies.json`).main[cldr].numbers.currencies;
  return Object.entries(currencies)
    .filter(([code, of]) => inUse.has(code) && of.symbol && of.symbol !== code)
    .map(([code, of]) => `${code} ${plain(of.symbol)}`);
}

// A cardinal rule for whole numbers: operands v, w, f, t, c and e are 0, n is i. A category
// without a condition left is always met, one with an unmeetable condition never.
const plurals = json("cldr-core/supplemental/plurals.json").supplemental["plurals-type-cardinal"];
function plural(tag) {
  const rules = plurals[tag] ?? plurals[tag.split("-")[0]];
  const categories = [];
  for (const [key, rule] of Object.entries(rules)) {
    const category = key.replace("pluralRule-count-", "");
    if (category === "other") continue;
    const condition = rule.split("@")[0].trim();
    const roads = condition.split(" or ").map((road) => road.split(" and ").map((relation) => {
      const [, operand, divisor, sign, ranges] = relation.trim().match(/^([nivwftce])(?: % (\d+))? (!?=) ([\d.,]+)$/);
      if ("ni".includes(operand)) return `i${divisor ? "%" + divisor : ""}${sign}${ranges}`;
      const holds = ranges.split(",").some((range) => range.split("..")[0] === "0");
      return (sign === "=") === holds;
    }).filter((relation) => relation !== true));
    const met = roads.filter((road) => !road.includes(false));
    if (met.some((road) => road.length === 0)) throw new Error(`always: ${tag} ${category}`);
    if (met.length > 0) categories.push(`${category}:${met.map((road) => road.join("&")).join("|")}`);
  }
  return categories.join(";");
}

const preferences = json("cldr-core/supplemental/calendarPreferenceData.json").supplemental.calendarPreferenceData;
const likely = json("cldr-core/supplemental/likelySubtags.json").supplemental.likelySubtags;
function isBuddhist(tag) {
  const region = tag.match(/-([A-Z]{2})$/)?.[1] ?? likely[tag]?.split("-")[2];
  return preferences[region]?.[0] === "buddhist";
}

const names = new Map();
const rows = LOCALES.map(([tag, cldr = tag]) => {
  const numbers = numbersOf(cldr);
  const native = numbers.otherNumberingSystems.native;
  // 一二三 for 123 is no way to write an amount.
  const second = native === "hanidec" ? "latn" : native;
  const latin = signs(numbers, "latn");
  const own = signs(numbers, second);
  const format = (system) => numbers[`currencyFormats-numberSystem-${system}`].standard;
  if (place(format("latn")) !== place(format(second))) throw new Error(`${tag}: two places`);
  const calendar = json(`cldr-dates-full/main/${cldr}/ca-gregorian.json`).main[cldr].dates.calendars.gregorian;
  const { months: { format: months }, days: { format: days }, dayPeriods: { format: periods } } = calendar;
  const list = (of) => joined(Object.values(of));
  const text = `Names {
    months: ${list(months.wide)},
    months_short: ${list(months.abbreviated)},
    days: ${list(days.wide)},
    days_short: ${list(days.abbreviated)},
    halves: ${joined([periods.abbreviated.am, periods.abbreviated.pm])},
}`;
  if (!names.has(text)) names.set(text, `NAMES_${tag.toUpperCase().replace("-", "_")}`);
  return `    Locale {
        tag: ${quoted(tag)},
        latin: ${latin.text},
        native: ${own.text},
        has_native_digits: ${numbers.defaultNumberingSystem !== "latn"},
        group_size: ${groups(numbers["decimalFormats-numberSystem-latn"].standard)},
        digits_before_first_group: ${numbers.minimumGroupingDigits},
        place: Place::${place(format("latn"))},
        symbols: ${quoted(symbols(cldr).join("|"))},
        names: &${names.get(text)},
        plural: ${quoted(plural(tag))},
        years_ahead: ${isBuddhist(tag) ? 543 : 0},
    },`;
});

// Regions that write separators otherwise than their language, and as another of the list:
// Peru as es-419. Arabic is not among them: the Gulf's banks write Latin digits, which CLDR
// gives for none but the Emirates.
const separators = (cldr) => {
  const numbers = numbersOf(cldr);
  const { decimal, group } = numbers[`symbols-numberSystem-${numbers.defaultNumberingSystem}`];
  return plain(decimal + group) + numbers.minimumGroupingDigits;
};
const tags = new Set(LOCALES.map(([tag]) => tag));
const aliases = [];
for (const cldr of json("cldr-core/availableLocales.json").availableLocales.full) {
  const language = cldr.split("-")[0];
  if (tags.has(cldr) || cldr.split("-").length !== 2 || !tags.has(language) || ["ar", "zh"].includes(language)) continue;
  const own = separators(cldr);
  const shared = [...tags].find((tag) => tag.startsWith(language + "-") && separators(tag) === own);
  if (own !== separators(language) && shared && shared !== "en-IN") aliases.push([cldr, shared]);
}
for (const region of ["HK", "MO", "TW"]) {
  if (!likely[`zh-${region}`]?.startsWith("zh-Hant") && region === "TW") throw new Error("zh-TW");
  aliases.push([`zh-${region}`, "zh-Hant"]);
}

const head = `// Made by ../../cldr/generate.mjs of CLDR ${version} (npm: cldr-core, cldr-numbers-full,
// cldr-dates-full); the command stands there. Not to be edited.
`;
writeFileSync(path.join(here, "../src/locale/table.rs"), `${head}
use super::{Locale, Names, Place, Signs};

/// Sorted by tag.
pub(super) static LOCALES: [Locale; ${rows.length}] = [
${rows.join("\n")}
];

/// Regions that write numbers as another of the list than their language.
pub(super) static ALIASES: [(&str, &str); ${aliases.length}] = [
${aliases.map(([from, to]) => `    (${quoted(from)}, ${quoted(to)}),`).join("\n")}
];

${[...names].map(([text, name]) => `static ${name}: Names = ${text};`).join("\n\n")}
`);

// Letters of Latin that are another with a mark, by Unicode's decompositions: of each code
// point the letter, or a full stop where there is none.
const base = (code) => {
  const [first, ...marks] = String.fromCodePoint(code).normalize("NFKD");
  return /[A-Za-z]/.test(first) && marks.every((mark) => /\p{M}/u.test(mark)) ? first : ".";
};
const table = (from, to) => {
  let text = "";
  for (let code = from; code <= to; code++) text += base(code);
  return text.replace(/.{64}(?=.)/g, "$&\\\n     ");
};
writeFileSync(path.join(here, "../src/gsm/letters.rs"), `// Made by ../../cldr/generate.mjs of Unicode ${process.versions.unicode}; the command stands there. Not to be edited.

/// The letters of U+00C0 to U+024F without their marks; a full stop where there is none.
pub(super) const LATIN: &[u8] =
    b"${table(0xc0, 0x24f)}";

/// Those of U+1E00 to U+1EFF.
pub(super) const LATIN_ADDITIONAL: &[u8] =
    b"${table(0x1e00, 0x1eff)}";
`);
for (const file of ["../src/locale/table.rs", "../src/gsm/letters.rs"]) {
  execFileSync("rustfmt", ["--edition", "2024", path.join(here, file)]);
}
