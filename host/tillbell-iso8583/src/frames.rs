//! Messages out of a feed, in bounded memory.

use std::io::{self, BufRead, BufReader, Read};

use tillbell_transaction::{Error, Result};
use zeroize::{Zeroize, Zeroizing};

use crate::message::MESSAGE_BYTES_MAX;

/// The longest line of hex digits that is read, in bytes: two digits and a
/// blank for each byte of a message, and room for more blanks.
pub const LINE_BYTES_MAX: usize = 4 * MESSAGE_BYTES_MAX;

/// How messages stand in a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// One message a line, in hex digits of either case, blanks between them
    /// allowed. Blank lines and lines that begin with `#` are skipped.
    HexLines,
    /// Each behind its length.
    Length(Prefix),
    /// Each between STX and ETX, with a byte behind them that makes all bytes from behind
    /// STX even (LRC). Other bytes between messages are skipped.
    StxEtx,
}

/// The length before a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prefix {
    bytes: usize,
    written: PrefixWritten,
    counts_itself: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PrefixWritten {
    /// The high byte first.
    Binary,
    Bcd,
    Ascii,
}

const NAMES: [(&str, Framing); 10] = {
    const fn length(bytes: usize, written: PrefixWritten, counts_itself: bool) -> Framing {
        Framing::Length(Prefix { bytes, written, counts_itself })
    }
    [
        ("hex", Framing::HexLines),
        ("length2", length(2, PrefixWritten::Binary, false)),
        ("length2-inclusive", length(2, PrefixWritten::Binary, true)),
        ("length4", length(4, PrefixWritten::Ascii, false)),
        ("length4-inclusive", length(4, PrefixWritten::Ascii, true)),
        ("length2-bcd", length(2, PrefixWritten::Bcd, false)),
        ("length2-bcd-inclusive", length(2, PrefixWritten::Bcd, true)),
        ("length4-binary", length(4, PrefixWritten::Binary, false)),
        ("length4-binary-inclusive", length(4, PrefixWritten::Binary, true)),
        ("stx-etx", Framing::StxEtx),
    ]
};

impl Framing {
    /// A length in two bytes, the high one first.
    pub const LENGTH2: Self = NAMES[1].1;
    /// A length in four ASCII digits.
    pub const LENGTH4: Self = NAMES[3].1;

    /// Their names: `hex`; `length2`, `length4` (ASCII digits), `length2-bcd` and
    /// `length4-binary`, each with `-inclusive` where the length counts itself; `stx-etx`.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(name, _)| *name)
    }

    /// The framing of this name.
    ///
    /// # Errors
    /// Names those that there are.
    pub fn parse(name: &str) -> Result<Self> {
        let known = NAMES.iter().find(|(known, _)| *known == name);
        known.map(|(_, framing)| *framing).ok_or_else(|| {
            let names: Vec<_> = Self::names().collect();
            Error::new("framing", format!("expected one of {}", names.join(", ")))
        })
    }
}

impl Prefix {
    /// The length that bytes say, or why they say none.
    fn read(self, bytes: &[u8]) -> std::result::Result<usize, &'static str> {
        let length = match self.written {
            PrefixWritten::Binary => {
                bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte))
            }
            PrefixWritten::Bcd => bytes
                .iter()
                .flat_map(|byte| [byte >> 4, byte & 15])
                .try_fold(0, |sum, digit| (digit < 10).then(|| sum * 10 + usize::from(digit)))
                .ok_or("not four digits in BCD")?,
            PrefixWritten::Ascii => bytes
                .iter()
                .try_fold(0, |sum, byte| {
                    byte.is_ascii_digit().then(|| sum * 10 + usize::from(byte - b'0'))
                })
                .ok_or("not four digits")?,
        };
        match self.counts_itself {
            true => length.checked_sub(self.bytes).ok_or("shorter than itself"),
            false => Ok(length),
        }
    }

    /// What else the bytes look like, in words.
    fn looks_like(self, bytes: &[u8]) -> &'static str {
        let are_ascii = bytes.iter().all(u8::is_ascii_digit);
        match self.written {
            PrefixWritten::Ascii if bytes.first() == Some(&0) => ", which looks like a binary one",
            PrefixWritten::Binary | PrefixWritten::Bcd if are_ascii => {
                ", which looks like ASCII digits"
            }
            _ if bytes.first() == Some(&STX) => ", which looks like STX",
            _ => "",
        }
    }
}

const STX: u8 = 2;
const ETX: u8 = 3;

