//! Lines of a feed, in bounded memory.

use std::io::{self, BufRead};

use zeroize::{Zeroize, Zeroizing};

/// Lines of at most so many bytes; of a longer one only the beginning is kept.
pub struct Lines<R> {
    reader: R,
    bytes_max: usize,
    number: u64,
    /// Made as long as it can get, so that no copy is left where it grew.
    buffer: Zeroizing<Vec<u8>>,
}

/// One line, without its line break.
pub struct Line<'a> {
    /// Counted from 1.
    pub number: u64,
    /// The line, or its beginning.
    pub bytes: &'a [u8],
    /// The limit, where the line is longer.
    cut_at: Option<usize>,
}

impl<R: BufRead> Lines<R> {
    /// Lines of this reader, kept up to so many bytes.
    pub fn new(reader: R, bytes_max: usize) -> Self {
        let buffer = Zeroizing::new(Vec::with_capacity(bytes_max));
        Self { reader, bytes_max, number: 0, buffer }
    }

    /// The next line that is not blank; none at the end of the feed.
    ///
    /// # Errors
    /// What the reader says.
    pub fn next_full(&mut self) -> io::Result<Option<Line<'_>>> {
        loop {
            let Some(cut) = self.read()? else { return Ok(None) };
            if cut || !self.buffer.trim_ascii().is_empty() {
                return Ok(Some(self.line(cut)));
            }
        }
    }

    /// The next line; none at the end of the feed.
    ///
    /// # Errors
    /// What the reader says.
    #[expect(clippy::should_implement_trait, reason = "the line borrows the buffer")]
    pub fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        Ok(self.read()?.map(|cut| self.line(cut)))
    }

    fn line(&self, cut: bool) -> Line<'_> {
        let cut_at = cut.then_some(self.bytes_max);
        Line { number: self.number, bytes: &self.buffer, cut_at }
    }

    /// Reads a line and says whether it was cut; none at the end.
    fn read(&mut self) -> io::Result<Option<bool>> {
        // One event may hold a card number: a shorter one would leave its end.
        self.buffer.as_mut_slice().zeroize();
        self.buffer.clear();
        let mut cut = false;
        let mut any = false;
        loop {
            let available = match self.reader.fill_buf() {
                Ok(available) => available,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if available.is_empty() {
                break;
            }
            any = true;
            let end = available.iter().position(|byte| *byte == b'\n');
            let part = &available[..end.unwrap_or(available.len())];
            let room = self.bytes_max - self.buffer.len();
            cut |= part.len() > room;
            self.buffer.extend_from_slice(&part[..part.len().min(room)]);
            let consumed = end.map_or(part.len(), |end| end + 1);
            self.reader.consume(consumed);
            if end.is_some() {
                break;
            }
        }
        if !any {
            return Ok(None);
        }
        self.number += 1;
        if !cut && self.buffer.last() == Some(&b'\r') {
            self.buffer.pop();
        }
        Ok(Some(cut))
    }
}

impl Line<'_> {
    /// The line, if it was not longer than the limit.
    ///
    /// # Errors
    /// Names the limit.
    pub fn whole(&self) -> Result<&[u8], String> {
        match self.cut_at {
            Some(limit) => Err(format!("line of over {limit} bytes")),
            None => Ok(self.bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_cut_and_the_next_is_whole() {
        let text = format!("a\r\n{}\nb\n\nlast", "x".repeat(100));
        let mut lines = Lines::new(io::BufReader::with_capacity(7, text.as_bytes()), 10);
        let mut seen = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            seen.push((line.number, line.whole().map(<[u8]>::to_vec).ok(), line.bytes.len()));
        }
        assert_eq!(
            seen,
            [
                (1, Some(b"a".to_vec()), 1),
                (2, None, 10),
                (3, Some(b"b".to_vec()), 1),
                (4, Some(Vec::new()), 0),
                (5, Some(b"last".to_vec()), 4),
            ]
        );
    }
}
