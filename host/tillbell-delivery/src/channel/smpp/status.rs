//! What an answer's command_status means for the message (SMPP 3.4, 5.1.3).

/// What a peer says of a part that it did not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Too much at once: the whole queue rests.
    Throttled,
    /// Not now: the message may be tried again.
    ForNow,
    /// Not this message, ever.
    ForGood,
}

impl Refusal {
    pub(super) fn of(status: u32) -> Self {
        match status {
            // ESME_RMSGQFUL, ESME_RTHROTTLED.
            0x14 | 0x58 => Self::Throttled,
            // ESME_RINVBNDSTS, ESME_RALYBND, ESME_RSYSERR, ESME_RBINDFAIL,
            // ESME_RSUBMITFAIL, ESME_RX_T_APPN: about the session, or said to be
            // passing.
            0x04 | 0x05 | 0x08 | 0x0d | 0x45 | 0x64 => Self::ForNow,
            // ESME_RX_P_APPN, ESME_RX_R_APPN, ESME_RQUERYFAIL; about the message.
            0x01..=0x03 | 0x06..=0x57 | 0x59..=0x63 | 0x65..=0x67 | 0xc0..=0xc4 | 0xfe => {
                Self::ForGood
            }
            // ESME_RUNKNOWNERR, an SMSC's own, and reserved ones.
            _ => Self::ForNow,
        }
    }

    /// The cause in a message's history.
    pub(super) fn cause(status: u32) -> String {
        format!("smpp-{status:#010x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_says_what_becomes_of_the_message() {
        for (status, refusal) in [
            (0x58, Refusal::Throttled),
            (0x14, Refusal::Throttled),
            (0x08, Refusal::ForNow),
            (0x64, Refusal::ForNow),
            (0xff, Refusal::ForNow),
            (0x400, Refusal::ForNow),
            (0x0b, Refusal::ForGood),
            (0x01, Refusal::ForGood),
            (0x33, Refusal::ForGood),
            (0x65, Refusal::ForGood),
        ] {
            assert_eq!(Refusal::of(status), refusal, "{status:#x}");
        }
        assert_eq!(Refusal::cause(0x0b), "smpp-0x0000000b");
    }
}
