//! Ways to a stranger that are neither a link nor a number: a handle at a messenger, an
//! `@name`, an invitation to scan or to follow, a service code.
//!
//! - *A handle* is a messenger's name and then something that can be searched for. Names
//!   that are other words too (LINE, WA) need a sign, `ID` or a verb beside them, and what
//!   is searched for needs a digit or an underscore unless it is said to be a handle.
//!   微信支付 and `WeChat Pay` are neither.
//! - *An invitation* is a verb and what is scanned or followed. Ways to pay (扫码支付, `QR
//!   payment`) say what happened: the verb and the object are there, but a payment follows.
//! - *A service code* of a telephone (3GPP TS 22.030) is digits between `*` or `#` and `#`.
//!
//! Words that stand for a dot begin here too, because one look at the text finds all
//! words; what becomes of them is a matter of links.

use std::ops::Range;

use crate::disguises::{self, Dot, is_one_of};
use crate::glyphs::{Glyph, Reading};
use crate::lexicon;
use crate::links;
use crate::places::{self, Place};
use crate::{Finding, Rule};

/// How far what is searched for may stand from the messenger's name.
const FILLER_GLYPHS_MAX: usize = 24;
/// How far a verb may stand from what is scanned or followed.
const VERB_GLYPHS_MAX: usize = 24;
/// The longest handle that is read; the rest of it is no news.
const HANDLE_GLYPHS_MAX: usize = 32;
/// The longest service code.
const CODE_GLYPHS_MAX: usize = 40;

/// What a word announces.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Cue {
    /// A messenger.
    Messenger,
    /// A messenger whose users have telephone numbers: those are accounted for as such.
    Phone,
    /// A messenger whose name is another word as well.
    Maybe,
    /// What is scanned.
    Picture,
    /// What is followed: an account of a messenger.
    Account,
    /// What is opened: a program in a messenger.
    Program,
    /// What is joined, and a messenger.
    Group,
    /// A verb and what is scanned, in one word.
    Scanning,
    /// The beginning of a link.
    Web,
    /// A dot.
    Dot(Dot),
}

use Cue::{Account, Group, Maybe, Messenger, Phone, Picture, Program, Scanning, Web};

/// The words as they are folded, sorted by their first character, the longer first. A
/// space stands for one to three spaces or hyphens; within a word of Chinese there may be
/// as many anywhere.
pub(crate) const WORDS: &[(&str, Cue)] = &[
    ("%2e", Cue::Dot(Dot::Sign)),
    ("+v", Messenger),
    ("batcaп", Phone),
    ("dingtalk", Messenger),
    ("discord", Messenger),
    ("dot", Cue::Dot(Dot::Word)),
    ("fb", Maybe),
    ("instagram", Messenger),
    ("ig", Maybe),
    ("kakao talk", Messenger),
    ("kakaotalk", Messenger),
    ("kropka", Cue::Dot(Dot::Word)),
    ("line", Maybe),
    ("nokta", Cue::Dot(Dot::Word)),
    ("ponto", Cue::Dot(Dot::Word)),
    ("punkt", Cue::Dot(Dot::Word)),
    ("punto", Cue::Dot(Dot::Word)),
    ("q q", Messenger),
    ("qr", Picture),
    ("qq", Messenger),
    ("snapchat", Messenger),
    ("signal", Maybe),
    ("skype", Messenger),
    ("teлeгpam", Messenger),
    ("telegram", Messenger),
    ("titik", Cue::Dot(Dot::Word)),
    ("tg", Maybe),
    ("viber", Phone),
    ("vx", Messenger),
    ("v信", Messenger),
    ("whats app", Phone),
    ("whatsapp", Phone),
    ("we chat", Messenger),
    ("wechat", Messenger),
    ("weixin", Messenger),
    ("www", Web),
    ("wa", Maybe),
    ("wx", Messenger),
    ("zalo", Messenger),
    ("\u{b7}", Cue::Dot(Dot::Sign)),
    ("чka", Cue::Dot(Dot::Word)),
    ("نقطة", Cue::Dot(Dot::Word)),
    ("واتساب", Phone),
    ("ไลน์", Maybe),
    ("\u{2022}", Cue::Dot(Dot::Sign)),
    ("\u{2027}", Cue::Dot(Dot::Sign)),
    ("\u{2219}", Cue::Dot(Dot::Sign)),
    ("\u{22c5}", Cue::Dot(Dot::Sign)),
    ("ドット", Cue::Dot(Dot::Word)),
    ("\u{30fb}", Cue::Dot(Dot::Sign)),
    ("二维码", Picture),
    ("二維碼", Picture),
    ("交流群", Group),
    ("企业微信", Group),
    ("企業微信", Group),
    ("企鹅号", Messenger),
    ("企鹅", Maybe),
    ("公众号", Account),
    ("公眾號", Account),
    ("加v", Messenger),
    ("威信", Messenger),
    ("小程序", Program),
    ("微信群", Group),
    ("微信", Messenger),
    ("扣扣", Messenger),
    ("扫一扫", Scanning),
    ("扫码", Scanning),
    ("掃碼", Scanning),
    ("服务号", Account),
    ("服務號", Account),
    ("点", Cue::Dot(Dot::Ideograph)),
    ("电报", Messenger),
    ("福利群", Group),
    ("薇信", Messenger),
    ("订阅号", Account),
    ("钉钉", Messenger),
    ("電報", Messenger),
    ("飞机号", Messenger),
    ("點", Cue::Dot(Dot::Ideograph)),
    ("닷", Cue::Dot(Dot::Word)),
    ("카카오톡", Messenger),
    ("카톡", Messenger),
    ("\u{ff65}", Cue::Dot(Dot::Sign)),
];

