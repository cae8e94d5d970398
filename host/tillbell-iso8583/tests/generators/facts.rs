//! What a message may mean: cards, money, moments and merchants to draw from.

use tillbell_transaction::Timestamp;

use super::rng::Rng;

/// Numbers that networks and processors publish for tests: 13 to 19 digits.
pub(crate) const CARDS: [&str; 19] = [
    "4222222222222",
    "30569309025904",
    "38520000023237",
    "36227206271667",
    "378282246310005",
    "371449635398431",
    "4242424242424242",
    "4111111111111111",
    "4012888888881881",
    "5555555555554444",
    "5105105105105100",
    "2223003122003222",
    "6011111111111117",
    "3566002020360505",
    "3056930009020004",
    "6200000000000005",
    "6200000000000047",
    "6205500000000000004",
    "6205500000000000004",
];

/// ISO 4217: letters, number, and how many digits stand behind the point.
pub(crate) const CURRENCIES: [(&str, &str, u32); 12] = [
    ("CNY", "156", 2),
    ("USD", "840", 2),
    ("EUR", "978", 2),
    ("AUD", "036", 2),
    ("GBP", "826", 2),
    ("JPY", "392", 0),
    ("KRW", "410", 0),
    ("VND", "704", 0),
    ("CLP", "152", 0),
    ("KWD", "414", 3),
    ("BHD", "048", 3),
    ("TND", "788", 3),
];

/// Instants that decoders are told to be near: years without and with 29 February, and
/// the minutes around a year's end.
pub(crate) const REFERENCES: [&str; 5] = [
    "2026-11-20T12:00:00Z",
    "2027-12-31T23:30:00Z",
    "2028-01-01T00:10:00Z",
    "2028-02-29T06:00:00Z",
    "2028-03-10T18:00:00Z",
];

/// Wall clocks of inhabited places, in minutes before or after UTC.
const OFFSETS: [i64; 26] = [
    -660, -600, -570, -480, -420, -300, -210, -180, 0, 60, 120, 180, 210, 270, 330, 345, 390, 480,
    525, 540, 570, 600, 630, 720, 765, 840,
];

/// An amount as a message writes it.
#[derive(Clone)]
pub(crate) struct Amount {
    pub(crate) minor_units: i64,
    pub(crate) letters: &'static str,
    pub(crate) number: &'static str,
    decimals: u32,
}

impl Amount {
    /// Any amount above zero that 12 digits hold, more often a small one.
    pub(crate) fn draw(rng: &mut Rng) -> Self {
        let most = if rng.percent(10) { 12 } else { 7 };
        let digits = rng.between(1, most) as u32;
        Self::of(&rng.pick(&CURRENCIES), rng.between(1, 10i64.pow(digits) - 1))
    }

    pub(crate) fn of(currency: &(&'static str, &'static str, u32), minor_units: i64) -> Self {
        let (letters, number, decimals) = *currency;
        Self { minor_units, letters, number, decimals }
    }

    /// Another amount of the same currency.
    pub(crate) fn with(&self, minor_units: i64) -> Self {
        Self { minor_units, ..self.clone() }
    }

    /// As DE4 writes it: 12 digits.
    pub(crate) fn twelve(&self) -> String {
        format!("{:012}", self.minor_units.unsigned_abs())
    }

    /// As people read it: `128.50 CNY`.
    pub(crate) fn said(&self) -> String {
        let sign = if self.minor_units < 0 { "-" } else { "" };
        let (units, scale) = (self.minor_units.unsigned_abs(), 10u64.pow(self.decimals));
        let width = self.decimals as usize;
        match width {
            0 => format!("{sign}{units} {}", self.letters),
            _ => format!("{sign}{}.{:0width$} {}", units / scale, units % scale, self.letters),
        }
    }
}

/// When something happened, on whose clock.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) unix: i64,
    pub(crate) offset: i64,
}

impl Moment {
    /// Within 150 days of a reference, often at a year's or a leap month's end.
    pub(crate) fn draw(rng: &mut Rng, reference: &str, offset: Option<i64>) -> Self {
        let near = Timestamp::parse(reference).unwrap().unix_seconds();
        let offset = offset.unwrap_or_else(|| rng.pick(&OFFSETS));
        let any = near + rng.between(-150 * 86_400, 150 * 86_400);
        let edges = ["2026-12-31T23:59:59Z", "2027-12-31T23:59:59Z", "2028-02-29T12:00:00Z"];
        let edge = Timestamp::parse(rng.pick(&edges)).unwrap().unix_seconds();
        let edge = edge + rng.between(-86_400, 86_400);
        let is_near = (edge - near).abs() < 149 * 86_400;
        let unix = match rng.below(4) {
            0 => near + rng.between(-3_600, 3_600),
            1 if is_near => edge,
            _ => any,
        };
        Self { unix, offset }
    }

