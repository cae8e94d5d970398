//! Who is told what an operator should know.

use std::sync::Arc;

/// What the daemon tells its operator, a line each; no line holds a secret, a
/// text or a recipient.
pub type Note = Arc<dyn Fn(String) + Send + Sync>;