/// The code points that words begin with, as they are sorted.
const FIRSTS: [u32; WORDS.len()] = lexicon::firsts(WORDS);

/// Whether something may begin with these two.
pub(crate) fn may_begin(first: char, second: char) -> bool {
    places::kinds(first, second) & places::HANDLE != 0
}

/// Whether a word may begin this text in ASCII or Chinese: the second look.
pub(crate) fn begins(text: &str) -> bool {
    let Some(first) = text.chars().next().map(|first| first.to_ascii_lowercase() as u32) else {
        return false;
    };
    let words = lexicon::beginning(WORDS, &FIRSTS, first);
    words.iter().any(|(word, _)| {
        word.chars()
            .zip(text.chars())
            .take_while(|(own, other)| *own != ' ' && !matches!(other, ' ' | '-'))
            .take(3)
            .all(|(own, other)| own == other.to_ascii_lowercase())
    })
}

/// Adds handles, invitations and service codes, and links whose dot is a word; not what
/// stands within glyphs that the sender lists.
pub(crate) fn find(
    text: &str,
    reading: &Reading,
    places: &[Place],
    covered: &[Range<usize>],
    findings: &mut Vec<Finding>,
) {
    let glyphs = &reading.glyphs;
    let mut add = |rule, found: Range<usize>, reason| {
        let is_covered = covered.iter().any(|by| by.start <= found.start && found.end <= by.end);
        if !is_covered {
            findings.push(Finding::of(rule, &glyphs[found], reason));
        }
    };
    let mut free_from = 0;
    for at in places::of(places, places::HANDLE) {
        let glyph = &glyphs[at];
        // Nothing begins at the last.
        if at < free_from || at + 1 == glyphs.len() {
            continue;
        }
        // No part of a word or of a reference: UK10QQ27605.
        let before = at.checked_sub(1).map(|before| &glyphs[before]);
        if glyph.is_letter() && before.is_some_and(|glyph| glyph.is_letter() || glyph.is_digit()) {
            continue;
        }
        let found = match glyph.folded {
            '*' | '#' => service_code(glyphs, at).map(|end| (at..end, "a service code")),
            '@' => name(text, glyphs, at).map(|end| (at..end, "a handle")),
            _ => None,
        };
        if let Some((found, reason)) = found {
            free_from = found.end;
            add(Rule::Handle, found, reason);
            continue;
        }
        let Some((cue, end)) = word(glyphs, at) else { continue };
        let found = match cue {
            Cue::Dot(dot) => {
                // The word `toчka` begins with letters that are no reason to look.
                let is_behind = |letters| at >= 2 && is_one_of(&glyphs[at - 2..at], &[letters]);
                let start = if glyph.folded == 'ч' && is_behind("to") { at - 2 } else { at };
                if let Some(found) = disguises::around(text, glyphs, free_from, start..end, dot) {
                    free_from = found.end;
                    add(Rule::Link, found, "a link in disguise");
                }
                continue;
            }
            Web => {
                let is_link = glyphs.get(end).is_some_and(|glyph| glyph.folded == ' ')
                    && glyphs.get(end + 1).is_some_and(links::is_label);
                if is_link {
                    add(Rule::Link, at..end + 2, "a link in disguise");
                }
                continue;
            }
            Messenger | Phone | Maybe => handle(text, glyphs, at..end, cue),
            Group => invitation(glyphs, at..end, cue)
                .or_else(|| handle(text, glyphs, at..end, Messenger)),
            Picture | Account | Program | Scanning => invitation(glyphs, at..end, cue),
        };
        if let Some((found, reason)) = found {
            free_from = found.end;
            add(Rule::Handle, found, reason);
        }
    }
}

