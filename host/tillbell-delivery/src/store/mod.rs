//! Where what was decided, and its messages, are kept: all SQL stands below here.

pub(crate) mod sqlite;
