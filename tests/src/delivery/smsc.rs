use serde_json::Value;

use super::Peer;
use crate::root;

/// The SMSC of `tests/smsc`; it ends when it is dropped.
#[derive(Debug)]
pub struct Smsc(Peer);

impl Smsc {
    /// Starts one that behaves so; it says nothing of single PDUs.
    ///
    /// # Panics
    /// If it is not installed, or does not begin.
    pub fn start(behaviour: &str) -> Self {
        assert!(
            root().join("tests/smsc/node_modules/smpp").is_dir(),
            "the SMSC is not installed: run tests/tools.sh"
        );
        Self(Peer::start("smsc/smsc.js", &["--quiet", "--behaviour", behaviour]))
    }

    /// Gives a command, and what it is answered.
    ///
    /// # Panics
    /// If the SMSC is gone.
    pub fn tell(&mut self, command: &str) -> Value {
        self.0.tell(command);
        self.0.next_event()
    }

    /// What it counted.
    ///
    /// # Panics
    /// If the SMSC is gone.
    pub fn counts(&mut self) -> Value {
        self.tell(r#"{"command":"counts"}"#)
    }

    /// A route to it, for the daemon's configuration.
    pub fn route(&self, rest: &str) -> String {
        let port = self.0.port;
        format!(
            "[[route]]\nchannel = \"sms\"\n[route.smpp]\nport = {port}\n\
             system-id = \"tillbell\"\n{rest}\n"
        )
    }
}
