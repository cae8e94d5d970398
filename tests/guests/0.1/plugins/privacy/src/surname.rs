//! What a name shows: the surname of a Chinese one, the initial of any other.

/// Chinese surnames of two characters, simplified and traditional, sorted.
#[rustfmt::skip]
const COMPOUND_SURNAMES: [&str; 179] = [
    "万俟", "上官", "东宫", "东方", "东郭", "东里", "东门", "东阁", "乌雅", "乐正", "亓官", "令狐", "仲孙", "仲孫",
    "仲長", "仲长", "公上", "公乘", "公仪", "公仲", "公伯", "公儀", "公冶", "公坚", "公堅", "公孙", "公孫", "公山",
    "公戶", "公户", "公玉", "公皙", "公祖", "公羊", "公良", "公西", "公門", "公门", "北宫", "北宮", "单于", "南宫",
    "南宮", "南榮", "南荣", "南門", "南门", "即墨", "叔孙", "叔孫", "叔梁", "司城", "司寇", "司徒", "司空", "司馬",
    "司马", "司鴻", "司鸿", "呼延", "哥舒", "單于", "壤駟", "壤驷", "士孙", "士孫", "夏侯", "太叔", "太史", "夹谷",
    "夾谷", "子书", "子書", "子桑", "子車", "子车", "孟孙", "孟孫", "季孙", "季孫", "宇文", "安期", "完顏", "完颜",
    "宗政", "宰父", "富察", "尉迟", "尉遲", "屈突", "左丘", "巫馬", "巫马", "库狄", "庫狄", "张简", "張簡", "微生",
    "慕容", "拓跋", "斛律", "新垣", "東宮", "東方", "東郭", "東里", "東門", "梁丘", "樂正", "欧侯", "欧阳", "歐陽",
    "段干", "毋丘", "毌丘", "淳于", "漆雕", "澹台", "澹臺", "濮阳", "濮陽", "烏雅", "独孤", "獨孤", "王孙", "王孫",
    "申屠", "百里", "皇甫", "相里", "穀梁", "端木", "第五", "納蘭", "纳兰", "羊舌", "耶律", "聞人", "胡母", "范姜",
    "萬俟", "褚师", "褚師", "西門", "西门", "諸葛", "诸葛", "谷梁", "豆卢", "貫丘", "費莫", "賀若", "賀蘭", "贯丘",
    "费莫", "贺兰", "贺若", "赫连", "赫連", "軒轅", "轩辕", "达奚", "達奚", "邯郸", "邯鄲", "鍾離", "鐘離", "钟离",
    "長孫", "長魚", "长孙", "长鱼", "閭丘", "闻人", "闾丘", "顓孫", "颛孙", "鮮于", "鲜于",
];

/// Masks a cleaned name.
///
/// A Chinese name shows its surname, a compound surname whole: 张三 is 张*,
/// 欧阳娜娜 is 欧阳*, but 欧阳 alone is 欧*, because nothing else would be
/// hidden. Any other name shows the first letter of the first word: in "Fatima
/// Al-Sabah", "SMITH/JOHN" and "J. SMITH" the family name stands in different
/// places, and the strictest reading is to show neither it nor the given name.
pub(crate) fn masked(name: &str) -> String {
    let mut characters = name.char_indices().filter(|(_, character)| character.is_alphabetic());
    let Some((start, first)) = characters.next() else {
        return "*".into();
    };
    // A name of one character shows nothing of it.
    let Some((second_start, second)) = characters.next() else {
        return "*".into();
    };
    let both = start..second_start + second.len_utf8();
    let end = match characters.next() {
        Some(_) if is_compound(&name[both.clone()]) => both.end,
        _ => start + first.len_utf8(),
    };
    let mut shown = String::with_capacity(end - start + 1);
    shown.push_str(&name[start..end]);
    shown.push('*');
    shown
}

fn is_compound(beginning: &str) -> bool {
    COMPOUND_SURNAMES.binary_search(&beginning).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted() {
        assert!(COMPOUND_SURNAMES.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(COMPOUND_SURNAMES.iter().all(|surname| surname.chars().count() == 2));
    }

    #[test]
    fn a_chinese_name_shows_its_surname() {
        for (name, shown) in [
            ("张三", "张*"),
            ("王小明", "王*"),
            ("欧阳娜娜", "欧阳*"),
            ("歐陽娜娜", "歐陽*"),
            ("司马光", "司马*"),
            ("诸葛 亮", "诸葛*"),
            ("欧阳", "欧*"),
            ("东方", "东*"),
            ("张", "*"),
            ("迪丽热巴·迪力木拉提", "迪*"),
        ] {
            assert_eq!(masked(name), shown, "{name}");
        }
    }

    #[test]
    fn another_name_shows_an_initial() {
        for (name, shown) in [
            ("J. SMITH", "J*"),
            ("SMITH/JOHN", "S*"),
            ("Fatima Al-Sabah", "F*"),
            ("(Élodie)", "É*"),
            ("فاطمة الصباح", "ف*"),
            ("X", "*"),
            ("--", "*"),
            ("", "*"),
        ] {
            assert_eq!(masked(name), shown, "{name}");
        }
    }
}