    /// Year, month, day, hour, minute and second on the wall clock; the algorithm for
    /// days is Howard Hinnant's `civil_from_days`.
    fn parts(self, offset: i64) -> [i64; 6] {
        let local = self.unix + offset * 60;
        let (days, second) = (local.div_euclid(86_400), local.rem_euclid(86_400));
        let z = days + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let month = if mp < 10 { mp + 3 } else { mp - 9 };
        let year = yoe + era * 400 + i64::from(month <= 2);
        let day = doy - (153 * mp + 2) / 5 + 1;
        [year, month, day, second / 3_600, second / 60 % 60, second % 60]
    }

    /// hhmmss on the merchant's clock.
    pub(crate) fn local_time(self) -> String {
        let [.., hour, minute, second] = self.parts(self.offset);
        format!("{hour:02}{minute:02}{second:02}")
    }

    /// MMDD on the merchant's clock.
    pub(crate) fn local_date(self) -> String {
        let [_, month, day, ..] = self.parts(self.offset);
        format!("{month:02}{day:02}")
    }

    /// YY on the merchant's clock.
    pub(crate) fn local_year(self) -> String {
        format!("{:02}", self.parts(self.offset)[0] % 100)
    }

    /// MMDDhhmmss in UTC, some seconds later: what DE7 says of the same message.
    pub(crate) fn transmission(self, later: i64) -> String {
        let sent = Self { unix: self.unix + later, offset: 0 };
        format!("{}{}", sent.local_date(), sent.local_time())
    }

    /// As people read it.
    pub(crate) fn said(self) -> String {
        Timestamp::new(self.unix, self.offset as i16).unwrap().to_string()
    }
}

/// A merchant as DE43 tells of it.
#[derive(Clone, Copy)]
pub(crate) struct Shop {
    pub(crate) name: &'static str,
    pub(crate) city: &'static str,
    /// ISO 3166-1 with two letters, and with three.
    pub(crate) country: (&'static str, &'static str),
}

const fn shop(
    name: &'static str,
    city: &'static str,
    country: (&'static str, &'static str),
) -> Shop {
    Shop { name, city, country }
}

/// Merchants in letters that every character set has.
pub(crate) const PLAIN: [Shop; 8] = [
    shop("COFFEE LAB", "SHANGHAI", ("CN", "CHN")),
    shop("Miller & Sons, Inc.", "New York", ("US", "USA")),
    shop("TANKSTELLE A7 / NORD", "HAMBURG", ("DE", "DEU")),
    shop("KIOSK 24-7", "PERTH", ("AU", "AUS")),
    shop("PARIS GARE DU NORD VOIE 1", "PARIS", ("FR", "FRA")),
    shop("BAR #1 (OLD TOWN)", "ST. GALLEN", ("CH", "CHE")),
    shop("X", "LIMA", ("PE", "PER")),
    shop("AL-NOUR TRADING CO", "KUWAIT CITY", ("KW", "KWT")),
];

/// Merchants with letters of Western Europe.
pub(crate) const ACCENTED: [Shop; 5] = [
    shop("CAFÉ LAB!", "MÁLAGA", ("ES", "ESP")),
    shop("Bäckerei Müller & Co", "KÖLN", ("DE", "DEU")),
    shop("Crêperie Façade", "ORLÉANS", ("FR", "FRA")),
    shop("SMØRREBRØD NØRREBRO", "ÅRHUS", ("DK", "DNK")),
    shop("EL NIÑO", "A CORUÑA", ("ES", "ESP")),
];

/// Merchants in Chinese, as terminals in China name them in GBK.
pub(crate) const CHINESE: [Shop; 5] = [
    shop("上海咖啡店", "上海", ("CN", "CHN")),
    shop("北京大茶店", "北京", ("CN", "CHN")),
    shop("小超市24小店", "广州", ("CN", "CHN")),
    shop("ABC药房", "南京", ("CN", "CHN")),
    shop("大上海酒店咖啡", "上海", ("CN", "CHN")),
];
