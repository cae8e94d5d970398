//! temporary
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Gsm7,
    Ucs2,
}
impl Encoding {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gsm7 => "GSM-7",
            Self::Ucs2 => "UCS-2",
        }
    }
}
pub struct Count {
    pub encoding: Encoding,
    pub segments: usize,
    pub units: usize,
}
pub fn count(text: &str) -> Count {
    if text.is_ascii() {
        let u = text.len();
        Count {
            encoding: Encoding::Gsm7,
            segments: if u <= 160 { 1 } else { u.div_ceil(153) },
            units: u,
        }
    } else {
        let u = text.encode_utf16().count();
        Count {
            encoding: Encoding::Ucs2,
            segments: if u <= 70 { 1 } else { u.div_ceil(67) },
            units: u,
        }
    }
}
