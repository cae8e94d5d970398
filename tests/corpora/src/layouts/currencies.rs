//! Currencies: exponent, marks and names as people write them.

pub struct Currency {
    pub code: &'static str,
    pub exponent: u8,
    /// Signs and abbreviations; one that several currencies share stands at each of them.
    pub marks: &'static [&'static str],
    /// Language and name, in the form that stands behind a number.
    pub names: &'static [(&'static str, &'static str)],
}

impl Currency {
    /// Whether the mark is this currency's, perhaps besides others'.
    pub fn owns(&self, mark: &str) -> bool {
        // The Persian and the Arabic yeh look alike.
        let folded = |text: &str| text.to_lowercase().replace('ی', "ي");
        let same = |own: &str| folded(own) == folded(mark);
        same(self.code)
            || self.marks.iter().any(|own| same(own))
            || self.names.iter().any(|(_, own)| same(own))
    }

    /// The names in a language, or the English ones.
    pub fn names_in(&self, language: &str) -> Vec<&'static str> {
        let of = |wanted: &str| -> Vec<&'static str> {
            self.names.iter().filter(|(l, _)| *l == wanted).map(|(_, name)| *name).collect()
        };
        let own = of(language);
        if own.is_empty() { of("en") } else { own }
    }
}

pub fn find(code: &str) -> &'static Currency {
    CURRENCIES.iter().find(|currency| currency.code == code).unwrap_or(&CURRENCIES[0])
}

macro_rules! currencies {
    ($($code:literal $exponent:literal [$($mark:literal)*] [$($language:literal $name:literal)*])*) => {
        pub const CURRENCIES: &[Currency] = &[$(Currency {
            code: $code,
            exponent: $exponent,
            marks: &[$($mark),*],
            names: &[$(($language, $name)),*],
        }),*];
    };
}

