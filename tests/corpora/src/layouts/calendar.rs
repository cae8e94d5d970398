//! Dates: the Gregorian calendar and those that banks write besides it.

#[derive(Clone, Copy, Debug)]
pub struct Time {
    pub year: i64,
    pub month: i64,
    pub day: i64,
    pub hour: i64,
    pub minute: i64,
    pub second: i64,
    pub offset_minutes: i64,
}

impl Time {
    pub fn rfc3339(&self) -> String {
        let sign = if self.offset_minutes < 0 { '-' } else { '+' };
        let offset = self.offset_minutes.abs();
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{sign}{:02}:{:02}",
            self.year,
            self.month,
            self.day,
            self.hour,
            self.minute,
            self.second,
            offset / 60,
            offset % 60
        )
    }

    /// Writes a format: Y year, y its last two digits, m d H M S with two
    /// digits, o e h without a zero in front, I l the hours of the clock with twelve,
    /// T Buddhist year, t its last two digits, C year of the Republic, R of
    /// Reiwa, J K k the Hijri year, month, day; b B the month's short and
    /// long name; p q two forms of am and pm; all behind %.
    pub fn format(&self, format: &str, months: &Months) -> String {
        let mut text = String::new();
        let mut chars = format.chars();
        let twelve = (self.hour + 11) % 12 + 1;
        let half = usize::from(self.hour >= 12);
        while let Some(c) = chars.next() {
            if c != '%' {
                text.push(c);
                continue;
            }
            let month = (self.month - 1) as usize;
            text += &match chars.next().unwrap_or('%') {
                'Y' => format!("{:04}", self.year),
                'y' => format!("{:02}", self.year % 100),
                'm' => format!("{:02}", self.month),
                'd' => format!("{:02}", self.day),
                'H' => format!("{:02}", self.hour),
                'M' => format!("{:02}", self.minute),
                'S' => format!("{:02}", self.second),
                'o' => self.month.to_string(),
                'e' => self.day.to_string(),
                'h' => self.hour.to_string(),
                'I' => format!("{twelve:02}"),
                'l' => twelve.to_string(),
                'T' => (self.year + 543).to_string(),
                't' => format!("{:02}", (self.year + 543) % 100),
                'C' => (self.year - 1911).to_string(),
                'R' => (self.year - 2018).to_string(),
                'J' => self.hijri().0.to_string(),
                'K' => format!("{:02}", self.hijri().1),
                'k' => format!("{:02}", self.hijri().2),
                'b' => months.short[month].into(),
                'B' => months.long[month].into(),
                'p' => months.halves[half].into(),
                'q' => months.halves[half].to_lowercase(),
                other => other.to_string(),
            };
        }
        text
    }

    /// The date by the calendar of Umm al-Qura.
    pub fn hijri(&self) -> (i64, i64, i64) {
        let mut left = days(self.year, self.month, self.day) - days(2019, 8, 31);
        for (year, bits) in HIJRI.iter().enumerate() {
            for month in 0..12 {
                let length = 29 + i64::from(bits >> month & 1);
                if left < length {
                    return (1441 + year as i64, month + 1, left + 1);
                }
                left -= length;
            }
        }
        (0, 0, 0)
    }
}

