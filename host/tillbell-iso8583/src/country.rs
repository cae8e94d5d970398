//! Countries, by ISO 3166-1.

/// A country each: alpha-2, alpha-3, number; sorted. Of pycountry 26, and Kosovo as banks
/// write it.
const COUNTRIES: &str = "\
    ADAND020 AEARE784 AFAFG004 AGATG028 AIAIA660 ALALB008 AMARM051 AOAGO024 AQATA010 ARARG032 \
    ASASM016 ATAUT040 AUAUS036 AWABW533 AXALA248 AZAZE031 BABIH070 BBBRB052 BDBGD050 BEBEL056 \
    BFBFA854 BGBGR100 BHBHR048 BIBDI108 BJBEN204 BLBLM652 BMBMU060 BNBRN096 BOBOL068 BQBES535 \
    BRBRA076 BSBHS044 BTBTN064 BVBVT074 BWBWA072 BYBLR112 BZBLZ084 CACAN124 CCCCK166 CDCOD180 \
    CFCAF140 CGCOG178 CHCHE756 CICIV384 CKCOK184 CLCHL152 CMCMR120 CNCHN156 COCOL170 CRCRI188 \
    CUCUB192 CVCPV132 CWCUW531 CXCXR162 CYCYP196 CZCZE203 DEDEU276 DJDJI262 DKDNK208 DMDMA212 \
    DODOM214 DZDZA012 ECECU218 EEEST233 EGEGY818 EHESH732 ERERI232 ESESP724 ETETH231 FIFIN246 \
    FJFJI242 FKFLK238 FMFSM583 FOFRO234 FRFRA250 GAGAB266 GBGBR826 GDGRD308 GEGEO268 GFGUF254 \
    GGGGY831 GHGHA288 GIGIB292 GLGRL304 GMGMB270 GNGIN324 GPGLP312 GQGNQ226 GRGRC300 GSSGS239 \
    GTGTM320 GUGUM316 GWGNB624 GYGUY328 HKHKG344 HMHMD334 HNHND340 HRHRV191 HTHTI332 HUHUN348 \
    IDIDN360 IEIRL372 ILISR376 IMIMN833 ININD356 IOIOT086 IQIRQ368 IRIRN364 ISISL352 ITITA380 \
    JEJEY832 JMJAM388 JOJOR400 JPJPN392 KEKEN404 KGKGZ417 KHKHM116 KIKIR296 KMCOM174 KNKNA659 \
    KPPRK408 KRKOR410 KWKWT414 KYCYM136 KZKAZ398 LALAO418 LBLBN422 LCLCA662 LILIE438 LKLKA144 \
    LRLBR430 LSLSO426 LTLTU440 LULUX442 LVLVA428 LYLBY434 MAMAR504 MCMCO492 MDMDA498 MEMNE499 \
    MFMAF663 MGMDG450 MHMHL584 MKMKD807 MLMLI466 MMMMR104 MNMNG496 MOMAC446 MPMNP580 MQMTQ474 \
    MRMRT478 MSMSR500 MTMLT470 MUMUS480 MVMDV462 MWMWI454 MXMEX484 MYMYS458 MZMOZ508 NANAM516 \
    NCNCL540 NENER562 NFNFK574 NGNGA566 NINIC558 NLNLD528 NONOR578 NPNPL524 NRNRU520 NUNIU570 \
    NZNZL554 OMOMN512 PAPAN591 PEPER604 PFPYF258 PGPNG598 PHPHL608 PKPAK586 PLPOL616 PMSPM666 \
    PNPCN612 PRPRI630 PSPSE275 PTPRT620 PWPLW585 PYPRY600 QAQAT634 REREU638 ROROU642 RSSRB688 \
    RURUS643 RWRWA646 SASAU682 SBSLB090 SCSYC690 SDSDN729 SESWE752 SGSGP702 SHSHN654 SISVN705 \
    SJSJM744 SKSVK703 SLSLE694 SMSMR674 SNSEN686 SOSOM706 SRSUR740 SSSSD728 STSTP678 SVSLV222 \
    SXSXM534 SYSYR760 SZSWZ748 TCTCA796 TDTCD148 TFATF260 TGTGO768 THTHA764 TJTJK762 TKTKL772 \
    TLTLS626 TMTKM795 TNTUN788 TOTON776 TRTUR792 TTTTO780 TVTUV798 TWTWN158 TZTZA834 UAUKR804 \
    UGUGA800 UMUMI581 USUSA840 UYURY858 UZUZB860 VAVAT336 VCVCT670 VEVEN862 VGVGB092 VIVIR850 \
    VNVNM704 VUVUT548 WFWLF876 WSWSM882 XKXKX983 YEYEM887 YTMYT175 ZAZAF710 ZMZMB894 ZWZWE716";
/// The length of one, with its space.
const ROW_BYTES: usize = 9;

/// A row as it stands in the table, without its space.
fn row(index: usize) -> &'static [u8] {
    let start = index * ROW_BYTES;
    &COUNTRIES.as_bytes()[start..start + ROW_BYTES - 1]
}

fn alpha_2(index: usize) -> Option<&'static str> {
    std::str::from_utf8(&row(index)[..2]).ok()
}

/// How many countries there are: the last has no space behind it.
const ROWS: usize = COUNTRIES.len().div_ceil(ROW_BYTES);

/// Two letters in capitals, if they are a country.
pub(crate) fn by_alpha_2(letters: &str) -> Option<&'static str> {
    let (mut low, mut high) = (0, ROWS);
    while low < high {
        let middle = low + (high - low) / 2;
        match row(middle)[..2].cmp(letters.as_bytes()) {
            std::cmp::Ordering::Equal => return alpha_2(middle),
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    None
}

/// The two letters of a country by its three, in capitals.
pub(crate) fn by_alpha_3(letters: &str) -> Option<&'static str> {
    let letters = letters.as_bytes();
    (0..ROWS).find(|index| row(*index)[2..5] == *letters).and_then(alpha_2)
}

/// The same by its number of three digits.
pub(crate) fn by_number(digits: &str) -> Option<&'static str> {
    let digits = digits.as_bytes();
    (0..ROWS).find(|index| row(*index)[5..8] == *digits).and_then(alpha_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        let rows: Vec<_> = COUNTRIES.split(' ').collect();
        assert!(rows.iter().all(|row| row.len() == ROW_BYTES - 1));
        assert!(rows.is_sorted() && rows.len() > 240);
        assert_eq!((by_alpha_3("CHN"), by_number("156")), (Some("CN"), Some("CN")));
        assert_eq!((by_alpha_3("ZWE"), by_number("004")), (Some("ZW"), Some("AF")));
        assert_eq!((by_alpha_3("OUS"), by_number("000")), (None, None));
        assert_eq!(
            (by_alpha_2("CN"), by_alpha_2("ZW"), by_alpha_2("XX")),
            (Some("CN"), Some("ZW"), None)
        );
    }
}
