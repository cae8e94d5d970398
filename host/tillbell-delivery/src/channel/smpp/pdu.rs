//! Our side of the PDUs.

use rusmpp::decode::DecodeWithLength;
use rusmpp::encode::Length;
use rusmpp::encode::owned::Encode;
use rusmpp::pdus::{BindTransceiver, DeliverSm, QuerySm, SubmitSm};
use rusmpp::tlvs::{MessageSubmissionRequestTlvValue, TlvValue};
use rusmpp::types::{COctetString, EmptyOrFullCOctetString, OctetString};
use rusmpp::values::{
    DataCoding, EsmClass, InterfaceVersion, Npi, RegisteredDelivery, Ton, UserMessageReference,
};
use rusmpp::{Command, CommandStatus, Pdu};
use tillbell_sms::{Encoding, Reference, split};
use tokio_util::bytes::{Buf, Bytes, BytesMut};
use tokio_util::codec::LengthDelimitedCodec;

use super::receipt::{self, Said};
use super::settings::{Address, Ids, SmppSettings};
use crate::{Due, Error, ErrorKind, Result};

/// The longest PDU that is read, in bytes: a message_payload has at most 64 KiB.
const PDU_BYTES_MAX: usize = 70_000;
const HEADER_BYTES: usize = 16;
/// The longest validity that is written, in seconds: its days have two digits,
/// and some SMSCs refuse more than a month.
const VALIDITY_SECONDS_MAX: i64 = 28 * 24 * 3_600;
/// esm_class: the type of a deliver_sm.
const TYPE_BITS: u8 = 0b0011_1100;
const RECEIPT: u8 = 0b0000_0100;
const INTERMEDIATE: u8 = 0b0010_0000;
/// esm_class: the text begins with a header.
const UDHI: u8 = 0b0100_0000;

/// Cuts a stream by the length in front of each PDU.
pub(super) fn frames() -> LengthDelimitedCodec {
    LengthDelimitedCodec::builder()
        .length_field_type::<u32>()
        .num_skip(0)
        .max_frame_length(PDU_BYTES_MAX)
        .new_codec()
}

/// A PDU's header.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    pub(super) id: u32,
    pub(super) status: u32,
    pub(super) sequence: u32,
}

/// Reads a PDU; its body is none where it cannot be read.
///
/// # Errors
/// [`ErrorKind::Peer`] for one that is shorter than a header: where the next one
/// begins is not known.
pub(super) fn read(mut frame: BytesMut) -> Result<(Header, Option<Pdu>)> {
    if frame.len() < HEADER_BYTES {
        return Err(Error::new(ErrorKind::Peer, "a PDU is shorter than its header"));
    }
    let number =
        |at: usize| u32::from_be_bytes([frame[at], frame[at + 1], frame[at + 2], frame[at + 3]]);
    let header = Header { id: number(4), status: number(8), sequence: number(12) };
    frame.advance(4);
    let length = frame.len();
    let command = <Command as DecodeWithLength>::decode(&mut frame, length);
    let pdu = command.ok().and_then(|(command, _)| command.pdu().cloned());
    Ok((header, pdu))
}

/// A PDU as it is written.
pub(super) fn write(status: u32, sequence: u32, pdu: Pdu) -> Bytes {
    let command = Command::new(CommandStatus::from(status), sequence, pdu);
    let length = 4 + command.length();
    let mut octets = BytesMut::with_capacity(length);
    octets.extend_from_slice(&(length as u32).to_be_bytes());
    command.encode(&mut octets);
    octets.freeze()
}

fn text<const MAX: usize>(text: &str) -> Result<COctetString<1, MAX>> {
    COctetString::from_vec([text.as_bytes(), b"\0"].concat())
        .map_err(|_| Error::new(ErrorKind::Input, "a text does not fit its field"))
}

/// bind_transceiver.
pub(super) fn bind(settings: &SmppSettings, sequence: u32) -> Result<Bytes> {
    let bind = BindTransceiver::new(
        text(&settings.system_id)?,
        text(&settings.password)?,
        text(&settings.system_type)?,
        InterfaceVersion::Smpp3_4,
        Ton::Unknown,
        Npi::Unknown,
        COctetString::null(),
    );
    Ok(write(0, sequence, bind.into()))
}

/// A part of a message, as it is carried.
#[derive(Clone)]
pub(super) struct Part {
    /// Which, from 1.
    pub(super) number: u32,
    /// Of how many.
    pub(super) of: u32,
    coding: DataCoding,
    octets: Vec<u8>,
}

/// Cuts a message into parts. Those of one message have the lowest 8 bits of its
/// reference.
///
/// # Errors
/// [`ErrorKind::Input`] for a text of more than 255 parts.
pub(super) fn parts(due: &Due) -> Result<Vec<Part>> {
    let segments = split(&due.text, Reference::Bits8(due.reference as u8))
        .map_err(|error| Error::new(ErrorKind::Input, "the text is too long").because(error))?;
    let of = segments.len() as u32;
    let parts = segments.iter().zip(1..).map(|(segment, number)| {
        let (coding, octets) = match segment.encoding {
            // The SMSC's default alphabet: GSM 7-bit, one septet an octet.
            Encoding::Gsm7 => {
                let octets = [segment.header.as_slice(), &segment.septets()].concat();
                (DataCoding::McSpecific, octets)
            }
            Encoding::Ucs2 => (DataCoding::Ucs2, segment.user_data()),
        };
        Part { number, of, coding, octets }
    });
    Ok(parts.collect())
}