pub struct Months {
    pub short: [&'static str; 12],
    pub long: [&'static str; 12],
    pub halves: [&'static str; 2],
}

pub fn month_length(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1 March of the year 0.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day
}

/// From 1441: a bit for each month that has thirty days.
const HIJRI: [u16; 84] = [
    0x5b5, 0x5aa, 0xd55, 0xa9a, 0x92e, 0x26e, 0x55d, 0xada, 0x6d4, 0x6a5, 0xb27, 0xa4d, 0x4ad,
    0x56d, 0xb5a, 0x754, 0xf49, 0xe92, 0xd26, 0xa56, 0x356, 0x6b5, 0xbaa, 0xb92, 0xb25, 0x68b,
    0xa9b, 0x55a, 0xada, 0x5b4, 0xda9, 0xb52, 0xa9a, 0x536, 0x276, 0x575, 0xaf2, 0x6d4, 0x6a9,
    0x555, 0x2ad, 0x4bd, 0x9ba, 0x574, 0xb69, 0xb52, 0xa95, 0x52d, 0xa5d, 0x4da, 0xad9, 0x6b2,
    0xe95, 0xe2a, 0xc96, 0x92e, 0xaad, 0x56a, 0xd65, 0xd4a, 0xd15, 0x62b, 0xc5b, 0x53a, 0x6b5,
    0xdb2, 0xd64, 0xd29, 0xa55, 0x4ad, 0x96d, 0xaea, 0x6e8, 0xed1, 0xda4, 0xd4a, 0xa6a, 0x2da,
    0x5b9, 0xb72, 0xb68, 0x6d1, 0x655, 0x4ab,
];

macro_rules! months {
    ($($name:ident: [$($short:literal)*] [$($long:literal)*] [$am:literal $pm:literal];)*) => {
        $(pub const $name: Months = Months {
            short: [$($short),*],
            long: [$($long),*],
            halves: [$am, $pm],
        };)*
    };
}

months! {
    ENGLISH: ["Jan" "Feb" "Mar" "Apr" "May" "Jun" "Jul" "Aug" "Sep" "Oct" "Nov" "Dec"] ["January" "February" "March" "April" "May" "June" "July" "August" "September" "October" "November" "December"] ["AM" "PM"];
    NUMBERS: ["1月" "2月" "3月" "4月" "5月" "6月" "7月" "8月" "9月" "10月" "11月" "12月"] ["1月" "2月" "3月" "4月" "5月" "6月" "7月" "8月" "9月" "10月" "11月" "12月"] ["上午" "下午"];
    JAPANESE: ["1月" "2月" "3月" "4月" "5月" "6月" "7月" "8月" "9月" "10月" "11月" "12月"] ["1月" "2月" "3月" "4月" "5月" "6月" "7月" "8月" "9月" "10月" "11月" "12月"] ["午前" "午後"];
    KOREAN: ["1월" "2월" "3월" "4월" "5월" "6월" "7월" "8월" "9월" "10월" "11월" "12월"] ["1월" "2월" "3월" "4월" "5월" "6월" "7월" "8월" "9월" "10월" "11월" "12월"] ["오전" "오후"];
    TURKISH: ["Oca" "Şub" "Mar" "Nis" "May" "Haz" "Tem" "Ağu" "Eyl" "Eki" "Kas" "Ara"] ["Ocak" "Şubat" "Mart" "Nisan" "Mayıs" "Haziran" "Temmuz" "Ağustos" "Eylül" "Ekim" "Kasım" "Aralık"] ["ÖÖ" "ÖS"];
    RUSSIAN: ["янв." "февр." "мар." "апр." "мая" "июн." "июл." "авг." "сент." "окт." "нояб." "дек."] ["января" "февраля" "марта" "апреля" "мая" "июня" "июля" "августа" "сентября" "октября" "ноября" "декабря"] ["AM" "PM"];
    PORTUGUESE: ["jan" "fev" "mar" "abr" "mai" "jun" "jul" "ago" "set" "out" "nov" "dez"] ["janeiro" "fevereiro" "março" "abril" "maio" "junho" "julho" "agosto" "setembro" "outubro" "novembro" "dezembro"] ["AM" "PM"];
    SPANISH: ["ene" "feb" "mar" "abr" "may" "jun" "jul" "ago" "sept" "oct" "nov" "dic"] ["enero" "febrero" "marzo" "abril" "mayo" "junio" "julio" "agosto" "septiembre" "octubre" "noviembre" "diciembre"] ["a. m." "p. m."];
    FRENCH: ["janv." "févr." "mars" "avr." "mai" "juin" "juil." "août" "sept." "oct." "nov." "déc."] ["janvier" "février" "mars" "avril" "mai" "juin" "juillet" "août" "septembre" "octobre" "novembre" "décembre"] ["AM" "PM"];
    GERMAN: ["Jan." "Feb." "März" "Apr." "Mai" "Juni" "Juli" "Aug." "Sept." "Okt." "Nov." "Dez."] ["Januar" "Februar" "März" "April" "Mai" "Juni" "Juli" "August" "September" "Oktober" "November" "Dezember"] ["AM" "PM"];
    ITALIAN: ["gen" "feb" "mar" "apr" "mag" "giu" "lug" "ago" "set" "ott" "nov" "dic"] ["gennaio" "febbraio" "marzo" "aprile" "maggio" "giugno" "luglio" "agosto" "settembre" "ottobre" "novembre" "dicembre"] ["AM" "PM"];
    POLISH: ["sty" "lut" "mar" "kwi" "maj" "cze" "lip" "sie" "wrz" "paź" "lis" "gru"] ["stycznia" "lutego" "marca" "kwietnia" "maja" "czerwca" "lipca" "sierpnia" "września" "października" "listopada" "grudnia"] ["AM" "PM"];
    VIETNAMESE: ["thg 1" "thg 2" "thg 3" "thg 4" "thg 5" "thg 6" "thg 7" "thg 8" "thg 9" "thg 10" "thg 11" "thg 12"] ["tháng 1" "tháng 2" "tháng 3" "tháng 4" "tháng 5" "tháng 6" "tháng 7" "tháng 8" "tháng 9" "tháng 10" "tháng 11" "tháng 12"] ["SA" "CH"];
    THAI: ["ม.ค." "ก.พ." "มี.ค." "เม.ย." "พ.ค." "มิ.ย." "ก.ค." "ส.ค." "ก.ย." "ต.ค." "พ.ย." "ธ.ค."] ["มกราคม" "กุมภาพันธ์" "มีนาคม" "เมษายน" "พฤษภาคม" "มิถุนายน" "กรกฎาคม" "สิงหาคม" "กันยายน" "ตุลาคม" "พฤศจิกายน" "ธันวาคม"] ["AM" "PM"];
    INDONESIAN: ["Jan" "Feb" "Mar" "Apr" "Mei" "Jun" "Jul" "Agu" "Sep" "Okt" "Nov" "Des"] ["Januari" "Februari" "Maret" "April" "Mei" "Juni" "Juli" "Agustus" "September" "Oktober" "November" "Desember"] ["AM" "PM"];
    ARABIC: ["يناير" "فبراير" "مارس" "أبريل" "مايو" "يونيو" "يوليو" "أغسطس" "سبتمبر" "أكتوبر" "نوفمبر" "ديسمبر"] ["يناير" "فبراير" "مارس" "أبريل" "مايو" "يونيو" "يوليو" "أغسطس" "سبتمبر" "أكتوبر" "نوفمبر" "ديسمبر"] ["ص" "م"];
    HEBREW: ["בינו׳" "בפבר׳" "במרץ" "באפר׳" "במאי" "ביוני" "ביולי" "באוג׳" "בספט׳" "באוק׳" "בנוב׳" "בדצמ׳"] ["בינואר" "בפברואר" "במרץ" "באפריל" "במאי" "ביוני" "ביולי" "באוגוסט" "בספטמבר" "באוקטובר" "בנובמבר" "בדצמבר"] ["AM" "PM"];
    GREEK: ["Ιαν" "Φεβ" "Μαρ" "Απρ" "Μαΐ" "Ιουν" "Ιουλ" "Αυγ" "Σεπ" "Οκτ" "Νοε" "Δεκ"] ["Ιανουαρίου" "Φεβρουαρίου" "Μαρτίου" "Απριλίου" "Μαΐου" "Ιουνίου" "Ιουλίου" "Αυγούστου" "Σεπτεμβρίου" "Οκτωβρίου" "Νοεμβρίου" "Δεκεμβρίου"] ["π.μ." "μ.μ."];
    SWEDISH: ["jan." "feb." "mars" "apr." "maj" "juni" "juli" "aug." "sep." "okt." "nov." "dec."] ["januari" "februari" "mars" "april" "maj" "juni" "juli" "augusti" "september" "oktober" "november" "december"] ["fm" "em"];
    HINDI: ["जन॰" "फ़र॰" "मार्च" "अप्रैल" "मई" "जून" "जुल॰" "अग॰" "सित॰" "अक्टू॰" "नव॰" "दिस॰"] ["जनवरी" "फ़रवरी" "मार्च" "अप्रैल" "मई" "जून" "जुलाई" "अगस्त" "सितंबर" "अक्टूबर" "नवंबर" "दिसंबर"] ["am" "pm"];
}