/// The longest word that begins at this glyph, and the glyph behind it.
fn word(glyphs: &[Glyph], at: usize) -> Option<(Cue, usize)> {
    let words = lexicon::beginning(WORDS, &FIRSTS, glyphs[at].folded as u32);
    lexicon::longest(words, |word| ends(glyphs, at, word))
}

/// Where a word or sign for a dot ends that begins at this glyph.
pub(crate) fn dot(glyphs: &[Glyph], at: usize) -> Option<usize> {
    let next = glyphs.get(at + 1).map_or(' ', |glyph| glyph.folded);
    let is_word = may_begin(glyphs[at].folded, next);
    let (cue, end) = word(glyphs, at).filter(|_| is_word)?;
    matches!(cue, Cue::Dot(_)).then_some(end)
}

/// Where a word ends that begins at this glyph.
fn ends(glyphs: &[Glyph], start: usize, word: &str) -> Option<usize> {
    let is_gap = |glyph: &&Glyph| matches!(glyph.folded, ' ' | '-');
    let mut at = start;
    for character in word.chars() {
        let gap = || glyphs[at..].iter().take(3).take_while(is_gap).count();
        if character == ' ' {
            at += gap();
            continue;
        }
        if at > start && crate::glyphs::is_han(character) {
            at += gap();
        }
        if glyphs.get(at)?.folded != character {
            return None;
        }
        at += 1;
    }
    // What may touch other letters: `evil%2ecom`, the end of `toчka`.
    let goes_on = !matches!(glyphs[start].folded, '%' | 'ч')
        && glyphs[at - 1].is_letter()
        && glyphs.get(at).is_some_and(Glyph::is_letter);
    (!goes_on).then_some(at)
}

