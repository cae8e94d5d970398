//! Which ASCII letter a character looks like or stands for.
//!
//! Generated from Unicode 14.0.0: what compatibility decomposition makes an
//! ASCII letter (circled, mathematical, superscript, with any accent), and the
//! Cyrillic, Greek and Armenian letters that a reader takes for one. A dot
//! stands where there is none.

/// From U+00AA.
const LATIN: &[u8] = b"\
    a..........u....o.....aaaaaa.ceeeeiiii.nooooo.ouuuuy..aaaaaa.ceeeeiiii.n\
    ooooo.ouuuuy.yaaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii..jjkk.l\
    lllllllllnnnnnn...oooooo..rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzsbb\
    bb...cc.ddd....ffg..iikkl..nnooo..pp.....ttttuu.vyyzz..............d..l.\
    .n.aaiioouuuuuuuuuu.aaaa..ggggkkoooo..j.d.gg..nnaa..ooaaaaeeeeiiiioooorr\
    rruuuusstt..hhnd..zzaaeeooooooooyylntj..accltsz..b..eejjqqrryy.a.b.cdd..\
    ..ee.jggg...h.iiilll...mnnn.......rrr.r.s.j...t..v...yzz.......b.ghj.lq.\
    ..............\
";

/// From U+0386.
const GREEK_CYRILLIC_ARMENIAN: &[u8] = b"\
    a.eni.o.uwiaby.ezh.ik.mn.o.p..ty.x.wiuaeniuaby.ezn.ik.un.o.p..tu.x.wiuou\
    w.b.uuu...........................kp...e..........ee...siij...k.y.a.b..e\
    ....k.mho.pcty.x..........a.b..e....k.mho.pcty.x..........ee...siij...k.\
    y.....................vvvv........................rr....................\
    ....................hh....l..............laaaa..ee..............oo......\
    yyyyyy............dd........................qqww.......................e\
    u.........h....j..n....u...gl.po...............eu.........h....j..n....u\
    ...gl.po..\
";

/// From U+1D00.
const PHONETIC: &[u8] = b"\
    a...cd.e..jklm.o........p..tu...vwz.........a.b.de.ghijklmn.o.prtuwa.a.b\
    de...g.km.o...ptu..v.by..xiruvbyp.x.bdfmnprrstz.h..i.pu.bdfgklmnprs.vxza\
    .de.e.i..u..c...f.g..i...................v.z....\
";

/// From U+1E00.
const LATIN_ADDITIONAL: &[u8] = b"\
    aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmmmmmmnnnn\
    nnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvvwwwwwwwwwwxxxxyy\
    zzzzzzhtwyas....aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeeeeeeeeeeeiiiioooooooooooo\
    oooooooooooouuuuuuuuuuuuuuyyyyyyyy....yy\
";

/// From U+2071.
const LETTERLIKE: &[u8] = b"\
    i.............n................aeox.hklmnpst............................\
    ........................................................................\
    .c.......ghhhh.iill.n...pqrrr......z.w.z.kabc.eef.mo....i...yy......ddei\
    j................................................................\
";

/// From U+249C.
const CIRCLED: &[u8] = b"\
    abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrst\
    uvwxyz\
";

/// From U+2C60.
const LATIN_C: &[u8] = b"\
    lllprathhkkzzam..vwwv...e.o.jvsz\
";

/// From U+1D400.
const MATHEMATICAL: &[u8] = b"\
    abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrst\
    uvwxyzabcdefg.ijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmn\
    opqrstuvwxyza.cd..g..jk..nopq.stuvwxyzabcd.f.hijklmn.pqrstuvwxyzabcdefgh\
    ijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzab.defg..jklmnopq.stuvwxy.ab\
    cdefghijklmnopqrstuvwxyzab.defg.ijklm.o...stuvwxy.abcdefghijklmnopqrstuv\
    wxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnop\
    qrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghij\
    klmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcd\
    efghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwx\
    yzabcdefghijklmnopqrstuvwxyz\
";

/// From U+1F110.
const SQUARED: &[u8] = b"\
    abcdefghijklmnopqrstuvwxyzscr...abcdefghijklmnopqrstuvwxyz......abcdefgh\
    ijklmnopqrstuvwxyz......abcdefghijklmnopqrstuvwxyz\
";

/// From U+1F1E6.
const REGIONAL: &[u8] = b"\
    abcdefghijklmnopqrstuvwxyz\
";

/// Where each table begins.
const TABLES: [(u32, &[u8]); 10] = [
    (0xaa, LATIN),
    (0x386, GREEK_CYRILLIC_ARMENIAN),
    (0x1d00, PHONETIC),
    (0x1e00, LATIN_ADDITIONAL),
    (0x2071, LETTERLIKE),
    (0x249c, CIRCLED),
    (0x2c60, LATIN_C),
    (0x1d400, MATHEMATICAL),
    (0x1f110, SQUARED),
    (0x1f1e6, REGIONAL),
];

/// The lower-case ASCII letter, if the character passes for one.
pub(crate) fn letter_of(character: char) -> Option<char> {
    let code = character as u32;
    let (start, table) = TABLES.iter().rev().find(|(start, _)| *start <= code)?;
    let letter = *table.get((code - start) as usize)?;
    (letter != b'.').then_some(char::from(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disguised_letters_are_seen_through() {
        for (disguise, letter) in [
            ('é', 'e'),
            ('ß', '.'),
            ('а', 'a'),
            ('ο', 'o'),
            ('ℂ', 'c'),
            ('Ⓩ', 'z'),
            ('𝐚', 'a'),
            ('𝚣', 'z'),
            ('ᴀ', 'a'),
            ('🇨', 'c'),
            ('中', '.'),
            ('４', '.'),
        ] {
            assert_eq!(letter_of(disguise).unwrap_or('.'), letter, "{disguise}");
        }
    }
}