currencies! {
    "CNY" 2 ["¥" "￥" "元" "RMB" "CN¥"] ["zh" "元" "zh" "人民币" "zh-TW" "人民幣" "en" "yuan" "ja" "元" "ru" "юаней" "ko" "위안" "de" "Yuan" "fr" "yuans"]
    "USD" 2 ["$" "US$" "U$S" "U$D" "USD$" "＄"] ["zh" "美元" "zh-TW" "美元" "zh" "美金" "en" "dollars" "en" "US dollars" "en" "dollar" "es" "dólares" "pt" "dólares" "fr" "dollars" "de" "Dollar" "it" "dollari" "ru" "долларов" "uk" "доларів" "tr" "dolar" "pl" "dolarów" "vi" "đô la Mỹ" "th" "ดอลลาร์" "id" "dolar" "ar" "دولار" "he" "דולר" "el" "δολάρια" "ja" "ドル" "ja" "米ドル" "ko" "달러" "hi" "डॉलर" "sw" "dola" "fa" "دلار" "sv" "dollar"]
    "EUR" 2 ["€" "Euro"] ["zh" "欧元" "zh-TW" "歐元" "en" "euros" "en" "euro" "de" "Euro" "fr" "euros" "es" "euros" "it" "euro" "pt" "euros" "el" "ευρώ" "ru" "евро" "pl" "euro" "tr" "avro" "ar" "يورو" "he" "אירו" "ja" "ユーロ" "ko" "유로" "th" "ยูโร" "vi" "euro" "sv" "euro" "fi" "euroa" "nl" "euro"]
    "GBP" 2 ["£" "￡" "GB£"] ["zh" "英镑" "zh-TW" "英鎊" "en" "pounds" "en" "pounds sterling" "de" "Pfund" "fr" "livres sterling" "es" "libras" "ru" "фунтов" "ar" "جنيه إسترليني" "ja" "ポンド" "ko" "파운드"]
    "JPY" 0 ["¥" "￥" "円" "JP¥"] ["zh" "日元" "zh" "日圆" "zh-TW" "日圓" "en" "yen" "ja" "円" "de" "Yen" "ru" "иен" "ko" "엔" "th" "เยน"]
    "HKD" 2 ["$" "HK$" "元" "HKD$"] ["zh" "港元" "zh" "港币" "zh-TW" "港元" "zh-TW" "港幣" "en" "Hong Kong dollars" "en" "dollars" "ja" "香港ドル"]
    "TWD" 2 ["$" "NT$" "元" "NTD"] ["zh" "新台币" "zh-TW" "新臺幣" "zh-TW" "元" "en" "New Taiwan dollars" "en" "dollars" "ja" "台湾ドル"]
    "MOP" 2 ["MOP$" "元"] ["zh" "澳门元" "zh-TW" "澳門幣" "en" "patacas" "pt" "patacas"]
    "SGD" 2 ["$" "S$"] ["zh" "新加坡元" "zh" "新元" "en" "Singapore dollars" "en" "dollars"]
    "AUD" 2 ["$" "A$" "AU$"] ["zh" "澳元" "en" "Australian dollars" "en" "dollars"]
    "CAD" 2 ["$" "C$" "CA$"] ["zh" "加元" "en" "Canadian dollars" "en" "dollars" "fr" "dollars canadiens"]
    "NZD" 2 ["$" "NZ$"] ["zh" "新西兰元" "en" "New Zealand dollars" "en" "dollars"]
    "CHF" 2 ["Fr." "SFr." "Fr"] ["zh" "瑞士法郎" "en" "Swiss francs" "en" "francs" "de" "Franken" "fr" "francs" "it" "franchi" "ru" "швейцарских франков"]
    "SEK" 2 ["kr" "kr." ":-" "SKr"] ["zh" "瑞典克朗" "en" "kronor" "sv" "kronor" "sv" "kr" "de" "Kronen"]
    "NOK" 2 ["kr" "kr." "NKr"] ["zh" "挪威克朗" "en" "kroner" "nb" "kroner" "nb" "kr"]
    "DKK" 2 ["kr" "kr." "DKr"] ["zh" "丹麦克朗" "en" "kroner" "da" "kroner" "da" "kr."]
    "ISK" 0 ["kr" "kr." "ISKr"] ["zh" "冰岛克朗" "en" "krónur"]
    "PLN" 2 ["zł" "zl"] ["zh" "波兰兹罗提" "en" "zlotys" "pl" "zł" "pl" "złotych" "de" "Zloty" "ru" "злотых" "uk" "злотих"]
    "CZK" 2 ["Kč"] ["zh" "捷克克朗" "en" "Czech korunas" "cs" "Kč" "cs" "korun" "de" "Tschechische Kronen"]
    "HUF" 2 ["Ft"] ["zh" "匈牙利福林" "en" "forints" "hu" "Ft" "hu" "forint" "de" "Forint"]
    "RON" 2 ["lei" "L"] ["en" "Romanian lei" "ro" "lei" "ro" "RON"]
    "BGN" 2 ["лв." "лв"] ["en" "leva" "bg" "лв." "bg" "лева"]
    "RUB" 2 ["₽" "р." "руб." "руб" "р"] ["zh" "俄罗斯卢布" "zh" "卢布" "en" "rubles" "en" "Russian rubles" "ru" "руб." "ru" "рублей" "ru" "р." "de" "Rubel"]
    "UAH" 2 ["₴" "грн" "грн."] ["en" "hryvnias" "uk" "грн" "uk" "гривень" "ru" "гривен"]
    "KZT" 2 ["₸" "тг" "тг."] ["en" "tenge" "ru" "тенге" "kk" "теңге"]
    "UZS" 2 ["soʻm" "сум"] ["en" "Uzbekistani soms" "ru" "сум" "uz" "soʻm"]
    "GEL" 2 ["₾"] ["en" "laris" "ka" "ლარი" "ru" "лари"]
    "AMD" 2 ["֏"] ["en" "drams" "ru" "драмов" "hy" "դրամ"]
    "AZN" 2 ["₼"] ["en" "manats" "az" "manat" "ru" "манатов"]
    "TRY" 2 ["₺" "TL"] ["zh" "土耳其里拉" "en" "Turkish liras" "en" "liras" "tr" "TL" "tr" "lira" "tr" "Türk lirası" "de" "Lira" "ru" "лир"]
    "INR" 2 ["₹" "Rs" "Rs."] ["zh" "印度卢比" "en" "Indian rupees" "en" "rupees" "hi" "रुपये" "hi" "रु." "hi" "रुपए" "bn" "টাকা" "ta" "ரூபாய்"]
    "PKR" 2 ["Rs" "Rs." "₨"] ["en" "Pakistani rupees" "en" "rupees" "ur" "روپے"]
    "LKR" 2 ["Rs" "Rs." "LKRs" "රු."] ["en" "Sri Lankan rupees" "en" "rupees" "si" "රුපියල්"]
    "NPR" 2 ["Rs" "Rs." "रू" "NRs"] ["en" "Nepalese rupees" "en" "rupees" "ne" "रुपैयाँ" "hi" "रुपये"]
    "BDT" 2 ["৳" "Tk" "Tk."] ["en" "taka" "en" "Bangladeshi takas" "bn" "টাকা"]
    "IDR" 2 ["Rp" "Rp."] ["zh" "印度尼西亚盾" "en" "rupiah" "en" "Indonesian rupiahs" "id" "rupiah" "id" "Rp"]
    "MYR" 2 ["RM"] ["zh" "林吉特" "en" "ringgit" "en" "Malaysian ringgits" "ms" "ringgit"]
    "THB" 2 ["฿" "บ." "B"] ["zh" "泰铢" "en" "baht" "en" "Thai baht" "th" "บาท" "th" "บ." "ja" "バーツ"]
    "VND" 0 ["₫" "đ" "VNĐ"] ["zh" "越南盾" "en" "dong" "en" "Vietnamese dong" "vi" "đồng" "vi" "VNĐ" "vi" "đ"]
    "PHP" 2 ["₱" "P" "Php"] ["zh" "菲律宾比索" "en" "Philippine pesos" "en" "pesos" "tl" "piso"]
    "KRW" 0 ["₩" "￦" "원"] ["zh" "韩元" "zh-TW" "韓元" "en" "won" "en" "South Korean won" "ko" "원" "ja" "ウォン" "ru" "вон"]
    "MNT" 2 ["₮"] ["en" "tugriks" "mn" "төгрөг"]
    "KHR" 2 ["៛"] ["en" "riels" "km" "រៀល"]
    "AED" 2 ["Dhs" "Dh" "Dhs." "د.إ"] ["zh" "阿联酋迪拉姆" "en" "dirhams" "en" "UAE dirhams" "ar" "درهم" "ar" "درهم إماراتي"]
    "SAR" 2 ["SR" "ر.س"] ["zh" "沙特里亚尔" "en" "Saudi riyals" "en" "riyals" "ar" "ريال" "ar" "ريال سعودي" "ar" "ر.س"]
    "QAR" 2 ["QR" "ر.ق"] ["en" "Qatari riyals" "en" "riyals" "ar" "ريال" "ar" "ريال قطري"]
    "EGP" 2 ["E£" "LE" "£" "ج.م"] ["en" "Egyptian pounds" "en" "pounds" "ar" "جنيه" "ar" "جنيه مصري" "ar" "ج.م"]
    "ILS" 2 ["₪" "NIS" "ש\"ח"] ["en" "shekels" "en" "new shekels" "he" "ש\"ח" "he" "שקלים" "he" "ש״ח"]
    "KWD" 3 ["KD" "د.ك"] ["zh" "科威特第纳尔" "en" "Kuwaiti dinars" "en" "dinars" "ar" "دينار" "ar" "دينار كويتي" "ar" "د.ك"]
    "BHD" 3 ["BD" "د.ب"] ["en" "Bahraini dinars" "en" "dinars" "ar" "دينار" "ar" "دينار بحريني"]
    "OMR" 3 ["RO" "ر.ع"] ["en" "Omani rials" "en" "rials" "ar" "ريال" "ar" "ريال عماني"]
    "JOD" 3 ["JD" "د.أ"] ["en" "Jordanian dinars" "en" "dinars" "ar" "دينار" "ar" "دينار أردني"]
    "TND" 3 ["DT" "د.ت"] ["en" "Tunisian dinars" "en" "dinars" "fr" "dinars" "ar" "دينار" "ar" "دينار تونسي"]
    "IQD" 3 ["د.ع"] ["en" "Iraqi dinars" "en" "dinars" "ar" "دينار" "ar" "دينار عراقي"]
    "LYD" 3 ["LD" "د.ل"] ["en" "Libyan dinars" "en" "dinars" "ar" "دينار" "ar" "دينار ليبي"]
    "MAD" 2 ["DH" "Dh"] ["en" "Moroccan dirhams" "en" "dirhams" "fr" "dirhams" "ar" "درهم" "ar" "درهم مغربي"]
    "IRR" 2 ["﷼"] ["en" "Iranian rials" "en" "rials" "fa" "ریال" "fa" "ريال"]
    "KES" 2 ["Ksh" "KSh" "Kshs" "KES." "Ksh."] ["zh" "肯尼亚先令" "en" "Kenyan shillings" "en" "shillings" "sw" "shilingi" "sw" "Ksh"]
    "TZS" 2 ["TSh" "Tsh" "TShs"] ["en" "Tanzanian shillings" "en" "shillings" "sw" "shilingi" "sw" "TSh"]
    "UGX" 0 ["USh" "Ush" "UShs"] ["en" "Ugandan shillings" "en" "shillings" "sw" "shilingi"]
    "NGN" 2 ["₦" "N"] ["zh" "尼日利亚奈拉" "en" "naira" "en" "Nigerian naira" "ha" "naira"]
    "GHS" 2 ["₵" "GH₵" "GHC"] ["en" "cedis" "en" "Ghanaian cedis"]
    "ZAR" 2 ["R"] ["zh" "南非兰特" "en" "rand" "en" "South African rand" "af" "rand"]
    "ETB" 2 ["Br"] ["en" "birr" "en" "Ethiopian birr" "am" "ብር"]
    "XOF" 0 ["FCFA" "F CFA" "CFA"] ["en" "CFA francs" "fr" "francs CFA" "fr" "FCFA"]
    "XAF" 0 ["FCFA" "F CFA" "CFA"] ["en" "CFA francs" "fr" "francs CFA" "fr" "FCFA"]
    "BRL" 2 ["R$"] ["zh" "巴西雷亚尔" "en" "Brazilian reals" "en" "reais" "pt" "reais" "es" "reales"]
    "MXN" 2 ["$" "MX$" "Mex$"] ["zh" "墨西哥比索" "en" "Mexican pesos" "en" "pesos" "es" "pesos" "es" "pesos mexicanos"]
    "ARS" 2 ["$" "AR$"] ["en" "Argentine pesos" "en" "pesos" "es" "pesos" "es" "pesos argentinos"]
    "CLP" 0 ["$" "CLP$"] ["en" "Chilean pesos" "en" "pesos" "es" "pesos" "es" "pesos chilenos"]
    "COP" 2 ["$" "COL$" "COP$"] ["en" "Colombian pesos" "en" "pesos" "es" "pesos" "es" "pesos colombianos"]
    "PEN" 2 ["S/" "S/."] ["en" "soles" "en" "Peruvian soles" "es" "soles"]
    "UYU" 2 ["$U" "$"] ["en" "Uruguayan pesos" "en" "pesos" "es" "pesos" "es" "pesos uruguayos"]
    "PYG" 0 ["₲" "Gs" "Gs."] ["en" "guaranis" "es" "guaraníes" "es" "Gs."]
    "CRC" 2 ["₡"] ["en" "colones" "es" "colones"]
}