/// What was found, and what it is.
type Found = (Range<usize>, &'static str);

/// A messenger's name and what can be searched for beside it.
fn handle(text: &str, glyphs: &[Glyph], cue: Range<usize>, kind: Cue) -> Option<Found> {
    const REASON: &str = "a handle at a messenger";
    let verb = verb_before(glyphs, cue.start);
    if let Some(start) = contacted_on(text, glyphs, cue.start) {
        return Some((start..cue.end, REASON));
    }
    let filler = Filler::behind(glyphs, cue.end);
    let handle = Handle::at(text, glyphs, filler.end)?;
    let first = glyphs[cue.start].folded;
    let is_said = filler.is_said || verb.is_some() || matches!(first, '加' | '+');
    let has_sign = filler.has_sign || is_said;
    let is_one = match kind {
        Maybe => (has_sign && handle.is_made_up) || (is_said && handle.is_name(text)),
        // 微信 GS25: paid there.
        _ => {
            (handle.is_made_up && (has_sign || handle.has_lower_case))
                || (is_said && handle.is_name(text))
                || (kind == Messenger
                    && handle.is_number()
                    && (has_sign || matches!(first, 'q' | '扣' | '企')))
        }
    };
    is_one.then(|| (verb.unwrap_or(cue.start)..handle.end, REASON))
}

/// The verb before a messenger's name: 加微信, 请添加客服微信, `add WeChat`.
fn verb_before(glyphs: &[Glyph], until: usize) -> Option<usize> {
    let before = &glyphs[..until];
    for (at, glyph) in before.iter().enumerate().rev().take(6) {
        match glyph.folded {
            '加' | '+' | '搜' => return Some(at),
            '添' if at + 1 < until => return Some(at),
            '我' | '客' | '服' | '官' | '方' | '您' | '的' | '专' | '员' | '企' | '业' | ' ' =>
                {}
            _ => break,
        }
    }
    let spaces = before.iter().rev().take(3).take_while(|glyph| glyph.folded == ' ').count();
    let words = &before[..until - spaces];
    let length = words.iter().rev().take(8).take_while(|glyph| glyph.is_letter()).count();
    let word = &words[words.len() - length..];
    is_one_of(word, &["add", "contact", "message", "text", "follow", "join", "dm"])
        .then_some(until - spaces - length)
}

/// Where `message abc12 on` begins, if it stands before the messenger's name.
fn contacted_on(text: &str, glyphs: &[Glyph], until: usize) -> Option<usize> {
    let word = |until: usize| {
        let spaces = glyphs[..until].iter().rev().take(3);
        let until = until - spaces.take_while(|glyph| glyph.folded == ' ').count();
        let letters = glyphs[..until].iter().rev().take(HANDLE_GLYPHS_MAX);
        until - letters.take_while(|glyph| is_handle(glyph)).count()..until
    };
    let on = word(until);
    if !is_one_of(&glyphs[on.clone()], &["on", "via", "em", "en", "sur", "auf"]) {
        return None;
    }
    let handle = word(on.start);
    let verb = word(handle.start);
    let is_asked = is_one_of(
        &glyphs[verb.clone()],
        &["message", "text", "contact", "add", "chat", "dm", "ping", "find", "reach", "write"],
    );
    (is_asked && Handle::at(text, glyphs, handle.start)?.is_made_up).then_some(verb.start)
}

/// What stands between a messenger's name and a handle.
struct Filler {
    end: usize,
    /// A colon or the like.
    has_sign: bool,
    /// A word or sign that says that a handle follows: ID, 号, @.
    is_said: bool,
}

impl Filler {
    fn behind(glyphs: &[Glyph], from: usize) -> Self {
        const SAID: [&str; 5] = ["id", "username", "handle", "account", "user"];
        const WORDS: [&str; 14] = [
            "me", "us", "at", "on", "is", "our", "no", "number", "name", "add", "contact", "group",
            "support", "chat",
        ];
        let mut filler = Self { end: from, has_sign: false, is_said: false };
        while let Some(glyph) = glyphs.get(filler.end)
            && filler.end - from < FILLER_GLYPHS_MAX
        {
            match glyph.folded {
                ' ' | '"' | '\'' | '(' | '[' | '“' | '「' | '群' | '码' | '碼' | '是' | '为'
                | '我' | '客' | '服' | '同' | '公' | '式' | '账' | '户' | '名' | '添' | '加'
                | '搜' => {}
                ':' | '=' | '#' | '>' | '-' if glyph.folded != '-' || filler.has_sign => {
                    filler.has_sign = true;
                }
                '@' | '号' | '號' => filler.is_said = true,
                _ => {
                    let letters = glyphs[filler.end..].iter().take(10);
                    let length = letters.take_while(|glyph| is_handle(glyph)).count();
                    let word = &glyphs[filler.end..filler.end + length];
                    if is_one_of(word, &SAID) {
                        filler.is_said = true;
                    } else if !is_one_of(word, &WORDS) {
                        break;
                    }
                    filler.end += length;
                    continue;
                }
            }
            filler.end += 1;
        }
        filler
    }
}

/// Something that can be searched for.
struct Handle<'a> {
    glyphs: &'a [Glyph],
    end: usize,
    /// Letters with digits or an underscore: nobody's word.
    is_made_up: bool,
    has_lower_case: bool,
}

impl<'a> Handle<'a> {
    fn at(text: &str, glyphs: &'a [Glyph], start: usize) -> Option<Self> {
        let rest = &glyphs[start..];
        let length = rest.iter().take(HANDLE_GLYPHS_MAX).take_while(|glyph| is_handle(glyph));
        let mut length = length.count();
        while length > 0 && matches!(rest[length - 1].folded, '.' | '-') {
            length -= 1;
        }
        let glyphs = rest.get(..length).filter(|glyphs| !glyphs.is_empty())?;
        let has_letter = glyphs.iter().any(Glyph::is_letter);
        let is_odd = |glyph: &Glyph| glyph.is_digit() || glyph.folded == '_';
        let written = &text[glyphs[0].start as usize..glyphs[length - 1].end as usize];
        Some(Self {
            glyphs,
            end: start + length,
            is_made_up: has_letter && glyphs.iter().any(is_odd),
            has_lower_case: written.chars().any(char::is_lowercase),
        })
    }

