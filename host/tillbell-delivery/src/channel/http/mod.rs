//! Messages to an HTTP gateway, or to a bank's own server.
//!
//! What a request looks like, what an answer says and what a receipt says stands
//! in the configuration, so that a new gateway needs no code. A time-out, a lost
//! connection and most answers of 500 and above do not say whether the gateway
//! has the message: it is in doubt then, as an unanswered submit_sm is.

mod mapping;
mod request;
mod route;
mod settings;

pub use mapping::{ReceiptError, Receipts};
pub use route::{Gateway, HttpRoute};
pub use settings::{AnswerMapping, Coding, Hmac, HttpSettings, ReceiptMapping};
