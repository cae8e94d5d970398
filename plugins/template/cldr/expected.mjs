// Makes expected.tsv, what ICU writes: the tests of ../src/locale hold our texts against it.
//
//     node expected.mjs > expected.tsv
//
// With a Node.js of full ICU and CLDR 48 (node -p process.versions.cldr). Bidirectional
// marks and no-break spaces are taken out as generate.mjs does.
const LOCALES = `ar ar-AE ar-EG de en en-IN es es-419 es-MX fr hi id ja ko pt-BR pt-PT ru th tr vi zh-CN
zh-TW`.split(/\s+/);
const AMOUNTS = [["1.00", 2], ["0.05", 2], ["1280.50", 2], ["12345.67", 2], ["1234567.89", 2],
  ["-1280.50", 2], ["1280", 0], ["123456789", 0], ["1.280", 3], ["98765432.100", 3]];
const CURRENCIES = ["USD", "EUR", "CNY", "INR", "EGP", "AED", "KWD", "IDR", "THB", "VND", "JPY",
  "KRW", "BRL", "MXN", "RUB", "TRY", "SAR", "TWD", "CHF", "XOF"];

const plain = (text) =>
  text.replace(/[\u200e\u200f\u061c]/g, "").replace(/[\u00a0\u2009\u202f]/g, " ").normalize("NFC");
const say = (...fields) => console.log(fields.map(String).map(plain).join("\t"));

console.log(`# Made by expected.mjs: ICU ${process.versions.icu}, CLDR ${process.versions.cldr}`);
for (const locale of LOCALES) {
  // Arabic is written in Latin digits but in Egypt; Devanagari and Thai only where asked for.
  const native = { ar: "arab", hi: "deva", th: "thai" }[locale.split("-")[0]] ?? "latn";
  for (const [name, system] of [["usual", undefined], ["latin", "latn"], ["native", native]]) {
    if (name !== "usual" && system === new Intl.NumberFormat(locale).resolvedOptions().numberingSystem) continue;
    for (const currency of CURRENCIES) {
      for (const display of ["symbol", "code"]) {
        for (const [amount, digits] of AMOUNTS) {
          // All amounts in one currency, one amount in all.
          if (amount !== "-1280.50" && (currency !== "USD" || display === "code")) continue;
          if (display === "code" && !["USD", "KWD"].includes(currency)) continue;
          const format = new Intl.NumberFormat(locale, {
            style: "currency", currency, currencyDisplay: display, numberingSystem: system,
            minimumFractionDigits: digits, maximumFractionDigits: digits,
          });
          say("money", locale, name, display, currency, amount, format.format(amount));
        }
      }
    }
    for (const number of ["0", "5", "999", "1000", "12345", "100000", "1234567", "-1234567890"]) {
      say("number", locale, name, "", "", number, new Intl.NumberFormat(locale, { numberingSystem: system }).format(number));
    }
  }
  const date = (day, options) =>
    new Intl.DateTimeFormat(locale, { timeZone: "UTC", calendar: "gregory", numberingSystem: "latn", ...options }).formatToParts(day);
  const part = (type, parts) => parts.find((one) => one.type === type).value;
  for (let month = 0; month < 12; month++) {
    // With a day beside it, the month is in its format form: 5 января, not январь. Where
    // that has a number for the month, the two forms are one; but for Vietnamese.
    const day = new Date(Date.UTC(2026, month, 5));
    for (const [kind, width] of [["%B", "long"], ["%b", "short"]]) {
      if (locale === "vi" && kind === "%b") continue;
      say("month", locale, kind, "", "", month + 1, /^(ja|ko|zh)/.test(locale) || (locale === "pt-PT" && kind === "%b")
        ? date(day, { month: width }).map((one) => one.value).join("")
        : part("month", date(day, { day: "numeric", month: width })));
    }
  }
  for (let weekday = 0; weekday < 7; weekday++) {
    const day = new Date(Date.UTC(2026, 10, 1 + weekday));
    for (const [kind, width] of [["%A", "long"], ["%a", "short"]]) {
      say("day", locale, kind, "", "", weekday, part("weekday", date(day, { day: "numeric", month: "long", weekday: width })));
    }
  }
  // ICU 78 writes AM and PM in Korean, CLDR's own files 오전 and 오후.
  for (const hour of locale === "ko" ? [] : [0, 9, 12, 23]) {
    const parts = date(new Date(Date.UTC(2026, 10, 20, hour, 5)), { hour: "numeric", minute: "2-digit", hourCycle: "h12", hour12: true });
    say("half", locale, "%p", "", "", hour, part("dayPeriod", parts));
  }
  say("year", locale, "%EY", "", "", 2026, /^th/.test(locale)
    ? part("year", new Intl.DateTimeFormat("th-u-nu-latn", { year: "numeric" }).formatToParts(new Date(Date.UTC(2026, 10, 20))))
    : 2026);
  const rules = new Intl.PluralRules(locale);
  for (const count of [0, 1, 2, 3, 5, 10, 11, 12, 14, 21, 22, 25, 99, 100, 101, 102, 111, 112, 1000, 1003, 1011, 1000000, 2000000, 1000001]) {
    say("plural", locale, "", "", "", count, rules.select(count));
  }
}
