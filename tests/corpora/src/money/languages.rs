//! Short texts in further languages.

use crate::layouts::calendar as c;
use crate::layouts::facts::Place;
use crate::layouts::render::Layout;
use crate::layouts::writing::{
    ENGLISH, GERMAN, HARD_SPACED, INDIAN, PLAIN_COMMA, PLAIN_POINT, SPACED, Style,
};

const POINT: &[Style] = &[ENGLISH, PLAIN_POINT];
const LAKH: &[Style] = &[INDIAN, ENGLISH, PLAIN_POINT];
const COMMA: &[Style] = &[GERMAN, PLAIN_COMMA];
const SPACE: &[Style] = &[HARD_SPACED, SPACED, PLAIN_COMMA];

macro_rules! languages {
    ($($language:literal $locale:literal $styles:ident [$($currency:literal)*]
       [$fee:literal $balance:literal $sum:literal] [$($template:literal)*])*) => {
        pub const LANGUAGES: &[Layout] = &[$(Layout {
            class: "foreign-other",
            language: $language,
            place: Place {
                locale: $locale,
                currencies: &[$($currency),*],
                offset_minutes: 120,
                merchants: &["SHELL ????", "Market 24", "7-ELEVEN #????", "KFC ????", "CINEMA 5"],
                cities: &["CENTRAL 1", "NORD"],
                names: &["A. Ali", "M. Novak"],
                phone: ("+3585", 8),
            },
            styles: $styles,
            months: &c::ENGLISH,
            dates: &["%d.%m.%Y", "%d/%m/%Y", "%d.%m.", "%Y-%m-%d", "%d/%m/%y", "%e.%o.%Y"],
            clocks: &["%H:%M", "%H.%M", "%H:%M:%S"],
            cards: &["*{last4}", "XXXX{last4}", "**** {last4}", "({last4})"],
            moneys: &["¤ #", "# ¤", "¤#", "#¤"],
            hotlines: &["0800 ### ###", "+358 9 ### ####", "1####"],
            signatures: &["", "", "Kite:"],
            labels: [$fee, $balance, $sum],
            templates: &[$($template),*],
        }),*];
    };
}

