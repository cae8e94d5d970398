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
    /// Each behind its length in two bytes, the high one first.
    LengthBinary,
    /// Each behind its length in four ASCII digits.
    LengthAscii,
}

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
            Framing::LengthBinary => self.next_counted(2)?,
            Framing::LengthAscii => self.next_counted(4)?,
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

    fn next_counted(&mut self, prefix: usize) -> io::Result<Option<Result<()>>> {
        self.raw.clear();
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
        let length = match self.raw.as_slice() {
            [high, low] => Some(usize::from(*high) << 8 | usize::from(*low)),
            digits if digits.iter().all(u8::is_ascii_digit) => {
                Some(digits.iter().fold(0, |sum, digit| sum * 10 + usize::from(digit - b'0')))
            }
            _ => None,
        };
        let lost = "the next message cannot be found, so the feed ends here";
        match length {
            None => last(self, format!("a length that is not four digits; {lost}")),
            Some(0) => Ok(Some(Err(Error::new("", "empty message")))),
            Some(length) if length > MESSAGE_BYTES_MAX => {
                last(self, format!("length {length}, limit {MESSAGE_BYTES_MAX}; {lost}"))
            }
            Some(length) => {
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
        let binary = read(b"\x00\x03abc\x00\x00\x00\x01d", Framing::LengthBinary);
        assert_eq!(
            binary,
            [
                (1, 5, Ok(b"abc".to_vec())),
                (2, 2, Err("empty message".into())),
                (3, 3, Ok(b"d".to_vec())),
            ]
        );
        let ascii = read(b"0003abc0001d", Framing::LengthAscii);
        assert_eq!(ascii, [(1, 7, Ok(b"abc".to_vec())), (2, 5, Ok(b"d".to_vec()))]);
    }

    #[test]
    fn a_wrong_length_ends_the_feed() {
        for (feed, framing, words) in [
            (&b"\x00"[..], Framing::LengthBinary, "inside a length"),
            (b"\x00\x05abc", Framing::LengthBinary, "after 3 of 5"),
            (b"\x20\x01abc", Framing::LengthBinary, "limit 8192"),
            (b"9999abc", Framing::LengthAscii, "limit 8192"),
            (b"00x3abc", Framing::LengthAscii, "not four digits"),
        ] {
            let seen = read(feed, framing);
            assert_eq!(seen.len(), 1, "{words}");
            assert!(seen[0].2.as_ref().unwrap_err().contains(words), "{:?}", seen[0].2);
        }
    }
}