    /// A name of letters; no sentence's beginning, no name of money.
    fn is_name(&self, text: &str) -> bool {
        self.is_made_up
            || (self.glyphs.len() >= 4
                && !disguises::is_capitalised(text, self.glyphs)
                && !is_one_of(self.glyphs, &["pay", "payment", "purchase", "transfer"]))
            || (self.glyphs.len() >= 4 && self.is_in_humps(text))
    }

    /// `HaiGangHelp`: capitals within.
    fn is_in_humps(&self, text: &str) -> bool {
        self.glyphs.windows(2).any(|pair| {
            let written = |glyph: &Glyph| text[glyph.start as usize..].chars().next();
            written(&pair[0]).is_some_and(char::is_lowercase)
                && written(&pair[1]).is_some_and(char::is_uppercase)
        })
    }

    /// Five digits to eleven, and no amount.
    fn is_number(&self) -> bool {
        (5..=11).contains(&self.glyphs.len()) && self.glyphs.iter().all(Glyph::is_digit)
    }
}

/// Whether a character may stand in a handle.
fn is_handle(glyph: &Glyph) -> bool {
    matches!(glyph.folded, 'a'..='z' | '0'..='9' | '_' | '.' | '-')
}

/// Where a name ends that begins with this at sign. `5 @ Shell` names a shop, `@10:30` a
/// time, `@USD7` a rate: behind a space a name needs a digit or an underscore.
fn name(text: &str, glyphs: &[Glyph], at: usize) -> Option<usize> {
    // An address is a matter of links.
    let before = at.checked_sub(1).map_or(' ', |before| glyphs[before].folded);
    let is_address = before.is_ascii_alphanumeric() || before == '_';
    let spaces = glyphs[at + 1..].iter().take(3).take_while(|glyph| glyph.folded == ' ').count();
    let start = at + 1 + spaces;
    let first = glyphs.get(start)?;
    if is_address || !(first.is_letter() || first.folded == '_') {
        return None;
    }
    let handle = Handle::at(text, glyphs, start)?;
    let letters = handle.glyphs.iter().take_while(|glyph| glyph.is_letter()).count();
    let behind = glyphs.get(start + letters).map(|glyph| glyph.folded);
    let is_rate = letters <= 3
        && behind.is_some_and(|folded| matches!(folded, '0'..='9' | '.' | ' '))
        && text[first.start as usize..].starts_with(char::is_uppercase);
    let is_name = if spaces == 0 {
        handle.glyphs.len() >= 3 && !is_rate
    } else {
        handle.is_made_up && handle.has_lower_case
    };
    is_name.then_some(handle.end)
}

/// Words that say that a payment was made, behind a way to pay.
const PAYMENTS: [&str; 12] = [
    "支付", "付款", "付费", "消费", "收款", "转账", "轉帳", "交易", "取款", "入账", "下单", "乘车",
];