languages! {
    "nl" "nl-NL" COMMA ["EUR"] ["Kosten " "Saldo " "Bedrag "] [
        "U heeft {amt} betaald bij {shop} op {date} om {clock} met pas {card}[. Saldo {bal}]"
        "Opname {amt}, pas {card}, {date}[, kosten {fee}]"
        "Afschrijving van {amt} {shop}"
    ]
    "cs" "cs-CZ" SPACE ["CZK"] ["Poplatek " "Zůstatek " "Částka "] [
        "Platba kartou {card} {amt} u {shop} dne {date} v {clock}[. Zůstatek {bal}]"
        "Výběr {amt} z bankomatu {date}[, poplatek {fee}]"
        "Karta {card}: {samt} {shop}"
    ]
    "hu" "hu-HU" SPACE ["HUF"] ["Díj " "Egyenleg " "Összeg "] [
        "Kártyás vásárlás {amt} {shop} {date} {clock}, kártya {card}[. Egyenleg {bal}]"
        "Készpénzfelvétel {amt}[, díj {fee}]. {date}"
    ]
    "ro" "ro-RO" COMMA ["RON"] ["Comision " "Sold " "Suma "] [
        "Plata de {amt} cu cardul {card} la {shop} in {date} {clock}[. Sold {bal}]"
        "Retragere {amt} {date}[, comision {fee}]"
    ]
    "bg" "bg-BG" SPACE ["BGN"] ["Такса " "Наличност " "Сума "] [
        "Плащане с карта {card} на {amt} в {shop}, {date} {clock}[. Наличност {bal}]"
        "Теглене {amt} {date}[, такса {fee}]"
    ]
    "uk" "uk-UA" SPACE ["UAH"] ["Комісія " "Баланс " "Сума "] [
        "Оплата {amt} {shop}, картка {card}, {date} {clock}[. Баланс {bal}]"
        "{samt} {shop}[. Бал. {bal}]"
        "Зняття {amt} {date}[, комісія {fee}]"
    ]
    "da" "da-DK" COMMA ["DKK"] ["Gebyr " "Saldo " "Beløb "] [
        "Køb {amt} hos {shop} d. {date} kl. {clock}, kort {card}[. Saldo {bal}]"
        "Hævet {amt} {date}[, gebyr {fee}]"
    ]
    "nb" "nb-NO" SPACE ["NOK"] ["Gebyr " "Saldo " "Beløp "] [
        "Varekjøp {amt} {shop} {date} {clock} kort {card}[. Saldo {bal}]"
        "Uttak {amt} {date}[, gebyr {fee}]"
    ]
    "fi" "fi-FI" SPACE ["EUR"] ["Kulu " "Saldo " "Summa "] [
        "Korttiosto {amt} {shop} {date} klo {clock}, kortti {card}[. Saldo {bal}]"
        "Käteisnosto {amt} {date}[, kulu {fee}]"
    ]
    "hi" "hi-IN" LAKH ["INR"] ["शुल्क " "शेष " "राशि "] [
        "आपके कार्ड {card} से {amt} {shop} पर {date} {clock} को खर्च हुए[। शेष {bal}]"
        "खाते {card} में {amt} जमा किए गए[। शेष {bal}]"
        "{amt} की निकासी {date}[, शुल्क {fee}]"
    ]
    "bn" "bn-BD" LAKH ["BDT"] ["চার্জ " "ব্যালেন্স " "পরিমাণ "] [
        "আপনার কার্ড {card} থেকে {amt} খরচ হয়েছে, {shop}, {date} {clock}[। ব্যালেন্স {bal}]"
        "{amt} উত্তোলন {date}[, চার্জ {fee}]"
    ]
    "ur" "ur-PK" POINT ["PKR"] ["فیس " "بیلنس " "رقم "] [
        "آپ کے کارڈ {card} سے {amt} {shop} پر {date} {clock} خرچ ہوئے[۔ بیلنس {bal}]"
        "{amt} نکالے گئے {date}[، فیس {fee}]"
    ]
    "fa" "fa-IR" POINT ["IRR"] ["کارمزد " "مانده " "مبلغ "] [
        "خرید {amt} از {shop} با کارت {card} ساعت {clock}[ مانده {bal}]"
        "برداشت {amt} کارت {card}[ کارمزد {fee}]"
    ]
    "sw" "sw-TZ" POINT ["TZS" "KES" "UGX"] ["Ada " "Salio " "Kiasi "] [
        "Umelipa {amt} kwa {shop} tarehe {date} saa {clock}, kadi {card}[. Salio {bal}]"
        "Umetoa {amt} {date}[, ada {fee}]"
    ]
    "ms" "ms-MY" POINT ["MYR"] ["Caj " "Baki " "Jumlah "] [
        "Belian {amt} di {shop} {date} {clock} kad {card}[. Baki {bal}]"
        "Pengeluaran {amt} {date}[, caj {fee}]"
    ]
    "tl" "fil-PH" POINT ["PHP"] ["Bayad " "Balanse " "Halaga "] [
        "Nagbayad ka ng {amt} sa {shop} noong {date} {clock} gamit ang card {card}[. Balanse {bal}]"
        "Nag-withdraw ng {amt} {date}[, bayad {fee}]"
    ]
    "am" "am-ET" POINT ["ETB"] ["ክፍያ " "ቀሪ ሂሳብ " "መጠን "] [
        "ከካርድ {card} {amt} በ {shop} ተከፍሏል {date} {clock}[። ቀሪ ሂሳብ {bal}]"
    ]
    "ka" "ka-GE" SPACE ["GEL"] ["საკომისიო " "ნაშთი " "თანხა "] [
        "გადახდა {amt} {shop} ბარათი {card} {date} {clock}[. ნაშთი {bal}]"
    ]
    "hy" "hy-AM" SPACE ["AMD"] ["Միջնորդավճար " "Մնացորդ " "Գումար "] [
        "Վճարում {amt} {shop} քարտ {card} {date} {clock}[. Մնացորդ {bal}]"
    ]
    "kk" "kk-KZ" SPACE ["KZT"] ["Комиссия " "Қалдық " "Сома "] [
        "Төлем {amt} {shop} карта {card} {date} {clock}[. Қалдық {bal}]"
    ]
    "km" "km-KH" COMMA ["KHR" "USD"] ["ថ្លៃសេវា " "សមតុល្យ " "ចំនួន "] [
        "បានបង់ {amt} ទៅ {shop} កាត {card} {date} {clock}[ សមតុល្យ {bal}]"
    ]
    "si" "si-LK" POINT ["LKR"] ["ගාස්තු " "ශේෂය " "මුදල "] [
        "ඔබගේ කාඩ්පත {card} මගින් {amt} {shop} {date} {clock}[. ශේෂය {bal}]"
    ]
    "ta" "ta-IN" LAKH ["INR"] ["கட்டணம் " "இருப்பு " "தொகை "] [
        "உங்கள் கார்டு {card} மூலம் {amt} {shop} {date} {clock}[. இருப்பு {bal}]"
    ]
    "ne" "ne-NP" LAKH ["NPR"] ["शुल्क " "मौज्दात " "रकम "] [
        "तपाईंको कार्ड {card} बाट {amt} {shop} मा {date} {clock} खर्च भयो[। मौज्दात {bal}]"
    ]
    "mn" "mn-MN" POINT ["MNT"] ["Шимтгэл " "Үлдэгдэл " "Дүн "] [
        "Картаас {card} {amt} зарлага {shop} {date} {clock}[. Үлдэгдэл {bal}]"
    ]
    "az" "az-AZ" COMMA ["AZN"] ["Komissiya " "Balans " "Məbləğ "] [
        "Kart {card} ödəniş {amt} {shop} {date} {clock}[. Balans {bal}]"
    ]
    "uz" "uz-UZ" SPACE ["UZS"] ["Komissiya " "Qoldiq " "Summa "] [
        "Karta {card} to'lov {amt} {shop} {date} {clock}[. Qoldiq {bal}]"
    ]
    "af" "af-ZA" SPACE ["ZAR"] ["Fooi " "Balans " "Bedrag "] [
        "Aankoop van {amt} by {shop} op {date} {clock}, kaart {card}[. Balans {bal}]"
    ]
}