/// submit_sm of one part.
///
/// # Errors
/// [`ErrorKind::Input`] for a recipient that does not fit.
pub(super) fn submit(
    settings: &SmppSettings,
    due: &Due,
    part: &Part,
    sequence: u32,
    now_ms: i64,
) -> Result<Bytes> {
    let Address { ton, npi, address } =
        settings.sources.get(&due.bundle).unwrap_or(&settings.source);
    let digits: String = due.recipient.chars().filter(|sign| !" -+".contains(*sign)).collect();
    let destination_ton = match due.recipient.starts_with('+') {
        true => Ton::International,
        false => Ton::from(settings.destination_ton),
    };
    let esm_class = match part.of {
        1 => EsmClass::from(0),
        _ => EsmClass::from(UDHI),
    };
    let octets = OctetString::from_slice(&part.octets)
        .map_err(|_| Error::new(ErrorKind::Input, "a part does not fit its field"))?;
    let mut submit = SubmitSm::builder()
        .source_addr_ton(Ton::from(*ton))
        .source_addr_npi(Npi::from(*npi))
        .source_addr(text(address)?)
        .dest_addr_ton(destination_ton)
        .dest_addr_npi(Npi::from(settings.destination_npi))
        .destination_addr(text(&digits)?)
        .esm_class(esm_class)
        .validity_period(validity(due.expires_ms, now_ms)?)
        .registered_delivery(RegisteredDelivery::from(1))
        .data_coding(part.coding)
        .short_message(octets)
        .build();
    if settings.reference {
        let reference = UserMessageReference::new(due.reference);
        submit.push_tlv(MessageSubmissionRequestTlvValue::UserMessageReference(reference));
    }
    Ok(write(0, sequence, submit.into()))
}

/// The validity period, as a time from now (7.1.1.2); none for a message that is
/// worth something for ever, or for longer than a month.
fn validity(expires_ms: Option<i64>, now_ms: i64) -> Result<EmptyOrFullCOctetString<17>> {
    let seconds = expires_ms.map(|expires_ms| (expires_ms - now_ms).max(1_000) / 1_000);
    let Some(seconds) = seconds.filter(|seconds| *seconds <= VALIDITY_SECONDS_MAX) else {
        return Ok(EmptyOrFullCOctetString::null());
    };
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (hours, minutes, seconds) = (rest / 3_600, rest / 60 % 60, rest % 60);
    let period = format!("0000{days:02}{hours:02}{minutes:02}{seconds:02}000R");
    EmptyOrFullCOctetString::from_string(period)
        .map_err(|_| Error::new(ErrorKind::Input, "the validity does not fit its field"))
}

/// query_sm.
///
/// # Errors
/// [`ErrorKind::Input`] for an id that does not fit.
pub(super) fn query(settings: &SmppSettings, remote: &str, sequence: u32) -> Result<Bytes> {
    let Address { ton, npi, address } = &settings.source;
    let query = QuerySm::new(text(remote)?, Ton::from(*ton), Npi::from(*npi), text(address)?);
    Ok(write(0, sequence, query.into()))
}

/// What a deliver_sm is.
pub(super) enum Delivered {
    /// A receipt, of whom, and the reference that we sent.
    Receipt { said: Said, from: String, reference: Option<u16> },
    /// What a customer wrote.
    Text { from: String, text: String },
    /// A receipt that cannot be read.
    Unreadable,
}

/// Reads a deliver_sm.
pub(super) fn delivered(deliver: &DeliverSm, ids: Ids) -> Delivered {
    let (mut remote, mut state, mut payload, mut error, mut reference) =
        (None, None, None, None, None);
    for value in deliver.tlvs().iter().filter_map(|tlv| tlv.value()) {
        match value {
            TlvValue::ReceiptedMessageId(id) => remote = Some(id.as_str().to_owned()),
            TlvValue::MessageState(known) => state = Some(u8::from(*known)),
            TlvValue::MessagePayload(known) => payload = Some(known.value.as_ref().to_vec()),
            TlvValue::NetworkErrorCode(known) => error = Some(known.error_code.to_string()),
            TlvValue::UserMessageReference(known) => reference = Some(known.value),
            _ => {}
        }
    }
    let from = deliver.source_addr.as_str().to_owned();
    let short = deliver.short_message().as_ref();
    let octets = match payload {
        Some(payload) if short.is_empty() => payload,
        _ => short.to_vec(),
    };
    let class = u8::from(deliver.esm_class);
    let is_receipt = matches!(class & TYPE_BITS, RECEIPT | INTERMEDIATE) || remote.is_some();
    if is_receipt {
        let said = match (remote, state) {
            (Some(remote), Some(state)) => Some(receipt::from_tlvs(&remote, ids, state, error)),
            (Some(remote), None) => receipt::from_text(&octets, ids)
                .map(|said| Said { remote: ids.canonical(&remote), ..said }),
            (None, _) => receipt::from_text(&octets, ids),
        };
        return match said {
            Some(said) => Delivered::Receipt { said, from, reference },
            None => Delivered::Unreadable,
        };
    }
    let header = match octets.first() {
        Some(length) if class & UDHI != 0 => usize::from(*length) + 1,
        _ => 0,
    };
    let octets = octets.get(header..).unwrap_or_default();
    let text = match deliver.data_coding {
        DataCoding::Ucs2 => {
            let units = octets.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            char::decode_utf16(units).map(|sign| sign.unwrap_or('\u{fffd}')).collect()
        }
        // Latin-1, and GSM 7-bit, whose letters are those of ASCII.
        _ => octets.iter().map(|octet| char::from(*octet)).collect(),
    };
    Delivered::Text { from, text }
}

#[cfg(test)]
mod tests;