/// A verb beside what is scanned or followed.
fn invitation(glyphs: &[Glyph], object: Range<usize>, kind: Cue) -> Option<Found> {
    const REASON: &str = "an invitation to scan or follow";
    let before = sentence(&glyphs[object.start.saturating_sub(VERB_GLYPHS_MAX)..object.start]);
    let behind = &glyphs[object.end..(object.end + VERB_GLYPHS_MAX).min(glyphs.len())];
    let spaces = behind.iter().take_while(|glyph| matches!(glyph.folded, ' ' | '-')).count();
    let behind = &behind[spaces..];
    let near = |count: usize, signs: &[char]| {
        before
            .iter()
            .enumerate()
            .rev()
            .take(count)
            .find(|(_, glyph)| signs.contains(&glyph.folded))
            .map(|(at, _)| object.start - (before.len() - at))
    };
    let first = behind.first().map_or(' ', |glyph| glyph.folded);
    let is_paid =
        spaces == 0 && first > '\u{2fff}' && PAYMENTS.iter().any(|word| starts_with(behind, word));
    // 请扫码支付 asks, 扫码支付 tells.
    if is_paid && near(10, &['请', '請']).is_none() {
        return None;
    }
    let verb = match kind {
        Picture => near(10, &['扫', '掃', '识', '識', '按', '描'])
            .or_else(|| scan_before(glyphs, object.start))
            .or_else(|| scan_behind(behind).then_some(object.start)),
        Scanning => {
            let invites =
                "领領验驗关關加查激登参參抢搶兑进進添咨申绑看获開开联解认注退赢得享办投下了"
                    .contains(first);
            near(3, &['请', '請', '快', '立', '按', '可', '点']).or(invites.then_some(object.start))
        }
        Account => {
            let is_named = matches!(first, ':' | '"' | '“' | '「' | '《' | '\'') && spaces == 0;
            near(8, &['关', '關', '搜', '订', '加', '进', '開', '开', '击', '扫'])
                .or((is_named || first == '搜').then_some(object.start))
        }
        Program => near(8, &['搜', '打', '击', '进', '登', '扫'])
            .or((first == '搜').then_some(object.start)),
        _ => near(6, &['加', '添', '进', '入', '扫', '联']),
    };
    verb.map(|start| (start..object.end, REASON))
}

/// The last sentence of some glyphs.
fn sentence(glyphs: &[Glyph]) -> &[Glyph] {
    let ends = |glyph: &Glyph| matches!(glyph.folded, '。' | '!' | '?' | ';');
    let end = glyphs.iter().rposition(ends).map_or(0, |at| at + 1);
    let stop = glyphs
        .windows(2)
        .rposition(|pair| pair[0].folded == '.' && pair[1].folded == ' ')
        .map_or(0, |at| at + 1);
    &glyphs[end.max(stop)..]
}

fn starts_with(glyphs: &[Glyph], word: &str) -> bool {
    let mut glyphs = glyphs.iter();
    word.chars().all(|character| glyphs.next().is_some_and(|glyph| glyph.folded == character))
}

/// Where a verb begins that stands before what it scans: `Scan the QR code`, `Escanee el
/// código QR`. No participle: `paid by scanning QR`.
fn scan_before(glyphs: &[Glyph], until: usize) -> Option<usize> {
    let from = until.saturating_sub(VERB_GLYPHS_MAX);
    let window = &glyphs[from..until];
    let verb = (0..window.len()).find(|at| begins_scan(window, *at, true))?;
    (window.len() - verb <= sentence(window).len()).then_some(from + verb)
}

/// Languages whose verb comes last: QRコードを読み取って, `QR-Code scannen`.
fn scan_behind(behind: &[Glyph]) -> bool {
    let behind = &behind[..behind.len().min(16)];
    let ends = |glyph: &Glyph| matches!(glyph.folded, '.' | '。' | ',' | '、' | ';');
    let end = behind.iter().position(ends).unwrap_or(behind.len());
    (0..end).any(|at| match behind[at].folded {
        '読' | '读' | 'ス' | '스' | '찍' => {
            let rest = &behind[at..end];
            ["読み", "读取", "スキャン", "스캔", "찍"].iter().any(|verb| starts_with(rest, verb))
        }
        _ => begins_scan(&behind[..end], at, false),
    })
}

/// Whether a word begins here that asks to scan.
fn begins_scan(glyphs: &[Glyph], at: usize, is_first: bool) -> bool {
    let next = glyphs.get(at + 1).map_or(' ', |glyph| glyph.folded);
    // One look at most letters.
    let may_begin = match glyphs[at].folded {
        's' | 'e' | 'z' | 'd' | 'i' | 'p' | 'o' | 't' | 'c' | 'b' | 'п' => true,
        folded => folded == 'q' && next == 'u',
    };
    if !may_begin || at.checked_sub(1).is_some_and(|before| glyphs[before].is_of_word()) {
        return false;
    }
    let length = glyphs[at..].iter().take_while(|glyph| glyph.is_of_word()).count();
    is_scan(&glyphs[at..at + length], is_first)
}

