//! The messages of a feed, decoded and paired.

use std::collections::VecDeque;
use std::io::{self, Read};

use tillbell_transaction::{Result, TokenKey};

use crate::decode::{Decoded, Decoder};
use crate::frames::Frames;
use crate::pairing::{Pairing, Tagged};

/// A feed's messages, each with what it says: a request and an answer that leaves its card
/// out are paired.
pub struct Messages<R> {
    frames: Frames<R>,
    decoder: Decoder,
    pairing: Pairing<Place>,
    ready: VecDeque<Tagged<Place>>,
    has_ended: bool,
}

/// Where a message stands in its feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Its line or record, counted from 1.
    pub number: u64,
    /// How many bytes of the feed it takes.
    pub bytes: usize,
}

impl<R: Read> Messages<R> {
    /// The messages of these frames; a request's card gets its token by the key.
    pub fn new(frames: Frames<R>, decoder: Decoder, token_key: Option<TokenKey>) -> Self {
        Self {
            frames,
            decoder,
            pairing: Pairing::new(token_key),
            ready: VecDeque::new(),
            has_ended: false,
        }
    }

    /// The next message that is decided; none at the end. `now_ms` is asked for the time when
    /// a message was read: of a file, which has no clock, it may be always the same, and an
    /// answer waits for its request until the end.
    ///
    /// # Errors
    /// What the reader says.
    pub fn next(
        &mut self,
        now_ms: impl Fn() -> i64,
    ) -> io::Result<Option<(Place, Result<Decoded>)>> {
        loop {
            if let Some((place, decoded)) = self.ready.pop_front() {
                return Ok(Some((place, Ok(decoded))));
            }
            if self.has_ended {
                return Ok(None);
            }
            let Some(frame) = self.frames.next()? else {
                self.has_ended = true;
                self.ready.extend(self.pairing.finish());
                continue;
            };
            let place = Place { number: frame.number, bytes: frame.raw.len() };
            match frame.message.and_then(|message| self.decoder.decode(message)) {
                Ok(decoded) => self.ready.extend(self.pairing.take(place, decoded, now_ms())),
                Err(error) => return Ok(Some((place, Err(error)))),
            }
        }
    }
}
