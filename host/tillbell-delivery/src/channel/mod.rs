//! Where messages go: each way out is a module of its own, and all of them claim,
//! give back and report in the same way.

use std::sync::Arc;
use std::time::Duration;

mod console;
mod file;
pub mod http;
pub mod smpp;
mod way;

/// What became of the link between a route and its peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkEvent {
    /// It is there: a session began, or the account is let in again.
    Up {
        /// The queue.
        queue: String,
    },
    /// A session ended, or could not begin, or the account is refused; it is tried
    /// again.
    Down {
        /// The queue.
        queue: String,
        /// Why.
        why: String,
    },
}

/// Who is told of that.
pub type LinkEvents = Arc<dyn Fn(LinkEvent) + Send + Sync>;
/// How long a peer that refuses the account is left in peace.
pub(crate) const ACCOUNT_REST: Duration = Duration::from_secs(60);

pub use console::ConsoleRoute;
pub use file::{FileChannel, FileRoute};