/// The messages of a feed.
pub struct Frames<R> {
    reader: BufReader<R>,
    framing: Framing,
    number: u64,
    ended: bool,
    raw: Zeroizing<Vec<u8>>,
    message: Zeroizing<Vec<u8>>,
}

/// One record of a feed.
pub struct Frame<'a> {
    /// The line, or the record of a feed with lengths; counted from 1.
    pub number: u64,
    /// What was read of it: the line without its line break, or prefix and
    /// message. Of a line that is too long, its first [`LINE_BYTES_MAX`] bytes.
    /// **It holds a full card number**, so it belongs nowhere but in a file of
    /// rejected records that is as well guarded as the feed.
    pub raw: &'a [u8],
    /// The message, or why there is none.
    pub message: Result<&'a [u8]>,
}

impl<R: Read> Frames<R> {
    /// Reads messages, framed like this.
    pub fn new(reader: R, framing: Framing) -> Self {
        Self {
            reader: BufReader::new(reader),
            framing,
            number: 0,
            ended: false,
            raw: Zeroizing::new(Vec::with_capacity(LINE_BYTES_MAX)),
            message: Zeroizing::new(Vec::with_capacity(MESSAGE_BYTES_MAX)),
        }
    }

    /// The next record; none at the end of the feed. After a record that is
    /// wrong, a feed of lines goes on; a feed of lengths goes on after an empty
    /// message, and ends where a length is wrong or the feed stops inside a
    /// message, because nothing says where the next one begins.
    ///
    /// # Errors
    /// What the reader says.
    #[expect(clippy::should_implement_trait, reason = "the frame borrows the buffer")]
    pub fn next(&mut self) -> io::Result<Option<Frame<'_>>> {
        // What a shorter message would leave standing.
        self.raw.as_mut_slice().zeroize();
        self.message.as_mut_slice().zeroize();
        if self.ended {
            return Ok(None);
        }
        let message = match self.framing {
            Framing::HexLines => self.next_line()?,
            Framing::Length(prefix) => self.next_counted(prefix)?,
            Framing::StxEtx => self.next_enclosed()?,
        };
        let Some(message) = message else {
            self.ended = true;
            return Ok(None);
        };
        Ok(Some(Frame {
            number: self.number,
            raw: &self.raw,
            message: message.map(|()| self.message.as_slice()),
        }))
    }

    fn next_line(&mut self) -> io::Result<Option<Result<()>>> {
        loop {
            let Some(cut) = self.read_line()? else { return Ok(None) };
            self.number += 1;
            let line = self.raw.trim_ascii();
            if line.first() == Some(&b'#') || (line.is_empty() && !cut) {
                continue;
            }
            if cut {
                let detail = format!("line of over {LINE_BYTES_MAX} bytes");
                return Ok(Some(Err(Error::new("", detail))));
            }
            return Ok(Some(decode_hex(&self.raw, &mut self.message)));
        }
    }

    /// Reads one line and says whether it was cut; none at the end.
    fn read_line(&mut self) -> io::Result<Option<bool>> {
        self.raw.clear();
        let (mut any, mut cut) = (false, false);
        loop {
            let available = match self.reader.fill_buf() {
                Ok(available) => available,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if available.is_empty() {
                return Ok(any.then_some(cut));
            }
            any = true;
            let end = available.iter().position(|byte| *byte == b'\n');
            let part = &available[..end.unwrap_or(available.len())];
            let room = LINE_BYTES_MAX - self.raw.len();
            cut |= part.len() > room;
            self.raw.extend_from_slice(&part[..part.len().min(room)]);
            let consumed = end.map_or(part.len(), |end| end + 1);
            self.reader.consume(consumed);
            if end.is_some() {
                return Ok(Some(cut));
            }
        }
    }

    fn next_counted(&mut self, form: Prefix) -> io::Result<Option<Result<()>>> {
        self.raw.clear();
        let prefix = form.bytes;
        let read = self.read_more(prefix)?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        let last = |frames: &mut Self, detail: String| {
            frames.ended = true;
            Ok(Some(Err(Error::new("", detail))))
        };
        if read < prefix {
            return last(
                self,
                format!("feed ends inside a length, after {read} of {prefix} bytes"),
            );
        }
        let length = form.read(&self.raw);
        let hint = form.looks_like(&self.raw);
        let lost = "the next message cannot be found, so the feed ends here";
        match length {
            Err(detail) => last(self, format!("a length that is {detail}{hint}; {lost}")),
            Ok(0) => Ok(Some(Err(Error::new("", "empty message")))),
            Ok(length) if length > MESSAGE_BYTES_MAX => {
                last(self, format!("length {length}{hint}, limit {MESSAGE_BYTES_MAX}; {lost}"))
            }
            Ok(length) => {
                let read = self.read_more(length)?;
                if read < length {
                    let detail =
                        format!("feed ends inside a message, after {read} of {length} bytes");
                    return last(self, detail);
                }
                self.message.clear();
                self.message.extend_from_slice(&self.raw[prefix..]);
                Ok(Some(Ok(())))
            }
        }
    }

    /// Reads up to ETX and the byte behind it. A message that is wrong is told, and the next
    /// begins at the next STX.
    fn next_enclosed(&mut self) -> io::Result<Option<Result<()>>> {
        self.raw.clear();
        // What stands between messages.
        loop {
            match self.next_byte()? {
                None => return Ok(None),
                Some(STX) => break,
                Some(_) => {}
            }
        }
        self.number += 1;
        let mut parity = 0;
        loop {
            let Some(byte) = self.next_byte()? else {
                self.ended = true;
                return Ok(Some(Err(Error::new("", "feed ends inside a message, before ETX"))));
            };
            parity ^= byte;
            if byte == ETX {
                break;
            }
            if self.raw.len() == MESSAGE_BYTES_MAX {
                return Ok(Some(Err(Error::new(
                    "",
                    format!("over {MESSAGE_BYTES_MAX} bytes without ETX"),
                ))));
            }
            self.raw.push(byte);
        }
        match self.next_byte()? {
            Some(byte) if byte == parity => {}
            Some(_) => return Ok(Some(Err(Error::new("", "an LRC that is not the message's")))),
            None => return Ok(Some(Err(Error::new("", "feed ends before the LRC")))),
        }
        if self.raw.is_empty() {
            return Ok(Some(Err(Error::new("", "empty message"))));
        }
        self.message.clear();
        self.message.extend_from_slice(&self.raw);
        Ok(Some(Ok(())))
    }

    fn next_byte(&mut self) -> io::Result<Option<u8>> {
        loop {
            match self.reader.fill_buf() {
                Ok([]) => return Ok(None),
                Ok([byte, ..]) => {
                    let byte = *byte;
                    self.reader.consume(1);
                    return Ok(Some(byte));
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads up to so many bytes into the raw record; fewer at the end.
    fn read_more(&mut self, bytes: usize) -> io::Result<usize> {
        (&mut self.reader).take(bytes as u64).read_to_end(&mut self.raw)
    }
}

fn decode_hex(line: &[u8], message: &mut Vec<u8>) -> Result<()> {
    message.clear();
    let mut high = None;
    for (column, byte) in line.iter().enumerate() {
        if byte.is_ascii_whitespace() {
            continue;
        }
        let Some(digit) = char::from(*byte).to_digit(16) else {
            return Err(Error::new("", format!("not a hex digit at column {}", column + 1)));
        };
        // A hex digit is below 16.
        let digit = digit as u8;
        match high.take() {
            None => high = Some(digit),
            Some(_) if message.len() == MESSAGE_BYTES_MAX => {
                return Err(Error::new("", format!("message of over {MESSAGE_BYTES_MAX} bytes")));
            }
            Some(high) => message.push(high << 4 | digit),
        }
    }
    match high {
        Some(_) => Err(Error::new("", "an odd number of hex digits")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a feed gives: number, raw bytes, and message or error.
    fn read(
        feed: &[u8],
        framing: Framing,
    ) -> Vec<(u64, usize, std::result::Result<Vec<u8>, String>)> {
        let mut frames = Frames::new(feed, framing);
        let mut seen = Vec::new();
        while let Some(frame) = frames.next().unwrap() {
            let message = frame.message.map(<[u8]>::to_vec).map_err(|error| error.to_string());
            seen.push((frame.number, frame.raw.len(), message));
        }
        seen
    }

    #[test]
    fn hex_lines_are_bytes() {
        let seen = read(b"# a comment\n\n 02 1F\r\nab\n  \nCd", Framing::HexLines);
        assert_eq!(
            seen,
            [(3, 7, Ok(vec![0x02, 0x1f])), (4, 2, Ok(vec![0xab])), (6, 2, Ok(vec![0xcd]))]
        );
    }

    #[test]
    fn a_wrong_line_is_an_error_and_the_next_is_read() {
        let mut feed = b"021\n02zz\n\xff\xfe\n".to_vec();
        feed.extend(vec![b'0'; 10_000_000]);
        feed.extend(b"\n");
        feed.extend(vec![b'0'; 2 * MESSAGE_BYTES_MAX + 2]);
        feed.extend(b"\n0210");
        let seen = read(&feed, Framing::HexLines);
        assert_eq!(seen.len(), 6);
        for (index, words) in
            ["odd", "column 3", "column 1", "line of over", "message of over"].iter().enumerate()
        {
            assert!(seen[index].2.as_ref().unwrap_err().contains(words), "{:?}", seen[index]);
        }
        assert_eq!(seen[3].1, LINE_BYTES_MAX);
        assert_eq!(seen[5], (6, 4, Ok(vec![0x02, 0x10])));
    }

    /// A feed of zeros without end, and how many were asked for.
    struct Endless(usize);

    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let bytes = buffer.len().min(self.0);
            buffer[..bytes].fill(b'0');
            self.0 -= bytes;
            Ok(bytes)
        }
    }

    #[test]
    fn a_long_line_takes_no_more_memory() {
        let mut frames = Frames::new(Endless(100_000_000), Framing::HexLines);
        assert!(frames.next().unwrap().unwrap().message.is_err());
        assert!(frames.raw.capacity() <= LINE_BYTES_MAX);
        assert!(frames.next().unwrap().is_none());
    }

    #[test]
    fn lengths_are_binary_or_ascii() {
        let binary = read(b"\x00\x03abc\x00\x00\x00\x01d", Framing::LENGTH2);
        assert_eq!(
            binary,
            [
                (1, 5, Ok(b"abc".to_vec())),
                (2, 2, Err("empty message".into())),
                (3, 3, Ok(b"d".to_vec())),
            ]
        );
        let ascii = read(b"0003abc0001d", Framing::LENGTH4);
        assert_eq!(ascii, [(1, 7, Ok(b"abc".to_vec())), (2, 5, Ok(b"d".to_vec()))]);
    }

    #[test]
    fn lengths_are_written_in_many_ways() {
        for (name, feed) in [
            ("length2-inclusive", &b"\x00\x05abc\x00\x03d"[..]),
            ("length4-inclusive", b"0007abc0005d"),
            ("length2-bcd", b"\x00\x03abc\x00\x01d"),
            ("length2-bcd-inclusive", b"\x00\x05abc\x00\x03d"),
            ("length4-binary", b"\x00\x00\x00\x03abc\x00\x00\x00\x01d"),
            ("length4-binary-inclusive", b"\x00\x00\x00\x07abc\x00\x00\x00\x05d"),
            ("stx-etx", b"\x02abc\x03cnoise\x02d\x03g"),
        ] {
            let seen = read(feed, Framing::parse(name).unwrap());
            let messages: Vec<_> = seen.into_iter().map(|(_, _, message)| message).collect();
            assert_eq!(messages, [Ok(b"abc".to_vec()), Ok(b"d".to_vec())], "{name}");
        }
        assert!(Framing::names().all(|name| Framing::parse(name).is_ok()));
    }

    #[test]
    fn a_wrong_lrc_loses_one_message() {
        let seen = read(b"\x02abc\x03x\x02d\x03g\x02\x03\x03\x02end", Framing::StxEtx);
        let messages: Vec<_> = seen.into_iter().map(|(_, _, message)| message).collect();
        assert_eq!(messages[1], Ok(b"d".to_vec()));
        for (at, words) in [(0, "LRC"), (2, "empty"), (3, "before ETX")] {
            assert!(messages[at].as_ref().unwrap_err().contains(words), "{messages:?}");
        }
    }

    #[test]
    fn a_wrong_length_ends_the_feed() {
        for (feed, framing, words) in [
            (&b"\x00"[..], Framing::LENGTH2, "inside a length"),
            (b"\x00\x05abc", Framing::LENGTH2, "after 3 of 5"),
            (b"\x20\x01abc", Framing::LENGTH2, "limit 8192"),
            (b"9999abc", Framing::LENGTH4, "limit 8192"),
            (b"00x3abc", Framing::LENGTH4, "not four digits"),
            (b"0087abc", Framing::LENGTH2, "looks like ASCII digits"),
            (b"\x00\x87\x02\x10", Framing::LENGTH4, "looks like a binary one"),
            (b"\x00\x01a", Framing::parse("length2-inclusive").unwrap(), "shorter than itself"),
            (b"\x0a\x01a", Framing::parse("length2-bcd").unwrap(), "not four digits in BCD"),
        ] {
            let seen = read(feed, framing);
            assert_eq!(seen.len(), 1, "{words}");
            assert!(seen[0].2.as_ref().unwrap_err().contains(words), "{:?}", seen[0].2);
        }
    }
}