/// Whether a word asks to scan. `is_first`: before its object, where English has it.
fn is_scan(word: &[Glyph], is_first: bool) -> bool {
    let stems: &[&str] = match word.first().map_or(' ', |glyph| glyph.folded) {
        's' if is_first && is_one_of(word, &["scan"]) => return true,
        's' => &["scanne", "scansion", "skan"],
        'e' => &["escan"],
        'z' => &["zeskan"],
        'd' => &["digitaliz"],
        'i' => &["imbas"],
        'p' => &["pindai"],
        'q' => &["quet"],
        'o' => &["okut", "otckahиp"],
        't' => &["tarat", "taray"],
        // Сканируйте, відскануйте, проскануйте.
        'c' => &["ckahиp", "ckahy"],
        'b' => &["biдckahy"],
        'п' => &["пpockahy"],
        _ => return false,
    };
    // `Scanned` tells.
    !starts_with(word, "scanned") && stems.iter().any(|stem| starts_with(word, stem))
}

/// Where a service code ends that begins here: `*99#`, `**21*…#`, `#31#…`. Three stars and
/// more mask a number.
fn service_code(glyphs: &[Glyph], start: usize) -> Option<usize> {
    let folded = |at: usize| glyphs.get(at).map_or('\0', |glyph| glyph.folded);
    let before = start.checked_sub(1).map_or(' ', folded);
    if matches!(before, 'a'..='z' | '0'..='9' | '*' | '#') {
        return None;
    }
    if (start..start + 3).all(|at| folded(at) == '*') {
        return None;
    }
    let is_sign = |folded: char| matches!(folded, '*' | '#');
    let (mut digits, mut end) = (0, None);
    for at in start..(start + CODE_GLYPHS_MAX).min(glyphs.len()) {
        match folded(at) {
            '0'..='9' => digits += 1,
            '*' => {}
            '#' => {
                let goes_on = folded(at + 1).is_ascii_digit();
                // `*1234 #5678`: a card and a reference.
                let is_next = goes_on && (folded(start) == '*' || folded(at - 1) == ' ');
                if digits >= 2 && !is_next {
                    end = Some(at + 1);
                }
            }
            ' ' if at > start && (is_sign(folded(at - 1)) || is_sign(folded(at + 1))) => {}
            _ => break,
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::glyphs;

    fn found(text: &str) -> Vec<(Rule, &str)> {
        let reading = glyphs::read(text, &mut Vec::new());
        let (mut listed, mut findings) = (Vec::new(), Vec::new());
        links::find(text, &reading, &["kitebank.com".into()], &mut listed, &mut findings);
        find(text, &reading, &places::find(&reading.glyphs), &listed, &mut findings);
        findings.iter().map(|found| (found.rule, &text[found.start..found.end])).collect()
    }

    #[test]
    fn words_are_sorted_and_folded() {
        assert!(FIRSTS.is_sorted(), "{:?}", FIRSTS.windows(2).position(|two| two[0] > two[1]));
        for (word, _) in WORDS {
            let reading = glyphs::read(word, &mut Vec::new());
            let folded: String = reading.glyphs.iter().map(|glyph| glyph.folded).collect();
            assert_eq!(folded, *word);
            let mut characters = word.chars();
            let (first, second) = (characters.next().unwrap(), characters.next().unwrap_or(' '));
            assert!(may_begin(first, second), "{word}");
        }
    }

    #[test]
    fn a_handle_is_a_messenger_and_something_to_search_for() {
        for text in [
            "加微信kefu_88",
            "微信：hg12",
            "微 信 hg12",
            "微信号 haigang",
            "请添加客服微信 haigang",
            "加V：abc1",
            "+v abc1",
            "WECHAT ID: HAIGANG",
            "QQ 12345678",
            "加QQ12345678",
            "扣扣12345678",
            "Telegram: hg_desk",
            "Telegram me at hg_desk",
            "Телеграм hg_desk",
            "message hg_desk on WhatsApp",
            "WA: hg_desk",
            "LINE ID haigang",
            "@haigang",
            "follow @haigang",
            "联系＠haigang",
            "@ hg_desk",
            "CAFE-@haigang",
        ] {
            let rules: Vec<_> = found(text).iter().map(|found| found.0).collect();
            assert!(rules.contains(&Rule::Handle), "{text}: {rules:?}");
        }
        for text in [
            "微信支付消费128.50元",
            "WeChat Pay 128.50",
            "财付通-微信支付-海港超市",
            "微信 GS25 12.00元",
            "微信：12.00元",
            "BLUE LINE TAXI 4",
            "Line Friends: 12.00",
            "Telegraph Inn 24",
            "PERTH WA: COFFEE 12",
            "Paid by WhatsApp Pay at Coffee Lab",
            "USD 5.00 @ Shell 1234",
            "USD 5.00 @ K11 MALL",
            "12 @10:30",
            "rate @USD7.2, @Rs.20",
            "QQ音乐 会员",
            "A+V Studio",
            "+VND6",
            "参考号2UK10QQ27605",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn an_invitation_is_a_verb_and_its_object() {
        for text in [
            "关注公众号“海港助手”",
            "公 众 号：海港助手",
            "扫码领红包",
            "请扫码支付",
            "请扫二维码验证身份",
            "长按识别二维码",
            "小程序搜索“海港”",
            "加入企业微信群",
            "Scan the QR code to claim",
            "QRコードを読み取ってください",
            "QR코드를 스캔하세요",
            "Escanee el código QR",
            "Bitte den QR-Code scannen",
            "Отсканируйте QR-код",
            "quét mã QR",
        ] {
            let rules: Vec<_> = found(text).iter().map(|found| found.0).collect();
            assert_eq!(rules, [Rule::Handle], "{text}");
        }
        for text in [
            "扫码支付128.50元",
            "您尾号0018的卡扫码消费12元",
            "交易方式：扫码，余额12元",
            "二维码收款12元",
            "扫描二维码支付12元",
            "公众号支付12元",
            "微信小程序-海港咖啡消费12元",
            "QR payment of 12.00",
            "QR 128.50 at Doha",
            "Paid by scanning QR code",
            "Scandinavian Co QR 12",
            "Please scan your card. QR 12.00",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn a_service_code_is_dialled() {
        for text in ["*99#", "dial *99#", "**21*13900001111#", "* 99 #", "#31#139", "*#*#4636#*#*"]
        {
            assert_eq!(found(text).len(), 1, "{text}");
        }
        for text in ["**** 1234 #5678", "card *1234 #5678", "SQ*KIOSK #12", "7-ELEVEN #12 #34"] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn a_link_in_disguise_is_a_link() {
        for text in [
            "evil . com",
            "evil .cn",
            "t. cn",
            "MY. ME",
            "evil\n.com",
            "evil[.]com",
            "evil ( dot ) com",
            "evil<.>com",
            "evil\".\"com",
            "evil dot com",
            "EVIL DOT COM",
            "evil punto top",
            "evilточкаru",
            "evil点com",
            "evil 点 co.uk",
            "evil·com",
            "evil%2Ecom",
            "evil . co.uk/a",
            "kitebank . com",
            "💰.ws",
            "evil.ⅽom",
            "evil.com에서",
            "h t t p : / / evil",
            "hxxps[:]//evil",
            "http:\\\\evil",
            "www evil",
            "203 . 0 . 113 . 7",
            "203[.]0[.]113[.]7",
            "203。0。113。7",
            "95500。203.0.113.7",
            "203.0.113.7에서",
            "ｘ在２０３．０．１１３．７支出",
            "[2001:db8::7]",
            "2001:db8:1:2:3:4:5:6",
            "Evil.Shop now",
            "evil.you",
        ] {
            let rules: Vec<_> = found(text).iter().map(|found| found.0).collect();
            assert!(rules.contains(&Rule::Link), "{text}: {rules:?}");
        }
        for text in [
            "see kitebank.com. Call us",
            "Approved. Info: 95500",
            "Approved. No fee. In case of doubt",
            "Bal. in account, ref. no 12",
            "Coffee Inc. HK, S.A. CN",
            "29 marca. nr 3, 05-11-2031. SD 903",
            "Paid 12.00. net 10",
            "Vil·la, col·lecció",
            "阿里·木",
            "10点in",
            "3点51分",
            "Dot Coffee, Polka dot",
            "登录点app",
            "12:30:45, 2026. 11. 20. 08:31",
            "08:31:05:12, REF::1234",
            "confirmed.You sent Ksh8",
            "Prov.No 509400",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }
}
